#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes showers with a shipped model and compares what they are with what they were (tests/gold/shipped/MODEL.json).

int8 models: the hash of their showers with every instruction set that this machine has. All models: means, widths, spectra
of cells, hits, response, neighbours, distances from Geant4; drift.py says how far each may move. A failure names the
numbers, and leaves MODEL.html and MODEL.json in --pages. What moved on purpose (another model, another definition of a
number) is stored again with --update, and told in CHANGELOG.md.

usage: shipped_models.py [--program build/release/octocal] [--pages drift] [--update] [MODEL ...]
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import drift

ROOT = pathlib.Path(__file__).resolve().parents[2]
STORED = pathlib.Path(__file__).resolve().parent / "shipped"
SAMPLE = ROOT / "data" / "electrons_000.h5"
# Showers that are measured: as many as two seconds of a slow core allow.
SHOWERS = {"cells": 500, "cells-int8": 1000, "generator": 100, "generator-int8": 200, "paper": 50}
HASHED_SHOWERS = 40
INSTRUCTION_SETS = ("baseline", "avx2", "avx512", "avx512_vnni", "avx512_bf16", "amx")  # as base/machine.cpp has them


def run(program, arguments, isa=None):
    """The JSON that a verb of octocal writes."""
    environment = {**os.environ, "OCTOCAL_ISA": isa} if isa else None
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "numbers.json"
        command = [program, *arguments, "--streams", "1", "--quiet", "--json", file]
        result = subprocess.run([str(a) for a in command], env=environment, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"shipped_models: {' '.join(map(str, command))}: exit code {result.returncode}: {result.stderr}")
        return json.loads(file.read_text(encoding="utf-8"))


def hashes(program, model, machine):
    """Hash of the first showers with each instruction set up to the machine's own."""
    known = INSTRUCTION_SETS[:INSTRUCTION_SETS.index(machine) + 1]
    arguments = ["generate", "--model", ROOT / "models" / f"{model}.onnx", "--energy", "100:500", "--showers",
                 HASHED_SHOWERS, "--seed", 7, "--no-output"]
    return {isa: run(program, arguments, isa)["showers_hash"] for isa in known}


def measure(program, model):
    result = run(program, ["validate", "--model", ROOT / "models" / f"{model}.onnx", "--reference", SAMPLE, "--showers",
                           SHOWERS[model], "--no-classifier", "--no-neighbours"])
    reference, sample = result["samples"]
    numbers = {f"/Geant4{name}": pair for name, pair in drift.numbers_of(reference).items()}
    numbers.update(drift.numbers_of(sample, f"/{model}"))
    measured = {"model_hash": sample["model_hash"], "showers": SHOWERS[model], "made_on": result["machine"]["isa"],
                "numbers": numbers}
    if sample["precision"] == "int8":
        measured["hashes"] = hashes(program, model, result["machine"]["isa"])
    return measured


def hash_problems(stored, now):
    """int8 showers have one hash, whatever computes them."""
    expected = stored["showers_hash"]
    wrong = {isa: found for isa, found in now["hashes"].items() if found != expected}
    if not wrong:
        return []
    if len(set(now["hashes"].values())) == 1:
        return [f"the first {HASHED_SHOWERS} showers have the hash {next(iter(wrong.values()))} with every instruction set, "
                f"stored is {expected}"]
    return [f"the first {HASHED_SHOWERS} showers have the hash {found} with OCTOCAL_ISA={isa}, stored is {expected}"
            for isa, found in wrong.items()]


def store(model, now):
    kept = {"model_hash": now["model_hash"], "showers": now["showers"], "made_on": now["made_on"]}
    if "hashes" in now:
        if len(set(now["hashes"].values())) != 1:
            sys.exit(f"shipped_models: {model}: instruction sets differ ({now['hashes']}); nothing is stored")
        kept["showers_hash"] = next(iter(now["hashes"].values()))
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps([x if x is None else float(f'{x:.12g}') for x in pair])}"
                      for name, pair in now["numbers"].items())
    head = json.dumps(kept)[:-1]
    (STORED / f"{model}.json").write_text(f'{head}, "numbers": {{\n{rows}\n}}}}\n', encoding="utf-8")
    print(f"{model}: {len(now['numbers'])} numbers stored")


def judge(model, now, pages):
    """Whether all is as stored; writes the page if not."""
    stored = json.loads((STORED / f"{model}.json").read_text(encoding="utf-8"))
    is_float = "hashes" not in now
    problems = []
    if now["model_hash"] != stored["model_hash"]:
        problems.append(f"models/{model}.onnx is another file than the stored numbers are of")
    problems += [] if is_float else hash_problems(stored, now)
    moves = drift.compare(stored["numbers"], now["numbers"], is_float, stored["showers"])
    moved = [move for move in moves if move.moved]
    if moved:
        problems.append(f"{len(moved)} of {len(moves)} numbers moved")
    new = sorted(set(now["numbers"]) - set(stored["numbers"]))
    if new:
        print(f"{model}: {len(new)} numbers are not stored yet, e.g. {new[0]}; store them with --update")
    if not problems:
        print(f"{model}: {len(moves)} numbers of {stored['showers']} showers are as stored"
              + ("" if is_float else f", and the bytes with {', '.join(now['hashes'])}"))
        return True
    pages.mkdir(parents=True, exist_ok=True)
    (pages / f"{model}.html").write_text(drift.page(f"Drift of {model}", problems, moves), encoding="utf-8")
    (pages / f"{model}.json").write_text(json.dumps({"problems": problems, "now": now,
                                                     "moved": [move.sentence() for move in moved]}, indent=1),
                                         encoding="utf-8")
    for line in problems + [move.sentence() for move in moved[:8]]:
        print(f"{model}: {line}")
    print(f"{model}: all of it is in {pages / model}.html and .json; if it was meant, run {pathlib.Path(__file__).name} "
          f"--update {model} and say so in CHANGELOG.md")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / "build" / "release" / "octocal", type=pathlib.Path)
    parser.add_argument("--pages", default=pathlib.Path("drift"), type=pathlib.Path, help="folder for pages of failures")
    parser.add_argument("--update", action="store_true", help="store what is measured now")
    parser.add_argument("models", nargs="*", help=f"of {', '.join(SHOWERS)}; none: all")
    options = parser.parse_args()
    right = True
    for model in options.models or SHOWERS:
        if model not in SHOWERS:
            parser.error(f"{model} is none of {', '.join(SHOWERS)}")
        now = measure(options.program, model)
        if options.update:
            store(model, now)
        else:
            right = judge(model, now, options.pages) and right
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
