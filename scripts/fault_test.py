#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets the machine fail while octocal runs, and looks at what it says and leaves.

writes     every write fails from the first, second, ... on, as on a full disk (failing_writes.cpp by LD_PRELOAD): exit code 1,
           one sentence, and what was there before is there still
disk       the same on a file system of so many kB (a tmpfs; needs `unshare -rm`)
read-only  nothing may be opened for writing: exit code 1 or 2, one sentence
stdout     standard output is /dev/full: exit code 1, one sentence
memory     an address space of so many MB (`ulimit -v`): as it should be, or exit code 1 and one sentence. Where the program
           cannot even begin, the system's loader says so; that is counted apart

usage: fault_test.py [--program build/release/octocal] [--faults writes,disk,...] [--verbs generate,...] [--most 40]
"""
import argparse
import collections
import errno
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

from kill_test import OUTPUT, ROOT, VERBS, commands, content, prepare

MEGABYTES = (60, 120, 200, 300, 400, 500, 650, 800, 1000, 1300, 1700, 2200, 3000)
LONGEST_S = 600  # of a run; longer is a run that does not end
KILOBYTES = (0, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


def sentences(stderr):
    """What octocal says of a failure; a training's table of epochs stands there, too."""
    return [line for line in stderr.splitlines() if line.startswith("octocal: ") and "warning: " not in line]


class Verb:
    """A command with an output that is there already, from another run."""

    def __init__(self, program, verb, arguments, output, work):
        self.program, self.verb, self.arguments = program, verb, arguments
        self.folder = work / f"{verb}.out"
        self.output = self.folder / output

    def command(self, output=None):
        return [str(a) for a in (self.program, VERBS.get(self.verb, self.verb),
                                 *((output or self.output) if a is OUTPUT else a for a in self.arguments))]

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if self.verb == "report":  # only a folder of octocal's own is replaced
            subprocess.run(self.command(), check=True, capture_output=True)
            (self.output / "old.txt").write_text("before")
        elif self.verb != "train":
            self.output.write_text("before")

    def run(self, environment=None, before=None, stdout=subprocess.DEVNULL, command=None):
        command = command or self.command()
        try:
            return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, errors="replace",
                                  env={**os.environ, **(environment or {})}, preexec_fn=before, timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, -1, "", "does not end")

    def complaint(self, result, codes=(1,)):
        """What is wrong with how a run ended that was to fail; "" if nothing."""
        said = sentences(result.stderr)
        if result.returncode not in codes:
            return f"exit code {result.returncode}: {result.stderr[-300:]!r}"
        if len(said) != 1 or "; " not in said[0] or "unexpected" in said[0]:
            return f"not one sentence: {result.stderr[-300:]!r}"
        return ""

    def left(self, before):
        """What is wrong with what a failed run left; "" if nothing."""
        now = content(self.folder)
        history = self.output.with_name(self.output.stem + ".history.json")
        if self.verb == "tune" and history.name in now:  # what was measured so far, for another try; whole
            json.loads(history.read_text(encoding="utf-8"))
            del now[history.name]
        if self.verb == "train":  # a run that goes on later: its files are whole, or not there
            return "litter" if any(name.endswith(".tmp") for name in now) else ""
        return "" if now == before else f"left: {sorted(set(now) ^ set(before)) or 'other bytes in ' + self.output.name}"


def fail_writes(verb, library, work, most, code):
    """Every write fails from the N-th on."""
    count = work / "count"
    count.unlink(missing_ok=True)
    verb.clear()
    environment = {"LD_PRELOAD": str(library), "OCTOCAL_FAIL_BELOW": str(verb.folder), "OCTOCAL_FAIL_COUNT": str(count)}
    result = verb.run(environment)
    if result.returncode != 0:
        return 0, [f"fails by itself: {result.stderr[-300:]}"]
    calls = count.stat().st_size
    del environment["OCTOCAL_FAIL_COUNT"]
    # All of them, or the first and last and some between.
    numbers = sorted(set(range(1, calls + 1)) if calls <= most else
                     {*range(1, most // 2), *range(calls - most // 4, calls + 1),
                      *(1 + calls * i // most for i in range(most))} - {0})
    complaints = []
    for number in numbers:
        verb.clear()
        before = content(verb.folder)
        result = verb.run({**environment, "OCTOCAL_FAIL_FROM": str(number), "OCTOCAL_FAIL_ERRNO": str(code)})
        found = verb.complaint(result) or verb.left(before)
        if found:
            complaints.append(f"from call {number} of {calls} on: {found}")
    return len(numbers), complaints


def fill_disk(verb, work):
    """A small tmpfs in the place of the output's folder."""
    complaints, runs = [], 0
    for kilobytes in KILOBYTES:
        verb.clear()
        shutil.rmtree(verb.folder)
        verb.folder.mkdir()
        # A tmpfs of size 0 has no limit; one page holds the folder.
        script = (f'mount -t tmpfs -o size={4 + kilobytes}k none "$0" && "$@"; code=$?; '
                  'find "$0" -type f | sed "s/^/left: /" >&2; exit $code')
        command = ["unshare", "-rm", "bash", "-c", script, str(verb.folder), *verb.command()]
        result = verb.run(command=command)
        runs += 1
        said = [line for line in sentences(result.stderr) if not line.startswith("left: ")]
        left = [line for line in result.stderr.splitlines()  # a tuning's history is there for another try
                if line.startswith("left: ") and not line.endswith(".history.json")]
        if result.returncode == 0:
            break
        if result.returncode != 1 or len(said) != 1 or "; " not in said[0] or (left and verb.verb != "train"):
            complaints.append(f"{kilobytes} kB: exit code {result.returncode}: {result.stderr[-300:]!r}")
    return runs, complaints


def forbid_writes(verb, library, work):
    verb.clear()
    before = content(verb.folder)
    result = verb.run({"LD_PRELOAD": str(library), "OCTOCAL_FAIL_BELOW": str(verb.folder), "OCTOCAL_FAIL_FROM": "1",
                       "OCTOCAL_FAIL_ERRNO": str(errno.EROFS)})
    found = verb.complaint(result, (1, 2)) or verb.left(before)
    return 1, [found] if found else []


def fill_stdout(verb):
    if verb.verb in ("train", "export"):  # say nothing there
        return 0, []
    verb.clear()
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = verb.run(stdout=full)
    found = verb.complaint(result)
    return 1, [found] if found else []


def starve(verb):
    complaints, endings = [], collections.Counter()
    for megabytes in MEGABYTES:
        verb.clear()
        before = content(verb.folder)

        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

        result = verb.run(before=limit)
        if result.returncode == 0:
            endings["fine"] += 1
            continue
        loader = re.search(r"error while loading shared libraries|cannot allocate memory in static TLS", result.stderr)
        if result.returncode == 127 and loader:
            endings["not begun"] += 1
            continue
        found = verb.complaint(result) or verb.left(before)
        endings["refused"] += not found
        if found:
            complaints.append(f"{megabytes} MB: {found}")
    return dict(endings), complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / "build" / "release" / "octocal", type=pathlib.Path)
    parser.add_argument("--model", default=ROOT / "models" / "cells.onnx", type=pathlib.Path, help="float32 model")
    parser.add_argument("--faults", default="writes,disk,read-only,stdout,memory")
    parser.add_argument("--verbs", default="generate,merge,pack,convert,report,quantize,tune,validate,train,export")
    parser.add_argument("--most", type=int, default=40, help="writes of a verb that fail; where there are more, some of them")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        library = work / "failing_writes.so"
        subprocess.run(["c++", "-shared", "-fPIC", "-O1", "-o", library, ROOT / "scripts" / "failing_writes.cpp", "-ldl"],
                       check=True)
        prepare(options.program, work, options.verbs.split(","))
        all_commands = commands(options.model, work)
        for fault in options.faults.split(","):
            for name in options.verbs.split(","):
                verb = Verb(options.program, name, *all_commands[name], work)
                runs, complaints = {"writes": lambda: fail_writes(verb, library, work, options.most, errno.ENOSPC),
                                    "disk": lambda: fill_disk(verb, work),
                                    "read-only": lambda: forbid_writes(verb, library, work),
                                    "stdout": lambda: fill_stdout(verb),
                                    "memory": lambda: starve(verb)}[fault]()
                print(f"{fault}: {name}: {runs} runs: {'fine' if not complaints else ''}", flush=True)
                for complaint in complaints:
                    print(f"  {complaint}", flush=True)
                failed = failed or bool(complaints)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
