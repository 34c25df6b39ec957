# SPDX-License-Identifier: Apache-2.0
"""Tests of scripts/check_names.py on rooms made here."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
import check_names  # noqa: E402

FILE = """namespace octocal {{
namespace {{

{}

}}  // namespace
}}  // namespace octocal
"""


class CheckNamesTest(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "tests/unit").mkdir(parents=True)
            for name, line in files.items():
                file = root / "src/octocal" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(FILE.format(line), encoding="utf-8")
            return list(check_names.problems(root))

    def test_a_constant_or_a_type_of_two_files_is_told(self):
        found = self.problems({"data/a.cpp": "constexpr int kMost = 3;", "data/b.cpp": "constexpr double kMost = 4;"})
        self.assertEqual(len(found), 1)
        self.assertIn("kMost is defined in a.cpp, b.cpp", found[0])
        self.assertEqual(len(self.problems({"data/a.cpp": "struct Part {", "data/b.cpp": "class Part {"})), 1)

    def test_other_rooms_overloads_and_locals_are_not(self):
        self.assertEqual(self.problems({"data/a.cpp": "struct Part {", "model/b.cpp": "struct Part {"}), [])
        self.assertEqual(self.problems({"data/a.cpp": "int of(int x) {", "data/b.cpp": "int of(float x) {"}), [])
        self.assertEqual(self.problems({"data/a.cpp": "  constexpr int kMost = 3;", "data/b.cpp": "  constexpr int kMost = 3;"}), [])


if __name__ == "__main__":
    unittest.main()
