# SPDX-License-Identifier: Apache-2.0
"""What goes into the wheel, laid out as pip lays it out: the package works from there, far from sources and build."""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CMAKE, BUILD, SOURCE = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])


class WheelContent(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.site = Path(folder.name)
        subprocess.run([CMAKE, "--install", BUILD, "--prefix", self.site, "--component", "wheel"], check=True,
                       stdout=subprocess.DEVNULL)

    def run_python(self, *arguments, **settings):
        return subprocess.run([sys.executable, *arguments], env={**os.environ, "PYTHONPATH": str(self.site)},
                              cwd=self.site, text=True, capture_output=True, **settings)

    def test_all_is_in_the_package_and_works_there(self):
        self.assertEqual([entry.name for entry in self.site.iterdir()], ["octocal"])
        package = self.site / "octocal"
        models = package / "share" / "octocal" / "models"
        for file in (package / "__init__.py", package / "__init__.pyi", package / "py.typed", models / "README.md"):
            self.assertTrue(file.is_file(), file)
        made = self.run_python("-c", "import octocal; print(octocal.__file__, octocal.Generator(streams=1).model)",
                               check=True).stdout.split()
        self.assertEqual(made, [str(package / "__init__.py"), str(models / "cells-int8.onnx")])
        told = self.run_python("-m", "octocal", "--version", check=True).stdout
        self.assertIn(self.run_python("-c", "import octocal; print(octocal.__version__)").stdout.strip(), told)
        # The program's exit code and sentences are its own.
        wrong = self.run_python("-m", "octocal", "info", "nowhere.h5")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("nowhere.h5: no such file", wrong.stderr)
        (package / "bin" / "octocal").unlink()
        gone = self.run_python("-m", "octocal", "--version")
        self.assertEqual(gone.returncode, 1)
        self.assertRegex(gone.stderr, "octocal: .*bin/octocal: cannot be run .*; install the package")

    def test_the_version_comes_from_one_place(self):
        settings = (SOURCE / "pyproject.toml").read_text()
        self.assertNotRegex(settings, r"(?m)^version\s*=")
        pattern = re.search(r"(?m)^regex = '(.*)'$", settings)[1]
        found = re.search(pattern, (SOURCE / "CMakeLists.txt").read_text())["value"]
        self.assertEqual(found, self.run_python("-c", "import octocal; print(octocal.__version__)").stdout.strip())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
