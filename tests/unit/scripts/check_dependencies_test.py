# SPDX-License-Identifier: Apache-2.0
"""Tests of scripts/check_dependencies.py on a tree made here."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
import check_dependencies  # noqa: E402

PAGE = """# Built from
## Debian
| package | version | licence | use |
|---|---|---|---|
| no-such-package-dev | 1.2 | MIT | linked: something |
| npm | any | Artistic-2.0 | tool |
## PyPI
| package | version | licence | use |
|---|---|---|---|
| thing | 1.0 | BSD-3-Clause | test |
## npm
| package | version | licence | use |
|---|---|---|---|
| plots | 3.0 | MIT | page: plots |

Others: ISC.
"""
SCRIPT = """build_packages=(no-such-package-dev)
packages=("${build_packages[@]}")
command -v npm || packages+=(npm)
"""


class CheckDependenciesTest(unittest.TestCase):
    def problems(self, page=PAGE, script=SCRIPT, requirements="thing==1.0\n", package=None, lock=None):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("docs", "scripts", "tests/integration/runtime"):
                (root / name).mkdir(parents=True)
            (root / "docs/dependencies.md").write_text(page, encoding="utf-8")
            (root / "scripts/install_dependencies.sh").write_text(script, encoding="utf-8")
            (root / "tests/integration/runtime/requirements.txt").write_text(requirements, encoding="utf-8")
            (root / "package.json").write_text(json.dumps(package or {"dependencies": {"plots": "3.0"}}), encoding="utf-8")
            packages = lock or {"": {}, "node_modules/plots": {"integrity": "x", "license": "MIT"},
                                "node_modules/inner": {"integrity": "x", "license": "ISC"}}
            (root / "package-lock.json").write_text(json.dumps({"packages": packages}), encoding="utf-8")
            return list(check_dependencies.problems(root))

    def test_a_tree_as_it_should_be(self):
        self.assertEqual(self.problems(), [])

    def test_what_is_installed_and_not_listed_and_the_other_way_round(self):
        self.assertIn("libnew-dev is installed and not listed",
                      self.problems(script=SCRIPT.replace("(no-such", "(libnew-dev no-such"))[0])
        self.assertIn("other is installed and not listed", self.problems(requirements="thing==1.0\nother==2\n")[0])
        self.assertIn("thing is listed and not installed", self.problems(requirements="# none\n")[0])

    def test_versions_that_are_not_pinned_or_others(self):
        self.assertIn("thing is listed with 1.0, pinned is 1.1", self.problems(requirements="thing==1.1\n")[0])
        self.assertIn("pinned is nothing", self.problems(requirements="thing\n")[0])
        self.assertIn("plots is listed with 3.0, pinned is ^3.0",
                      self.problems(package={"dependencies": {"plots": "^3.0"}})[0])

    def test_licences_that_are_unknown_or_cannot_be_linked(self):
        self.assertIn("inner is under SSPL", self.problems(lock={
            "": {}, "node_modules/plots": {"integrity": "x", "license": "MIT"},
            "node_modules/inner": {"integrity": "x", "license": "SSPL"}})[0])
        self.assertIn("plots is listed under MIT, the lock file says ISC", self.problems(lock={
            "": {}, "node_modules/plots": {"integrity": "x", "license": "ISC"}})[0])
        self.assertIn("plots has no checksum", self.problems(lock={"": {}, "node_modules/plots": {"license": "MIT"}})[0])
        self.assertIn("linked under GPL-3.0", self.problems(page=PAGE.replace("1.2 | MIT", "1.2 | GPL-3.0"))[0])
        self.assertIn("a licence, and a use", self.problems(page=PAGE.replace("| tool |", "| whatever |"))[0])


if __name__ == "__main__":
    unittest.main()
