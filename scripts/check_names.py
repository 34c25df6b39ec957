#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Types and constants at the top of a file's unnamed namespace are one in a room: several of its files are compiled at
once (OCTOCAL_UNITY), and a reader who searches a name finds one thing. Functions may share a name where their arguments
differ, as overloads do.

check_names.py [ROOT]: checks src/octocal/ROOM and tests/unit/ROOM; rooms whose files are always compiled for themselves
are left out.
"""
import collections
import pathlib
import re
import sys

ALONE = {"engine"}  # CMakeLists.txt of these switches it off
# Files of which a build has one.
INSTEAD = {frozenset({"train.cpp", "train_elsewhere.cpp"})}
DEFINITION = [
    re.compile(r"^(?:struct|class|enum class|enum) (\w+)"),
    re.compile(r"^(?:inline )?(?:constexpr|const) [\w:<>,*& ]*?[ *&](k[A-Z]\w*)(?:\[[^\]]*\])?\s*(?:=|{|;)"),
]


def names_of(text):
    """Names that are defined at the left margin of unnamed namespaces."""
    inside = False
    for line in text.splitlines():
        if line.startswith("namespace {"):
            inside = True
        elif re.match(r"}\s*//\s*namespace$", line):
            inside = False
        elif inside:
            for definition in DEFINITION:
                if found := definition.match(line):
                    yield found.group(1)
                    break


def problems(root):
    for part in ("src/octocal", "tests/unit"):
        for room in sorted(path for path in (root / part).iterdir() if path.is_dir() and path.name not in ALONE):
            places = collections.defaultdict(set)
            for file in sorted(room.rglob("*.cpp")):
                if "kernels" in file.parts:
                    continue
                for name in names_of(file.read_text(encoding="utf-8")):
                    places[name].add(file.name)
            for name, files in sorted(places.items()):
                if len(files) > 1 and frozenset(files) not in INSTEAD:
                    yield f"{room.relative_to(root)}: {name} is defined in {', '.join(sorted(files))}; give each its own name"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = list(problems(root))
    for problem in found:
        print(problem)
    print(f"names: {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
