#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what people read: pages, their links, the commands they show, licences.

    scripts/check_docs.py                                    what can be seen in the tree
    scripts/check_docs.py --program build/release/octocal    also each shown option against the verb's own --help

Prints one line a problem, file:line: sentence, and exits with 1 if there is any. tests/unit/scripts/check_docs_test.py
feeds it wrong pages.
"""
import argparse
import hashlib
import re
import subprocess
import sys
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

COLUMNS = 120
SPDX = "SPDX-License-Identifier: Apache-2.0"
# Files that cannot hold the SPDX line, or whose folder's README.md says their licence.
NO_SPDX = {".md", ".json", ".ipynb", ".h5", ".onnx", ".png", ".pack", ".ckpt"}
# The text at https://www.apache.org/licenses/LICENSE-2.0.txt.
APACHE_2_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
# Folders whose README.md states the licence of the data in them, with the SHA-256 of each of these files.
DATA_FOLDERS = {"data": ".h5", "models": ".onnx"}

# References that only those can resolve who were there.
DANGLING = [
    (re.compile(r"\bdesign(?:'s)? (?:section|page)s?\b", re.I), "link the page of docs/ that has it"),
    (re.compile(r"\bissues? #?\d+", re.I), "say what it is about, a number means nothing outside"),
    (re.compile(r"\bissue(?:'s)?[- ](?:text|independent)", re.I), "say what it is about"),
]
# Files that name the patterns above on purpose.
ABOUT_DANGLING = {"scripts/check_docs.py", "tests/unit/scripts/check_docs_test.py"}

FENCE = re.compile(r"^\s*(```|~~~)(.*)$")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)")
CODE_SPAN = re.compile(r"(`+)(.+?)\1")
# docs/physics.md, "Verdicts": a page and, maybe, one of its sections, in any tracked text.
PAGE = re.compile(r"(?<![\w./-])((?:\.\./)*(?:[\w-]+/)*[\w-]+\.md)\b(?:`?,? \"([^\"\n]+)\")?")

# `compile/lowering_*.cpp`: a source named by the end of its path.
SOURCE = re.compile(r"(?:\.\./)*(?:[\w.-]+/)+[\w.*-]+\.(?:hpp|cpp|py|sh|cmake|toml|js|mjs|in|h5|onnx|png)")


class Page:
    """A Markdown file, line by line, with what is code taken apart from what is text."""

    def __init__(self, name: str, text: str):
        self.name = name
        self.lines = text.split("\n")
        self.prose = []  # (line number, line) outside of fences
        self.blocks = []  # (line number of the first line inside, language, lines)
        fence, before, indented, in_list = None, "", False, False
        for number, line in enumerate(self.lines, 1):
            match = FENCE.match(line)
            if fence is None and match:
                fence = (match[1], number + 1, match[2].strip(), [])
            elif fence is not None and match and match[1] == fence[0] and not match[2].strip():
                self.blocks.append(fence[1:])
                fence = None
            elif fence is not None:
                fence[3].append(line)
            elif line.startswith("    ") and (indented or (before == "" and not in_list)):
                indented = True
                self.blocks.append((number, "", [line]))
            else:
                indented = indented and line == ""
                in_list = line == "" and in_list or bool(re.match(r"\s*(?:[-*+]|\d+\.) ", line)) or \
                    in_list and line.startswith(" ")
                self.prose.append((number, line))
            before = line

    @cached_property
    def headings(self) -> list[str]:
        return [match[2] for _, line in self.prose if (match := HEADING.match(line))]

    @cached_property
    def anchors(self) -> set[str]:
        """The names that GitHub gives the headings, and those of <a id=...>."""
        found = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", "\n".join(line for _, line in self.prose)))
        for heading in self.headings:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
            slug = base = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            count = 0
            while slug in found:
                count += 1
                slug = f"{base}-{count}"
            found.add(slug)
        return found


def breakable(line: str) -> bool:
    """Whether a line above the limit could have been broken before it: not inside code, a link or a table."""
    if line.lstrip().startswith("|"):
        return False
    indent = re.match(r"\s*(?:[-*+]|\d+\.|>|#+)?\s*", line).end()
    solid = CODE_SPAN.sub(lambda m: "x" * len(m[0]), line)
    solid = re.sub(r"\]\([^)]*\)", lambda m: "x" * len(m[0]), solid)
    return re.match(r"#{1,6} ", line) is None and " " in solid[indent : COLUMNS + 1]


class Tree:
    """The tracked files below `root`, and what is wrong with their words."""

    def __init__(self, root: Path, files: list[str]):
        self.root = root
        self.files = sorted(files)
        self.folders = {"."} | {str(parent) for name in files for parent in Path(name).parents}
        self.texts = {}
        for name in self.files:
            try:
                self.texts[name] = (root / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                pass
        self.pages = {name: Page(name, text) for name, text in self.texts.items() if name.endswith(".md")}

    def problems(self, program: Path | None = None) -> list[str]:
        checks = [self.long_lines(), self.broken_links(), self.broken_mentions(), self.broken_paths(),
                  self.dangling(), self.licences(), self.data_licences(), self.verb_table(), self.commands(program)]
        return [problem for check in checks for problem in check]

    def long_lines(self):
        for page in self.pages.values():
            for number, line in page.prose:
                if len(line) > COLUMNS and breakable(line):
                    yield f"{page.name}:{number}: {len(line)} columns, at most {COLUMNS}; break the line"

    def resolve(self, page: str, target: str) -> str | None:
        """The tracked file or folder that a relative target of a page means; None if there is none."""
        parts = []
        for part in [*Path(page).parent.parts, *unquote(target).split("/")]:
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            elif part not in {"", "."}:
                parts.append(part)
        name = "/".join(parts) or "."
        return name if name in self.texts or name in self.folders or name in self.files else None

    def broken_links(self):
        for page in self.pages.values():
            for number, line in page.prose:
                for target in LINK.findall(CODE_SPAN.sub("", line)):
                    if re.match(r"[a-z]+:", target):
                        continue
                    path, _, anchor = target.partition("#")
                    name = self.resolve(page.name, path) if path else page.name
                    if name is None:
                        yield f"{page.name}:{number}: link to {path}, which is not there"
                    elif anchor and name in self.pages and anchor not in self.pages[name].anchors:
                        yield f"{page.name}:{number}: link to {target}, but {name} has no such heading"

    def broken_mentions(self):
        """Pages named without a link, in pages and in comments of sources."""
        for name, text in self.texts.items():
            if name in ABOUT_DANGLING:
                continue
            for number, line in enumerate(text.split("\n"), 1):
                for path, heading in PAGE.findall(line):
                    target = self.resolve(name, path) or self.resolve("x", path)
                    if target is None and "/" not in path and not name.endswith(".md"):
                        target = self.resolve("docs/x", path)
                    if target is None:
                        yield f"{name}:{number}: names {path}, which is not there"
                    elif heading and target in self.pages and heading not in self.pages[target].headings:
                        yield f'{name}:{number}: {target} has no section "{heading}"'

    def broken_paths(self):
        """Sources that a page names in a code span; * stands for anything."""
        for page in self.pages.values():
            if page.name == "CHANGELOG.md":
                continue
            for number, line in page.prose:
                for _, code in CODE_SPAN.findall(line):
                    path = code.removeprefix("../")
                    if SOURCE.fullmatch(code) and not any(fnmatch("/" + name, "*/" + path) for name in self.files):
                        yield f"{page.name}:{number}: names {code}, which is not there"

    def dangling(self):
        for name, text in self.texts.items():
            if name in ABOUT_DANGLING:
                continue
            for number, line in enumerate(text.split("\n"), 1):
                for pattern, remedy in DANGLING:
                    if match := pattern.search(line):
                        yield f'{name}:{number}: "{match[0]}" leads nowhere; {remedy}'

    def licences(self):
        for name in self.files:
            if Path(name).suffix in NO_SPDX or name == "LICENSE":
                continue
            if SPDX not in "\n".join(self.texts.get(name, "").split("\n")[:3]):
                yield f"{name}:1: one of the first three lines must say {SPDX}"
        text = self.texts.get("LICENSE", "")
        if hashlib.sha256(text.encode()).hexdigest() != APACHE_2_SHA256:
            yield "LICENSE:1: is not the text of the Apache License 2.0"

    def data_licences(self):
        for folder, suffix in DATA_FOLDERS.items():
            readme = f"{folder}/README.md"
            text = self.texts.get(readme, "")
            if "CC-BY-4.0" not in text:
                yield f"{readme}:1: must state the licence CC-BY-4.0"
            for name in self.files:
                if name.startswith(folder + "/") and name.endswith(suffix):
                    digest = hashlib.sha256((self.root / name).read_bytes()).hexdigest()
                    if digest not in text:
                        yield f"{readme}:1: must state the SHA-256 of {name}, {digest}"

    @cached_property
    def verbs(self) -> set[str]:
        sources = [text for name, text in self.texts.items() if re.fullmatch(r"src/octocal/cli/[^/]+\.cpp", name)]
        return {verb for text in sources for verb in re.findall(r'\bVerb \w+\(\{"(\w+)"', text)}

    def verb_table(self):
        rows = re.findall(r"^\| `octocal (\w+)", self.texts.get("README.md", ""), re.M)
        for verb in sorted(self.verbs - set(rows)):
            yield f"README.md:1: the table of verbs lacks octocal {verb}"
        for verb in sorted(set(rows) - self.verbs):
            yield f"README.md:1: the table of verbs has octocal {verb}, which src/octocal/cli does not define"

    def shown_commands(self):
        """(page, line, verb, [option, ...]) of every `octocal VERB ...` in fences and in code spans."""
        for page in self.pages.values():
            shown = []
            for first, language, lines in page.blocks:
                if language in {"", "sh", "bash", "console"}:
                    joined, start = "", first
                    for number, line in enumerate(lines, first):
                        joined += line
                        if line.endswith("\\"):
                            joined = joined[:-1]
                            continue
                        shown.append((start, joined))
                        joined, start = "", number + 1
            for number, line in page.prose:
                shown += [(number, code) for _, code in CODE_SPAN.findall(line)]
            for number, command in shown:
                match = re.match(r"\s*\$?\s*(?:[\w./-]*/)?octocal\s+([a-z][\w-]*)(.*)$", command)
                if match:
                    rest = re.split(r"\s#|[|;&]", re.sub(r"'[^']*'|\"[^\"]*\"", "''", match[2]))[0]
                    yield page.name, number, match[1], re.findall(r"(?<!\S)--?[A-Za-z][\w-]*", rest)

    def commands(self, program: Path | None):
        helps = {}
        for name, number, verb, options in self.shown_commands():
            if name == "CHANGELOG.md":
                continue
            if verb not in self.verbs:
                yield f"{name}:{number}: octocal {verb} is not a verb"
            elif program:
                if verb not in helps:
                    run = subprocess.run([program, verb, "--help"], capture_output=True, text=True, check=False)
                    known = run.returncode == 0 and "left out of this build" not in run.stdout
                    helps[verb] = set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", run.stdout)) if known else None
                if helps[verb] is None:
                    continue  # a build without it, such as one without the trainer
                for option in options:
                    if option not in helps[verb]:
                        yield f"{name}:{number}: octocal {verb} has no option {option}"


def tracked(root: Path) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, help="octocal, whose --help knows its options")
    program = parser.parse_args().program
    root = Path(__file__).resolve().parent.parent
    tree = Tree(root, tracked(root))
    found = tree.problems(program.resolve() if program else None)
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"docs: {len(tree.pages)} pages and {len(tree.texts)} texts checked, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
