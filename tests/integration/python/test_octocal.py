# SPDX-License-Identifier: Apache-2.0
"""The Python module against the program: the same seed must give the same showers through both."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

import octocal

PROGRAM, SOURCE = sys.argv[1], Path(sys.argv[2])
MODEL = str(SOURCE / "models" / "generator-int8.onnx")


class PythonModule(unittest.TestCase):
    def test_makes_the_showers_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            out = str(Path(folder) / "out.h5")
            subprocess.run([PROGRAM, "generate", "--model", MODEL, "--energy", "100:500", "--showers", "5", "--seed",
                            "11", "-o", out, "--quiet"], check=True)
            energy, expected = octocal.read_showers([out])
        self.assertEqual(expected.shape, (5, 25, 25, 25))
        made = octocal.Generator(MODEL, streams=2, batch=2, seed=11).generate(energy)
        np.testing.assert_array_equal(made, expected)

    def test_single_showers_are_those_of_the_whole_run(self):
        energy = np.array([120.0, 300.0, 480.0], np.float32)
        generator = octocal.Generator(MODEL, seed=3)
        whole, latents = generator.generate(energy, keep_latents=True)
        self.assertEqual(latents.shape, (3, 200))
        np.testing.assert_array_equal(generator.generate(energy[2:], first=2)[0], whole[2])

    def test_reads_back_what_it_wrote(self):
        energy = np.array([150.0, 450.0], np.float32)
        cells = np.zeros((2, 25, 25, 25), np.float32)
        cells[0, 12, 12, 7] = 1.5
        cells[1, 3, 4, 5] = 0.25
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "showers.h5")
            octocal.write_showers(file, energy, cells)
            read_energy, read_cells = octocal.read_showers([file], first=1)
        np.testing.assert_array_equal(read_energy, energy[1:])
        np.testing.assert_array_equal(read_cells, cells[1:])

    def test_errors_name_the_file(self):
        with self.assertRaisesRegex(octocal.Error, "nowhere.onnx"):
            octocal.Generator("nowhere.onnx")

    def test_layers_and_metadata_are_there(self):
        generator = octocal.Generator(MODEL)
        self.assertTrue(any(layer["ran"] == "int8" for layer in generator.layers))
        self.assertEqual(generator.energy_range_gev, (100.0, 500.0))
        self.assertIn("octocal.latent", generator.metadata)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
