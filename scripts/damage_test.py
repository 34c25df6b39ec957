#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Flips bytes of files of showers and lets octocal read them: it must read them or refuse them with one sentence.

Seven of ten changes are in the first 4,096 bytes, where superblock, headers, heaps and trees are. A file that makes
octocal crash, hang or say "unexpected failure" is kept beside --keep.

usage: damage_test.py [--program build/release/octocal] [--files 100] [--seed 1] [FILE.h5 ...]
"""
import argparse
import collections
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
INTERESTING = (0, 1, 127, 128, 255)


def damaged(content, rng):
    changed = bytearray(content)
    first = min(len(changed), 4096) if rng.random() < 0.7 else len(changed)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        at = rng.randrange(first)
        changed[at] = changed[at] ^ 1 << rng.randrange(8) if rng.random() < 0.5 else rng.choice(INTERESTING)
    return bytes(changed)


def outcome(program, file):
    """What became of reading the file; and whether that is as it should be."""
    try:
        result = subprocess.run([program, "info", file], capture_output=True, text=True, errors="replace", timeout=120)
    except subprocess.TimeoutExpired:
        return "no end", False
    lines = [line for line in result.stderr.splitlines() if "warning: " not in line]
    if result.returncode == 0:
        return "read", True
    if result.returncode != 2 or len(lines) != 1 or "; " not in lines[0] or "unexpected" in lines[0]:
        return f"exit code {result.returncode}: {result.stderr[-200:]}", False
    for words, name in (("library crashed", "refused: HDF5 crashed in the child"), ("come to an end", "refused: HDF5 looped"),
                        ("more memory", "refused: too much memory")):
        if words in lines[0]:
            return name, True
    return "refused", True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / "build" / "release" / "octocal", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=100, help="damaged files of each file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default=pathlib.Path("damaged"), type=pathlib.Path, help="prefix of files that are kept")
    parser.add_argument("sources", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    sources = options.sources or sorted((ROOT / "tests" / "fuzz" / "seeds" / "showers").glob("right_*.h5"))
    rng = random.Random(options.seed)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "damaged.h5"
        for source in sources:
            content = source.read_bytes()
            counts = collections.Counter()
            for number in range(options.files):
                file.write_bytes(damaged(content, rng))
                said, right = outcome(options.program, file)
                counts[said] += 1
                if not right:
                    wrong += 1
                    kept = f"{options.keep}-{source.stem}-{number}.h5"
                    pathlib.Path(kept).write_bytes(file.read_bytes())
                    print(f"{kept}: {said}", flush=True)
            print(f"{source.name}:", ", ".join(f"{count} {said}" for said, count in counts.most_common()), flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
