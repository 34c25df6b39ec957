#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes the world around octocal while it runs, and looks at what it says and leaves.

clock   the time of day jumps by ten years, to and fro, each time that it is asked for (jumping_clock.cpp by LD_PRELOAD): the
        bytes of a run that nobody disturbed
inputs  a file that is read is cut, emptied, overwritten, written to, removed or replaced at a random moment: the bytes of a run
        with the file of before, or with that of afterwards; else exit code 1 or 2, one sentence, and nothing left
pairs   two runs with different inputs, where there are any, and one output at the same time: both end well (of two trainings
        one may be refused), the output is that of one of them and whole, and nothing lies beside it

usage: change_test.py [--program build/release/octocal] [--changes clock,inputs,pairs] [--verbs generate,...] [--tries 5]
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from fault_test import LONGEST_S, Verb, sentences
from kill_test import ROOT, commands, content, prepare, without_timing


class Changed(Verb):
    """A command whose inputs are copies of its own in a folder that a test may do anything to."""

    def __init__(self, program, name, arguments, output, work):
        super().__init__(program, name, arguments, output, work)
        self.inputs = work / f"{name}.in"
        self.originals = {}
        self.arguments = []
        for argument in arguments:
            if isinstance(argument, pathlib.Path) and argument.is_file():
                copy = self.inputs / argument.name
                self.originals[copy] = argument
                argument = copy
            self.arguments.append(argument)
        self.restore()
        self.clear_all()
        start = time.monotonic()
        done = self.run()
        self.seconds = time.monotonic() - start
        if done.returncode != 0:
            sys.exit(f"change_test: {name} fails by itself: {done.stderr}")
        self.expected = self.result()

    def restore(self):
        shutil.rmtree(self.inputs, ignore_errors=True)
        self.inputs.mkdir()
        for copy, original in self.originals.items():
            shutil.copyfile(original, copy)

    def clear_all(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def result(self):
        """What a run left that must be the same: of a validation all but its timing, of a training its last checkpoint."""
        if self.verb == "validate" and self.output.exists():
            return without_timing(json.loads(self.output.read_text(encoding="utf-8")))
        return content(self.output / "last.ckpt" if self.verb == "train" else self.output)

    def result_with(self, copy, other):
        """The result with another file in an input's place; None if that is refused."""
        self.restore()
        shutil.copyfile(other, copy)
        self.clear_all()
        result = self.result() if self.run().returncode == 0 else None
        self.restore()
        return result

    def litter(self):
        names = {self.output.name, self.output.stem + ".history.json"}
        found = [entry.name for entry in self.folder.iterdir() if entry.name not in names]
        if self.output.is_dir():
            found += [entry.name for entry in self.output.rglob("*.tmp")]
        return f"litter: {', '.join(found)}" if found else ""

    def start(self, environment=None, command=None):
        return subprocess.Popen(command or self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                                env={**os.environ, **(environment or {})})


def end(process):
    try:
        _, said = process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None, ""
    return process.returncode, said


def other_of(copy, original, work, model):
    """A right file of the same kind with other content, if there is one."""
    models = ROOT / "models"
    others = {"cells-int8.onnx": models / "generator-int8.onnx", model.name: models / "generator.onnx",
              "sample.pack": work / "other.pack", "right_float32.h5": original.with_name("right_rests.h5")}
    return others.get(original.name, work / "part0.h5" if copy.suffix == ".h5" else None)


def overwrite(file, at, content_of):
    with open(file, "r+b") as out:
        out.seek(at)
        out.write(content_of)


def changes(copy, other, rng):
    """What is done to an input, by name."""
    size = copy.stat().st_size
    found = {
        "cut": lambda: os.truncate(copy, rng.randrange(size)),
        "emptied": lambda: os.truncate(copy, 0),
        "overwritten": lambda: overwrite(copy, rng.randrange(size), rng.randbytes(size // 4 + 1)),
        "overwritten in front": lambda: overwrite(copy, 0, rng.randbytes(min(size, 4096))),
        "removed": copy.unlink,
    }
    if other:
        def rewrite():
            with open(copy, "wb") as out, open(other, "rb") as source:
                while piece := source.read(1 << 16):
                    out.write(piece)

        def replace():
            shutil.copyfile(other, f"{copy}.new")
            os.replace(f"{copy}.new", copy)

        found |= {"replaced": replace, "written anew": rewrite}
    return found


def change_inputs(verb, work, model, tries, rng):
    complaints, runs, endings = [], 0, {"as before": 0, "as afterwards": 0, "refused": 0}
    for copy, original in verb.originals.items():
        other = other_of(copy, original, work, model)
        result_of_other = verb.result_with(copy, other) if other else None
        for what in changes(copy, other, rng):
            for _ in range(tries):
                verb.restore()
                verb.clear_all()
                process = verb.start()
                time.sleep(rng.uniform(0, 1.05) * verb.seconds)
                changes(copy, other, rng)[what]()
                code, said = end(process)
                runs += 1
                name = f"{original.name} {what}"
                if code is None:
                    complaints.append(f"{name}: does not end")
                elif code == 0:
                    result = verb.result()
                    known = {"as before": verb.expected, "as afterwards": result_of_other}
                    which = [key for key, value in known.items() if value is not None and value == result]
                    if which:
                        endings[which[0]] += 1
                    elif "overwritten" not in what:  # what lies in a file without checksums nobody can know
                        complaints.append(f"{name}: exit code 0 and other bytes than with either file")
                    else:
                        endings["as afterwards"] += 1
                elif code not in (1, 2) or len(sentences(said)) != 1 or "; " not in said or "unexpected" in said:
                    complaints.append(f"{name}: exit code {code}: {said[-300:]!r}")
                else:
                    endings["refused"] += 1
                    if verb.verb != "train" and verb.output.exists():
                        complaints.append(f"{name}: refused, and an output is there")
                if litter := verb.litter():
                    complaints.append(f"{name}: {litter}")
    return runs, complaints, ", ".join(f"{count} {ending}" for ending, count in endings.items())


def jump(verb, library, work):
    count = work / "jumps"
    count.unlink(missing_ok=True)
    verb.restore()
    verb.clear_all()
    code, said = end(verb.start({"LD_PRELOAD": str(library), "OCTOCAL_JUMP_COUNT": str(count)}))
    asked = f"asked {count.stat().st_size if count.exists() else 0} times"
    if code != 0:
        return 1, [f"exit code {code}: {said[-300:]!r}"], asked
    found = "" if verb.result() == verb.expected else "other bytes than a run that nobody disturbed"
    return 1, [complaint for complaint in (found, verb.litter()) if complaint], asked


def pair(verb, work, model, tries, rng):
    complaints, refused = [], 0
    others = [(copy, other_of(copy, original, work, model)) for copy, original in verb.originals.items()]
    copy, other = next(((copy, other) for copy, other in others if other), (None, None))
    second = [str(other) if part == str(copy) else part for part in verb.command()]
    verb.restore()
    verb.clear_all()
    if verb.run(command=second).returncode != 0:
        second = verb.command()
    result_of_other = verb.result()
    for _ in range(tries):
        verb.clear_all()
        processes = [verb.start()]
        time.sleep(rng.uniform(0, 0.5) * verb.seconds)
        processes.append(verb.start(command=second))
        for process in processes:
            code, said = end(process)
            if code == 2 and verb.verb == "train" and len(sentences(said)) == 1:
                refused += 1
            elif code != 0:
                complaints.append(f"exit code {code}: {said[-300:]!r}")
        if verb.result() not in (verb.expected, result_of_other):
            complaints.append("the output is that of neither")
        if litter := verb.litter():
            complaints.append(litter)
    return tries, complaints, f"{refused} refused"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / "build" / "release" / "octocal", type=pathlib.Path)
    parser.add_argument("--model", default=ROOT / "models" / "cells.onnx", type=pathlib.Path, help="float32 model")
    parser.add_argument("--changes", default="clock,inputs,pairs")
    parser.add_argument("--verbs", default="generate,merge,pack,convert,report,quantize,tune,validate,train,export")
    parser.add_argument("--tries", type=int, default=5, help="runs of each verb and change")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        library = work / "jumping_clock.so"
        subprocess.run(["c++", "-shared", "-fPIC", "-O1", "-o", library, ROOT / "scripts" / "jumping_clock.cpp", "-ldl"],
                       check=True)
        verbs = options.verbs.split(",")
        prepare(options.program, work, verbs)
        subprocess.run([options.program, "pack", "--data", work / "part0.h5", "--out", work / "other.pack"], check=True,
                       capture_output=True)
        all_commands = commands(options.model, work)
        for name in verbs:
            verb = Changed(options.program, name, *all_commands[name], work)
            for change in options.changes.split(","):
                runs, complaints, endings = {
                    "clock": lambda verb=verb: jump(verb, library, work),
                    "inputs": lambda verb=verb: change_inputs(verb, work, options.model, options.tries, rng),
                    "pairs": lambda verb=verb: pair(verb, work, options.model, options.tries, rng)}[change]()
                print(f"{change}: {name}: {runs} runs, {endings}: {'fine' if not complaints else ''}", flush=True)
                for complaint in complaints:
                    print(f"  {complaint}", flush=True)
                failed = failed or bool(complaints)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
