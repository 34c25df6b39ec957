#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills octocal with SIGKILL at random moments and looks at what is left.

After every kill: an output is absent or has the bytes of a run that nobody disturbed (a folder: its files). After the
last one, one run to the end leaves those bytes, and nothing beside them: what killed runs left was cleaned up. A
training is resumed after every kill and must end with the bytes of one without a break.

usage: kill_test.py [--program build/release/octocal] [--kills 20] [--verbs generate,pack,...] [--seed 1]
"""
import argparse
import hashlib
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def commands(program, model, work):
    """For each verb: arguments before the output, and the output's name."""
    sample = ROOT / "data" / "electrons_000.h5"
    results = ROOT / "tests" / "fuzz" / "seeds" / "results" / "right_validate.json"
    int8 = ROOT / "models" / "generator-int8.onnx"
    train = ["--data", work / "sample.pack", "--recipe", "paper", "--steps", "6", "--steps-per-epoch", "2", "--batch", "2",
             "--judged-showers", "16", "--threads", "1"]
    return {
        "generate": (["--model", int8, "--energy", "100:500", "--showers", "60", "--seed", "7", "-o"], "showers.h5"),
        "pack": (["--data", sample, "--out"], "showers.pack"),
        "report": ([results, "-o"], "page"),
        "quantize": (["--model", model, "--calibration-showers", "8", "--check-showers", "0", "-o"], "int8.onnx"),
        "tune": (["--model", model, "--showers", "4", "--check-showers", "0", "--budget", "3", "--calibration-showers",
                  "8", "--objective", "size", "-o"], "tuned.onnx"),
        "train": (train + ["--out"], "run"),
    }


def content(path):
    """Hash of a file, or of the files of a folder; None if there is nothing."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if not path.is_dir():
        return None
    return {str(file.relative_to(path)): content(file) for file in sorted(path.rglob("*")) if file.is_file()}


def run(arguments, kill_after=None):
    """Runs to the end, or kills; returns seconds and whether it was killed."""
    start = time.monotonic()
    process = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return time.monotonic() - start, True
    if process.returncode != 0:
        sys.exit(f"kill_test: {' '.join(map(str, arguments))}: exit code {process.returncode}: {said}")
    return time.monotonic() - start, False


class Verb:
    def __init__(self, program, verb, arguments, output, work):
        self.verb, self.output = verb, work / verb / output
        self.command = [program, verb, *arguments, self.output]
        shutil.rmtree(work / verb, ignore_errors=True)
        (work / verb).mkdir()
        self.seconds, _ = run(self.command)
        self.expected = self.result()
        self.beside = {entry.name for entry in self.output.parent.iterdir()}

    def result(self):
        """What must be the same: of a training its last checkpoint, for a log has times in it."""
        return content(self.output / "last.ckpt" if self.verb == "train" else self.output)

    def clear(self):
        for entry in self.output.parent.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def kill(self, rng):
        """One kill; returns a complaint or ''."""
        resume = ["--resume"] if self.verb == "train" and (self.output / "last.ckpt").exists() else []
        run(self.command + resume, rng.uniform(0.01, 1.1) * self.seconds)
        found = self.result()
        if self.verb != "train" and found not in (None, self.expected):
            return "an output that is neither absent nor whole"
        return ""

    def finish(self):
        resume = ["--resume"] if self.verb == "train" and (self.output / "last.ckpt").exists() else []
        run(self.command + resume)
        if self.result() != self.expected:
            return "other bytes than a run that nobody disturbed"
        litter = [str(entry.relative_to(self.output.parent)) for entry in self.output.parent.rglob("*")
                  if entry.name.endswith(".tmp")]
        litter += sorted({entry.name for entry in self.output.parent.iterdir()} - self.beside)
        return f"left behind: {', '.join(litter)}" if litter else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / "build" / "release" / "octocal", type=pathlib.Path)
    parser.add_argument("--model", default=ROOT / "models" / "generator.onnx", type=pathlib.Path, help="float32 model")
    parser.add_argument("--kills", type=int, default=20, help="a verb")
    parser.add_argument("--verbs", default="generate,pack,report,quantize,tune,train")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        all_commands = commands(options.program, options.model, work)
        run([options.program, "pack", "--data", ROOT / "data" / "electrons_000.h5", "--out", work / "sample.pack"])
        for name in options.verbs.split(","):
            verb = Verb(options.program, name, *all_commands[name], work)
            verb.clear()
            complaints = [verb.kill(rng) for _ in range(options.kills)]
            complaints.append(verb.finish())
            complaints = [complaint for complaint in complaints if complaint]
            print(f"{name}: {options.kills} kills within {1.1 * verb.seconds:.1f} s: {'; '.join(complaints) or 'fine'}",
                  flush=True)
            failed = failed or bool(complaints)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
