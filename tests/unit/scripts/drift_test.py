# SPDX-License-Identifier: Apache-2.0
"""Tests of tests/gold/drift.py, which compares the shipped models' numbers with stored ones."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "gold"))
import drift  # noqa: E402

RESULT = {"table3": {"y_mean": {"value": 12.0, "error": 0.01, "floor": 0.2}},
          "cell_spectrum": {"mean": [20.0, 3.0], "error": [0.1, 0.4], "edges": [0, 1, 2]},
          "bins": [{"mean": {"value": 5.0, "error": None}}],
          "timing": {"seconds": {"value": 1, "error": 1}}, "projections": {"xy": {"mean": [[1]], "error": [[1]]}}}


class DriftTest(unittest.TestCase):
    def setUp(self):
        self.stored = drift.numbers_of(RESULT)

    def moved(self, name, value, is_float=True, error=None, showers=1000):
        now = {**self.stored, name: [value, self.stored[name][1] if error is None else error]}
        return [move.name for move in drift.compare(self.stored, now, is_float, showers) if move.moved]

    def test_numbers_are_those_with_an_error(self):
        self.assertEqual(self.stored, {"/table3/y_mean": [12.0, 0.01], "/cell_spectrum[0]": [20.0, 0.1],
                                       "/cell_spectrum[1]": [3.0, 0.4], "/bins[0]/mean": [5.0, None]})

    def test_sums_may_move_by_a_thousandth_of_their_error_and_counts_by_more(self):
        self.assertEqual(self.moved("/table3/y_mean", 12.000009), [])
        self.assertEqual(self.moved("/table3/y_mean", 11.999985), ["/table3/y_mean"])
        self.assertEqual(self.moved("/cell_spectrum[0]", 20.014), [])
        self.assertEqual(self.moved("/cell_spectrum[0]", 19.98), ["/cell_spectrum[0]"])
        self.assertEqual(self.moved("/cell_spectrum[0]", 20.07, showers=100), [])  # seven cells of a hundred showers
        self.assertEqual(self.moved("/bins[0]/mean", 5.0004), ["/bins[0]/mean"])

    def test_integers_and_the_reference_may_not_move_at_all(self):
        self.assertEqual(self.moved("/table3/y_mean", 12.000009, is_float=False), ["/table3/y_mean"])
        self.assertEqual(self.moved("/table3/y_mean", 12.000000001, is_float=False), [])
        geant4 = {"/Geant4/y": [12.0, 0.01]}
        self.assertTrue(drift.compare(geant4, {"/Geant4/y": [12.000009, 0.01]}, True, 100)[0].moved)

    def test_an_error_that_changes_and_a_number_that_vanishes_are_told(self):
        self.assertEqual(self.moved("/table3/y_mean", 12.0, error=0.0103), ["/table3/y_mean"])
        gone = drift.compare(self.stored, {}, True, 1000)
        self.assertTrue(all(move.moved for move in gone))
        self.assertIn("/table3/y_mean is no longer measured", " ".join(move.sentence() for move in gone))
        undefined = drift.compare({"/a": [None, None]}, {"/a": [None, None]}, True, 1)[0]
        self.assertFalse(undefined.moved)
        self.assertTrue(drift.compare({"/a": [1.0, 0.1]}, {"/a": [None, None]}, True, 1)[0].moved)

    def test_the_page_names_the_number_and_by_how_much(self):
        moves = drift.compare(self.stored, {**self.stored, "/table3/y_mean": [12.005, 0.01]}, True, 1000)
        self.assertEqual(moves[0].name, "/table3/y_mean")
        self.assertIn("stored 12 +- 0.01, now 12.005 +- 0.01, moved by +0.5 errors (0.001 allowed)", moves[0].sentence())
        page = drift.page("Drift of <model>", ["1 number"], moves)
        self.assertIn("<tr class=moved><td>/table3/y_mean<td>12<td>0.01<td>12.005<td>0.01<td>+0.5", page)
        self.assertIn("Drift of &lt;model&gt;", page)


if __name__ == "__main__":
    unittest.main()
