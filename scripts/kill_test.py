#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills octocal with SIGKILL at random moments and looks at what is left.

After every kill: an output is absent or has the bytes of a run that nobody disturbed (a folder: its files; of a validation
all but its timing), and what killed runs left does not pile up. After the last one, one run to the end leaves those bytes,
and nothing beside them nor in the folder of temporary files. A training is resumed after every kill and must end with the
bytes of one without a break.

usage: kill_test.py [--program build/release/octocal] [--kills 20] [--verbs generate,pack,...] [--seed 1]
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEEDS = ROOT / "tests" / "fuzz" / "seeds"
OUTPUT = object()  # stands for the output's name in a command
# A killed run leaves its own temporary; the next one removes it before it makes another.
MOST_LITTER = 1
# Commands that are not named as their verb.
VERBS = {"export": "train"}


def commands(model, work):
    """For each verb: its arguments, and the output's name."""
    sample = ROOT / "data" / "electrons_000.h5"
    results = SEEDS / "results" / "right_validate.json"
    int8 = ROOT / "models" / "cells-int8.onnx"
    train = ["--data", work / "sample.pack", "--recipe", "paper", "--steps", "6", "--steps-per-epoch", "2", "--batch", "2",
             "--judged-showers", "16", "--threads", "1"]
    return {
        "generate": (["--model", int8, "--energy", "100:500", "--showers", "300", "--seed", "7", "-o", OUTPUT], "showers.h5"),
        "merge": ([OUTPUT, work / "part0.h5", work / "part1.h5"], "showers.h5"),
        "pack": (["--data", sample, "--out", OUTPUT], "showers.pack"),
        "report": ([results, "-o", OUTPUT], "page"),
        "quantize": (["--model", model, "--calibration-showers", "8", "--check-showers", "0", "-o", OUTPUT], "int8.onnx"),
        "tune": (["--model", model, "--showers", "4", "--check-showers", "0", "--budget", "3", "--calibration-showers",
                  "8", "--objective", "size", "-o", OUTPUT], "tuned.onnx"),
        "validate": (["--reference", sample, "--model", int8, "--showers", "100", "--no-classifier", "--no-neighbours",
                      "--json", OUTPUT], "validation.json"),
        "train": (train + ["--out", OUTPUT], "run"),
        "export": (["--from", work / "trained" / "last.ckpt", "--export", OUTPUT, "--threads", "1"], "exported.onnx"),
        "convert": (["--binning", SEEDS / "binning" / "right.xml", SEEDS / "voxels" / "right_float32.h5", "--out", OUTPUT],
                    "converted.h5"),
    }


def content(path):
    """Hash of a file, or of the files of a folder; None if there is nothing."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if not path.is_dir():
        return None
    return {str(file.relative_to(path)): content(file) for file in sorted(path.rglob("*")) if file.is_file()}


def without_timing(value):
    if isinstance(value, dict):
        return {key: without_timing(inner) for key, inner in value.items() if key not in ("timing", "peak_memory_bytes")}
    return [without_timing(inner) for inner in value] if isinstance(value, list) else value


def run(arguments, temporary, kill_after=None):
    """Runs to the end, or kills; returns seconds and whether it was killed."""
    start = time.monotonic()
    process = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "TMPDIR": str(temporary)})
    try:
        _, said = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return time.monotonic() - start, True
    if process.returncode != 0:
        sys.exit(f"kill_test: {' '.join(map(str, arguments))}: exit code {process.returncode}: {said}")
    return time.monotonic() - start, False


def prepare(program, work, verbs):
    """What the commands of these verbs read."""
    run([program, "pack", "--data", ROOT / "data" / "electrons_000.h5", "--out", work / "sample.pack"], work)
    for part in range(2):
        run([program, "generate", "--model", ROOT / "models" / "cells-int8.onnx", "--showers", "500", "--first-shower",
             500 * part, "-o", work / f"part{part}.h5"], work)
    if "export" in verbs:  # recipe paper exports nothing in its first steps
        arguments = [str(a) for a in commands("", work)["train"][0][:-2]]
        arguments[arguments.index("paper")] = "cells"
        run([program, "train", *arguments, "--profile-steps", "2", "--calibration-showers", "16",
             "--out", work / "trained"], work)


class Verb:
    def __init__(self, program, verb, arguments, output, work):
        self.verb, self.output = verb, work / verb / output
        self.temporary = work / f"{verb}.temporary"
        self.command = [program, VERBS.get(verb, verb), *(self.output if a is OUTPUT else a for a in arguments)]
        for folder in (work / verb, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        self.seconds, _ = run(self.command, self.temporary)
        self.expected = self.result()
        if verb != "train":  # on a machine that does other things, too, the faster of two runs is nearer to the truth
            self.seconds = min(self.seconds, run(self.command, self.temporary)[0])
        self.beside = {entry.name for entry in self.output.parent.iterdir()}
        self.killed = 0

    def result(self):
        """What must be the same: of a training its last checkpoint, for a log has times in it."""
        if self.verb == "validate" and self.output.exists():
            return without_timing(json.loads(self.output.read_text(encoding="utf-8")))
        return content(self.output / "last.ckpt" if self.verb == "train" else self.output)

    def clear(self):
        for entry in self.output.parent.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def litter(self):
        found = {entry.name for entry in self.output.parent.iterdir()} - self.beside
        if self.output.is_dir():
            found |= {f"{self.output.name}/{entry.name}" for entry in self.output.rglob("*") if entry.name.endswith(".tmp")}
        return sorted(found) + [f"{entry} in the folder of temporary files" for entry in self.temporary.iterdir()]

    def kill(self, rng):
        """One kill; returns a complaint or ''."""
        resume = ["--resume"] if self.verb == "train" and (self.output / "last.ckpt").exists() else []
        _, killed = run(self.command + resume, self.temporary, rng.uniform(0.01, 1.1) * self.seconds)
        self.killed += killed
        found, litter = self.result(), self.litter()
        if self.verb == "train" and not killed:
            self.clear()  # it has come to its end: the next kill is of a new one
            return "" if found == self.expected else "other bytes than a run that nobody disturbed"
        if self.verb != "train" and found not in (None, self.expected):
            return "an output that is neither absent nor whole"
        return f"piles up: {', '.join(litter)}" if len(litter) > MOST_LITTER else ""

    def finish(self):
        resume = ["--resume"] if self.verb == "train" and (self.output / "last.ckpt").exists() else []
        run(self.command + resume, self.temporary)
        if self.result() != self.expected:
            return "other bytes than a run that nobody disturbed"
        litter = self.litter()
        return f"left behind: {', '.join(litter)}" if litter else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / "build" / "release" / "octocal", type=pathlib.Path)
    parser.add_argument("--model", default=ROOT / "models" / "cells.onnx", type=pathlib.Path, help="float32 model")
    parser.add_argument("--kills", type=int, default=20, help="a verb")
    parser.add_argument("--verbs", default="generate,merge,pack,convert,report,quantize,tune,validate,train,export")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        all_commands = commands(options.model, work)
        verbs = options.verbs.split(",")
        prepare(options.program, work, verbs)
        for name in verbs:
            verb = Verb(options.program, name, *all_commands[name], work)
            verb.clear()
            complaints = [verb.kill(rng) for _ in range(options.kills)]
            complaints.append(verb.finish())
            complaints = [complaint for complaint in complaints if complaint]
            print(f"{name}: {verb.killed} of {options.kills} runs killed within {1.1 * verb.seconds:.1f} s: "
                  f"{'; '.join(complaints) or 'fine'}", flush=True)
            failed = failed or bool(complaints)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
