# SPDX-License-Identifier: Apache-2.0
"""The Python package around the module: the shipped model, streaming, memory of the caller, threads, response, report."""
import json
import os
import pickle
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import numpy as np

import octocal

SOURCE = Path(sys.argv[1])
MODEL = SOURCE / "models" / "cells-int8.onnx"
DATA = SOURCE / "data" / "electrons_000.h5"
ENERGIES = np.linspace(110, 490, 7).astype(np.float32)


def in_threads(*jobs):
    """What each job returns, all run at once; what one throws is thrown."""
    results, errors = [None] * len(jobs), []

    def work(number):
        try:
            results[number] = jobs[number]()
        except BaseException as error:  # handed on
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


class Package(unittest.TestCase):
    def test_generator_without_a_model_is_the_shipped_one(self):
        generator = octocal.Generator(streams=1, seed=5)
        self.assertEqual(Path(generator.model).read_bytes(), MODEL.read_bytes())
        self.assertEqual(generator.model, octocal.shipped_model())
        self.assertEqual((generator.shape, generator.seed), ((25, 25, 25), 5))
        np.testing.assert_array_equal(generator.generate(ENERGIES),
                                      octocal.Generator(MODEL, streams=1, seed=5).generate(ENERGIES))
        self.assertEqual(octocal.Generator.__module__, "octocal")

    def test_fills_the_callers_memory(self):
        generator = octocal.Generator(streams=1)
        expected = generator.generate(ENERGIES)
        room = np.full((9, 25, 25, 25), np.float32(-1))
        made = generator.generate(ENERGIES, out=room[1:8])
        self.assertTrue(np.shares_memory(made, room))
        np.testing.assert_array_equal(room[1:8], expected)
        self.assertTrue((room[[0, 8]] == -1).all())
        read_only = np.empty((7, 25, 25, 25), np.float32)
        read_only.flags.writeable = False
        for out in (read_only, np.empty((6, 25, 25, 25), np.float32), np.empty((7, 25, 25, 25)),
                    np.empty((7, 25, 25, 50), np.float32)[..., ::2], np.empty(7 * 25**3, np.float32)):
            with self.assertRaisesRegex(octocal.InputError, r"`out` must be .* shape \(7, 25, 25, 25\)"):
                generator.generate(ENERGIES, out=out)
        for energies in (np.float32(200), ENERGIES[:, None]):
            with self.assertRaisesRegex(octocal.InputError, "`energy_gev` has . axes"):
                generator.generate(energies)
        self.assertEqual(generator.generate([]).shape, (0, 25, 25, 25))
        # Any numbers will do: they are taken as float32.
        for energies in ([110, 300], (110.0, 300.0), np.array([110, 300]), np.array([110, 0, 300, 0.0])[::2]):
            np.testing.assert_array_equal(generator.generate(energies)[0], expected[0])

    def test_batches_are_the_showers_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "whole.h5"
            octocal.generate_to_file(MODEL, file, energy="100:500", showers=12, seed=9, streams=1)
            energies, cells = octocal.read_showers(file)
            generator = octocal.Generator(MODEL, streams=1, seed=9)
            batches = list(generator.batches("100:500", showers=12, size=5))
            self.assertEqual([len(energy) for energy, _ in batches], [5, 5, 2])
            np.testing.assert_array_equal(np.concatenate([energy for energy, _ in batches]), energies)
            np.testing.assert_array_equal(np.concatenate([made for _, made in batches]), cells)
            # From anywhere, without end, of an array, of a file.
            endless = generator.batches("100:500", size=2, first=7)
            for number in range(2):
                np.testing.assert_array_equal(next(endless)[1], cells[7 + 2 * number:9 + 2 * number])
            for energy, first in ((energies[7:], 7), (list(energies[7:]), 7), (str(file), 7)):
                parts = list(generator.batches(energy, size=3, first=first))
                np.testing.assert_array_equal(np.concatenate([made for _, made in parts]), cells[7:])
            self.assertEqual(list(generator.batches([])), [])
            for words, call in (("`size` 0", lambda: generator.batches([200], size=0)),
                                ("energies of 1; ask", lambda: generator.batches([200], showers=2)),
                                ("`energy` 5:3", lambda: generator.batches("5:3"))):
                with self.assertRaisesRegex(octocal.InputError, words):
                    call()
        iterator = octocal.Generator(streams=1).batches([200.0])  # keeps its generator alive
        self.assertEqual(next(iterator)[1].shape, (1, 25, 25, 25))

    def test_threads_share_an_iterator_and_each_batch_comes_once(self):
        generator = octocal.Generator(streams=1)
        expected = generator.generate(np.repeat(ENERGIES, 4))
        iterator = generator.batches(np.repeat(ENERGIES, 4), size=1)
        parts = in_threads(*[lambda: list(iterator)] * 3)
        made = [cells[0].tobytes() for part in parts for _, cells in part]
        self.assertEqual(sorted(made), sorted(shower.tobytes() for shower in expected))

    def test_other_threads_go_on_meanwhile(self):
        generator = octocal.Generator(streams=1)
        worker = threading.Thread(target=generator.generate, args=(np.full(400, 300.0),))
        steps = 0
        worker.start()
        while worker.is_alive():
            time.sleep(0.001)
            steps += 1
        self.assertGreater(steps, 4)  # with Python's lock held: one or two; how many else is the scheduler's choice

    def test_functions_run_at_the_same_time(self):
        with tempfile.TemporaryDirectory() as folder:
            expected = octocal.Generator(streams=1).generate(ENERGIES)
            told = octocal.info(DATA)

            def write_and_read(name):
                file = Path(folder) / name
                octocal.write_showers(file, ENERGIES, expected)
                return octocal.read_showers(file)[1]

            results = in_threads(lambda: octocal.Generator(streams=1).generate(ENERGIES),
                                 lambda: octocal.Generator(streams=2).generate(ENERGIES),
                                 lambda: write_and_read("a.h5"), lambda: write_and_read("b.h5"),
                                 lambda: octocal.info(DATA), lambda: octocal.info(DATA))
        for cells in results[:4]:
            np.testing.assert_array_equal(cells, expected)
        self.assertEqual(results[4:], [told, told])

    def test_errors_go_between_processes(self):
        error = pickle.loads(pickle.dumps(octocal.InputError("wrong")))
        self.assertEqual((type(error), str(error)), (octocal.InputError, "wrong"))

    def test_response_is_the_polynomial_of_the_showers(self):
        energies = np.array([100, 200, 300, 400, 500.0])
        response = octocal.Response(energies, 0.5 + 2 * energies / 100, degree=1)
        np.testing.assert_allclose(response.coefficients, [0.5, 2], atol=1e-6)
        self.assertEqual(response.energy_range_gev, (100, 500))
        self.assertAlmostEqual(response(250), 5.5, places=6)
        made = response(energies.reshape(5, 1))
        self.assertEqual((made.shape, made.dtype), ((5, 1), np.float64))
        np.testing.assert_allclose(made[:, 0], 0.5 + 2 * energies / 100, atol=1e-5)
        # Of Geant4's showers: half a percent of what numpy's fit with the same weights says.
        energy, cells = octocal.read_showers(DATA, count=300)
        ecal = cells.sum(axis=(1, 2, 3), dtype=np.float64)
        own = np.polynomial.polynomial.polyfit(energy.astype(np.float64) / 100, ecal, 2, w=1 / energy)
        np.testing.assert_allclose(octocal.Response(energy, ecal)(energies),
                                   np.polynomial.polynomial.polyval(energies / 100, own), rtol=1e-9)
        for words, call in (("shape of `energy_gev`", lambda: octocal.Response(energies, energies[:4])),
                            ("`degree` 9", lambda: octocal.Response(energies, energies, degree=9)),
                            ("energ", lambda: octocal.Response([100, 200], [1, 2]))):
            with self.assertRaisesRegex(octocal.InputError, words):
                call()

    def test_report_of_a_validation(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            result = octocal.validate(DATA, models=MODEL, showers=60, classifier=False, neighbours=False, streams=1)
            (folder / "validation.json").write_text(json.dumps(result))
            made = octocal.report(folder / "validation.json", folder / "report")
            self.assertEqual(made["page"], str(folder / "report" / "index.html"))
            self.assertIn("<html", Path(made["page"]).read_text())
            self.assertIn("z mean", made["summary"])
            os.mkdir(folder / "mine")
            (folder / "mine" / "notes").write_text("mine")
            with self.assertRaisesRegex(octocal.InputError, "mine"):
                octocal.report(folder / "validation.json", folder / "mine")
            with self.assertRaisesRegex(octocal.InputError, "nowhere.json"):
                octocal.report(folder / "nowhere.json", folder / "report")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
