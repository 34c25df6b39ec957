#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/check_docs.py on small trees with known faults."""
import hashlib
import stat
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts"))
import check_docs  # noqa: E402

SPDX = "SPDX-License-Identifier: Apache-2.0"
CELLS = b"\x89HDF\xff cells"
GOOD = {
    "LICENSE": (ROOT / "LICENSE").read_text(),
    "README.md": "# It\n\n| verb | does |\n|---|---|\n| `octocal info FILES` | tells |\n\nSee [docs](docs/a.md#two-words).\n",
    "docs/a.md": "# A\n\n## Two `words`\n\n```sh\nbuild/octocal info a.h5 --json out.json   # or -q\n```\n",
    "src/octocal/cli/info.cpp": f'// {SPDX}\nconst Verb verb({{"info", "tell", kExamples, define}});\n// docs/a.md, "Two `words`"\n',
    "data/README.md": f"CC-BY-4.0\n\n{hashlib.sha256(CELLS).hexdigest()}\n",
    "data/a.h5": CELLS,
    "models/README.md": "CC-BY-4.0\n",
}


class CheckDocs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def problems(self, program=None, **changes):
        """Problems of the good tree with some files added or replaced; `docs__a_md` stands for docs/a.md."""
        files = GOOD | {name.replace("__", "/").replace("_", "."): text for name, text in changes.items()}
        files = {name: text for name, text in files.items() if text is not None}
        for name, content in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return check_docs.Tree(self.root, list(files)).problems(program)

    def expect(self, problems, *fragments):
        self.assertEqual(len(problems), len(fragments), problems)
        for problem, fragment in zip(problems, fragments):
            self.assertIn(fragment, problem)

    def test_a_good_tree_has_no_problems(self):
        self.expect(self.problems())

    def test_long_lines(self):
        words = "word " * 25
        self.expect(self.problems(b_md=f"{words}\n"), "b.md:1: 125 columns")
        self.expect(self.problems(b_md=f"- {words}\n"), "b.md:1: 127 columns")
        exact = ("word " * 24)[:119] + "s"  # 120 columns
        self.expect(self.problems(b_md=exact + "\n"))

    def test_what_cannot_be_broken_may_be_long(self):
        url = "https://example.org/" + "x" * 120
        self.expect(self.problems(b_md=f"| {'word ' * 30} |\n"))
        self.expect(self.problems(b_md=f"```\n{'word ' * 30}\n```\n"))
        self.expect(self.problems(b_md=f"text\n\n    {'word ' * 30}\n"))
        self.expect(self.problems(b_md=f"- <{url}>\n"))
        self.expect(self.problems(b_md=f"(`info {'word ' * 30}`):\n"))
        self.expect(self.problems(b_md=f"but this <{url}>\n"), "b.md:1: 151 columns")

    def test_links(self):
        self.expect(self.problems(b_md="[x](docs/b.md)\n"), "b.md:1: link to docs/b.md", "names docs/b.md")
        self.expect(self.problems(b_md="[x](docs/a.md#three)\n"), "docs/a.md has no such heading")
        self.expect(self.problems(b_md="# Here\n\n[x](#here) [y](#there)\n"), "b.md:3: link to #there")
        self.expect(self.problems(docs__b_md="[x](../README.md) [y](../docs) [z](https://example.org/b.md)\n"))
        self.expect(self.problems(docs__b_md="[x](../../README.md)\n"), "link to", "names")
        self.expect(self.problems(b_md="`[x](nowhere)`\n\n```\n[x](nowhere)\n```\n"))

    def test_equal_headings_are_numbered(self):
        self.expect(self.problems(b_md="# On\n\n# On\n\n[x](#on-1) [y](#on-2)\n"), "link to #on-2")

    def test_pages_named_in_sources(self):
        self.expect(self.problems(b_py=f"# {SPDX}\n# docs/c.md says why\n"), "b.py:2: names docs/c.md")
        self.expect(self.problems(b_py=f'# {SPDX}\n# docs/a.md, "Three words"\n'), 'docs/a.md has no section "Three words"')

    def test_sources_named_in_pages(self):
        self.expect(self.problems(b_md="`cli/info.cpp`, `cli/*.cpp`, `/usr/include/x.hpp`\n"))
        self.expect(self.problems(b_md="`cli/nfo.cpp`\n"), "b.md:1: names cli/nfo.cpp")

    def test_references_that_lead_nowhere(self):
        for text in ["design section 4", "The design page", "Issue 4's table", "issues #12", "issue texts"]:
            self.expect(self.problems(b_hpp=f"// {SPDX}\n// {text}\n"), "leads nowhere")
        self.expect(self.problems(b_hpp=f"// {SPDX}\n// Rehm et al. 2021, section 3.1; no issue; by design\n"))

    def test_licences(self):
        self.expect(self.problems(b_cpp="int x;\n"), "b.cpp:1: one of the first three lines")
        self.expect(self.problems(b_sh=f"#!/bin/sh\n# {SPDX}\n"))
        self.expect(self.problems(LICENSE="Apache License\n"), "LICENSE:1: is not the text")
        self.expect(self.problems(data__a_h5=b"other\xff"), "data/README.md:1: must state the SHA-256 of data/a.h5")
        self.expect(self.problems(models__README_md="no licence\n"), "must state the licence CC-BY-4.0")

    def test_table_of_verbs(self):
        verb = f'// {SPDX}\nconst Verb verb({{"pack", "pack", kExamples, define}});\n'
        self.expect(self.problems(src__octocal__cli__pack_cpp=verb), "README.md:1: the table of verbs lacks octocal pack")
        self.expect(self.problems(src__octocal__cli__info_cpp=f"// {SPDX}\n"), "has octocal info, which", "not a verb", "not a verb")

    def test_commands(self):
        self.expect(self.problems(b_md="```sh\noctocal inform\n```\n"), "b.md:2: octocal inform is not a verb")
        self.expect(self.problems(b_md="`octocal VERB --help`, `octocal inform`\n"), "b.md:1: octocal inform")

    def test_options_of_the_program(self):
        program = self.root / "octocal"
        program.write_text("#!/bin/sh\n[ $1 = info ] && printf -- '  -q,--quiet  Say less\\n  --json FILE\\n'\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.expect(self.problems(program))
        shown = "```sh\noctocal info 'a --b' \\\n  -q --jsn x.json | less -R   # --no\n```\n"
        self.expect(self.problems(program, b_md=shown), "b.md:2: octocal info has no option --jsn")


if __name__ == "__main__":
    unittest.main()
