# SPDX-License-Identifier: Apache-2.0
"""The Python module against the program: the same seed must give the same showers through both."""
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import numpy as np

import octocal

PROGRAM, SOURCE = sys.argv[1], Path(sys.argv[2])
MODEL = str(SOURCE / "models" / "generator-int8.onnx")
DATA = str(SOURCE / "data" / "electrons_000.h5")


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

    def test_threads_share_one_generator(self):
        energy = np.linspace(110, 490, 6).astype(np.float32)
        expected = octocal.Generator(MODEL, streams=1, seed=3).generate(energy)
        for streams in (1, 2):
            generator = octocal.Generator(MODEL, streams=streams, seed=3, batch=2)
            made = [None, None]

            def work(number, generator=generator, made=made):
                # One thread from the front, one from the back, both the same showers.
                order = range(6) if number == 0 else reversed(range(6))
                made[number] = {i: generator.generate(energy[i:i + 1], first=i)[0] for i in order}

            threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for own in made:
                np.testing.assert_array_equal(np.stack([own[i] for i in range(6)]), expected)

    def test_pins_no_thread_unless_asked(self):
        mask = os.sched_getaffinity(0)

        def masks():
            return [os.sched_getaffinity(int(task)) for task in os.listdir("/proc/self/task")]

        generator = octocal.Generator(MODEL, streams=2)
        self.assertTrue(all(own == mask for own in masks()))
        del generator
        threads = len(masks())
        generator = octocal.Generator(MODEL, streams=1, affinity="compact")
        generator.generate(np.array([200.0], np.float32))
        self.assertEqual(len(masks()), threads)
        self.assertEqual(os.sched_getaffinity(0), mask)
        with self.assertRaisesRegex(octocal.Error, "affinity close: .* compact, spread or none"):
            octocal.Generator(MODEL, affinity="close")

    def test_reads_back_what_it_wrote(self):
        energy = np.array([150.0, 450.0], np.float32)
        cells = np.zeros((2, 25, 25, 25), np.float32)
        cells[0, 12, 12, 7] = 1.5
        cells[1, 3, 4, 5] = 0.25
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "showers.h5")
            octocal.write_showers(file, energy, cells)
            read_energy, read_cells = octocal.read_showers([file], first=1)
            for files in (file, Path(file), str(Path(folder) / "show*.h5"), [Path(file)]):
                np.testing.assert_array_equal(octocal.read_showers(files)[1], cells)
                self.assertEqual(octocal.info(files)["showers"], 2)
            for files in (None, 3, [3]):
                with self.assertRaises(TypeError):
                    octocal.read_showers(files)
        np.testing.assert_array_equal(read_energy, energy[1:])
        np.testing.assert_array_equal(read_cells, cells[1:])

    def test_errors_name_the_file(self):
        with self.assertRaisesRegex(octocal.Error, "nowhere.onnx"):
            octocal.Generator("nowhere.onnx")

    def test_input_errors_are_value_errors(self):
        self.assertTrue(issubclass(octocal.InputError, octocal.Error) and issubclass(octocal.InputError, ValueError))
        self.assertTrue(issubclass(octocal.Error, RuntimeError))
        with self.assertRaises(ValueError):
            octocal.read_showers(["nowhere.h5"])

    def test_refuses_energies_that_the_model_was_not_made_for(self):
        generator = octocal.Generator(MODEL, streams=1)
        for energy, words in ((600, "from 200 to 600 GeV are outside the model's range"), (np.nan, "energy of nan"),
                              (-3, "energy of -3"), (np.inf, "energy of inf")):
            with self.assertRaisesRegex(octocal.InputError, f"generator-int8.onnx: .*{words}"):
                generator.generate(np.array([200, energy], np.float32))
        made = octocal.Generator(MODEL, streams=1, extrapolate=True).generate(np.array([600], np.float32))
        self.assertTrue(8 < made.sum() < 25)  # some 2.8 % of it

    def test_refuses_showers_that_are_not_finite(self):
        generator = octocal.Generator(MODEL, streams=1, extrapolate=True)
        with self.assertRaisesRegex(octocal.Error, "shower 6 at .* holds -?(inf|nan)") as caught:
            generator.generate(np.array([200, 3e38], np.float32), first=5)
        self.assertNotIsInstance(caught.exception, octocal.InputError)

    def test_metadata_stands_in_for_the_files(self):
        generator = octocal.Generator(MODEL, metadata={"octocal.energy_max": "300"})
        self.assertEqual(generator.energy_range_gev, (100.0, 300.0))
        with self.assertRaisesRegex(octocal.InputError, "100 to 300 GeV"):
            generator.generate(np.array([400], np.float32))

    def test_writes_attributes_and_refuses_what_nobody_could_read(self):
        energy = np.array([150.0, 450.0], np.float32)
        cells = np.full((2, 3, 4, 5), 0.1, np.float32)  # 6 GeV a shower
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "showers.h5")
            octocal.write_showers(file, energy, cells, attributes={"octocal.latents": "mine"})
            self.assertEqual(octocal.info([file])["attributes"], {"octocal.latents": "mine"})
            cells[1, 2, 3, 4] = np.nan
            other = str(Path(folder) / "other.h5")
            with self.assertRaisesRegex(octocal.InputError, "other.h5: shower 1 holds nan"):
                octocal.write_showers(other, energy, cells)
            self.assertFalse(os.path.exists(other))
            with self.assertRaisesRegex(octocal.InputError, "must have the shape"):
                octocal.write_showers(other, energy, cells[0])

    def test_generates_the_very_file_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            by_program, by_module = str(Path(folder) / "a.h5"), str(Path(folder) / "b.h5")
            subprocess.run([PROGRAM, "generate", "--model", MODEL, "--energy", "100:500", "--showers", "5", "--seed",
                            "11", "-o", by_program, "--quiet"], check=True)
            made = octocal.generate_to_file(MODEL, by_module, energy="100:500", showers=5, seed=11)
            self.assertEqual(Path(by_program).read_bytes(), Path(by_module).read_bytes())
            self.assertEqual(made["showers_hash"], octocal.info([by_module])["attributes"]["octocal.showers_hash"])
            parts = [folder + "/part0.h5", folder + "/part1.h5"]
            for first, part in ((0, parts[0]), (3, parts[1])):
                octocal.generate_to_file(MODEL, part, energy="100:500", showers=3 - first // 3, seed=11,
                                         first_shower=first, compression="gzip:2")
            merged = octocal.merge(parts[::-1], folder + "/merged.h5")
            self.assertEqual(merged["parts"], parts)
            self.assertEqual(merged["showers_hash"], made["showers_hash"])
            self.assertEqual(Path(folder + "/merged.h5").read_bytes(), Path(by_module).read_bytes())
            with self.assertRaisesRegex(octocal.InputError, "part1.h5: has showers 3 to 4, and so has .*b.h5"):
                octocal.merge([parts[1], by_module], folder + "/merged.h5")
            # What the file says of its latents is what validate makes of the model's: table 5 pairs them.
            compared = octocal.compare(MODEL, by_module)
            self.assertTrue(compared["identical"])
            self.assertEqual(compared["a"]["latents"], compared["b"]["latents"])
            self.assertEqual(compared["table5"]["showers"], 5)

    def test_studies_refuse_settings_by_their_names(self):
        with tempfile.TemporaryDirectory() as folder:
            output = str(Path(folder) / "out")
            for words, call in (
                    ("`showers` 0", lambda: octocal.generate_to_file(MODEL, output, showers=0)),
                    ("`energy` 5:3", lambda: octocal.generate_to_file(MODEL, output, energy="5:3")),
                    ("outside the model's range", lambda: octocal.generate_to_file(MODEL, output, energy="600")),
                    ("`activations` s9", lambda: octocal.quantize(MODEL, output, activations="s9")),
                    ("`criterion` ecal<1", lambda: octocal.tune(MODEL, output, criteria=["ecal<1"])),
                    ("`budget` soon", lambda: octocal.tune(MODEL, output, budget="soon")),
                    ("`strategy` best", lambda: octocal.tune(MODEL, output, strategy="best")),
                    ("`reference`", lambda: octocal.validate([])),
                    ("`showers_per_reference` 0", lambda: octocal.validate([DATA], showers_per_reference=0)),
                    ("nowhere.onnx", lambda: octocal.compare("nowhere.onnx", DATA))):
                with self.assertRaisesRegex(octocal.InputError, re.escape(words)):
                    call()
                self.assertFalse(os.path.exists(output))

    def test_quantizes_by_all_options_of_the_program(self):
        float32 = str(SOURCE / "models" / "generator.onnx")
        with tempfile.TemporaryDirectory() as folder:
            own, of_program = str(Path(folder) / "own.onnx"), str(Path(folder) / "of_program.onnx")
            for arguments, options in (
                    ({"ranges": "percentile", "percentile": 99.9, "equalization": False, "last_layer": "int16x8"},
                     ["--ranges", "percentile", "--percentile", "99.9", "--equalization", "off", "--last-layer", "int16x8"]),
                    ({"preset": "ilot", "activations": "s8"}, ["--preset", "ilot", "--activations", "s8"])):
                octocal.quantize(float32, own, precision="int8", calibration_showers=4, check_showers=0, **arguments)
                subprocess.run([PROGRAM, "quantize", "--model", float32, "-o", of_program, "--precision", "int8",
                                "--calibration-showers", "4", "--check-showers", "0", "--quiet", *options], check=True,
                               stdout=subprocess.DEVNULL)
                self.assertEqual(Path(own).read_bytes(), Path(of_program).read_bytes())
            for words, arguments in (("`ranges` middle", {"ranges": "middle"}), ("`percentile` 40", {"percentile": 40}),
                                     ("`last_layer` float16", {"last_layer": "float16"}),
                                     ("`preset` tflite", {"preset": "tflite"}),
                                     ("`preset` says", {"preset": "tflite-int8", "precision": "int8"})):
                with self.assertRaisesRegex(octocal.InputError, re.escape(words)):
                    octocal.quantize(float32, own, **arguments)

    def test_no_output_takes_the_place_of_an_input(self):
        with tempfile.TemporaryDirectory() as folder:
            model, link = str(Path(folder) / "m.onnx"), str(Path(folder) / "link")
            Path(model).write_bytes((SOURCE / "models" / "generator.onnx").read_bytes())
            os.symlink("m.onnx", link)
            before = Path(model).read_bytes()
            for call in (lambda: octocal.generate_to_file(model, link), lambda: octocal.quantize(model, link),
                         lambda: octocal.tune(model, link), lambda: octocal.quantize(MODEL, model, calibration_data=[link])):
                with self.assertRaisesRegex(octocal.InputError, "`output` would overwrite .* which `.*` reads"):
                    call()
            for call in (lambda: octocal.quantize(model, folder), lambda: octocal.tune(model, folder),
                         lambda: octocal.generate_to_file(model, folder + "/absent/out.h5")):
                with self.assertRaisesRegex(octocal.InputError, "cannot be written"):
                    call()
            self.assertEqual(Path(model).read_bytes(), before)

    def test_the_examples_of_the_page_run(self):
        page = (SOURCE / "docs" / "python.md").read_text()
        examples = re.findall(r"```python\n(.*?)```", page, re.S)
        self.assertGreaterEqual(len(examples), 4)
        before = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            for name in ("models", "data"):
                os.symlink(SOURCE / name, Path(folder) / name)
            os.chdir(folder)
            try:
                names = {}
                for example in examples:
                    exec(compile(example, "docs/python.md", "exec"), names)
            finally:
                os.chdir(before)
        # What is printed there has to be there.
        self.assertEqual([sample["name"] for sample in names["result"]["samples"]], ["Geant4", "made"])
        self.assertEqual(names["int8"]["int8_against_float32"]["showers"], 16)
        self.assertFalse(names["difference"]["identical"])

    def test_layers_and_metadata_are_there(self):
        generator = octocal.Generator(MODEL)
        self.assertTrue(any(layer["ran"] == "int8" for layer in generator.layers))
        self.assertEqual(generator.energy_range_gev, (100.0, 500.0))
        self.assertIn("octocal.latent", generator.metadata)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
