# SPDX-License-Identifier: Apache-2.0
"""Times octocal and other runtimes on the same generators, in turns: README.md here.

usage: build/peers-venv/bin/python bench/peers/compare.py --octocal build/release/octocal [--table FILE] [--json FILE]
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy
import quantized
from showers import difference

HERE = pathlib.Path(__file__).resolve().parent
BATCHES = (1, 8)


class Peer:
    """A runtime with a model in a process of its own, with the batch that suits it best."""

    def __init__(self, runtime, form, model, file, threads, showers):
        self.who, self.form, self.model, self.file = runtime, form, model, str(file)
        self.threads, self.showers, self.turns = threads, showers, []
        tried = []
        for batch in BATCHES:
            process, about = self.start(runtime, batch)
            self.ask(process, "run")
            tried.append((min(self.ask(process, "run")["processor"] for _ in range(2)), batch, process, about))
        tried.sort(key=lambda one: one[0])
        for _, _, process, _ in tried[1:]:
            self.stop(process)
        _, self.batch, self.process, self.about = tried[0]

    def start(self, runtime, batch):
        process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), runtime, self.file, str(self.threads), str(batch),
             str(self.showers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = process.stdout.readline()
        if not said:
            process.wait()
            raise RuntimeError(f"{runtime} cannot run {self.file}")
        return process, json.loads(said)

    @staticmethod
    def ask(process, word):
        process.stdin.write(word + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    @staticmethod
    def stop(process):
        process.stdin.close()
        process.wait()

    def turn(self):
        times = self.ask(self.process, "run")
        self.turns.append({clock: seconds / self.showers for clock, seconds in times.items()})

    def cells(self):
        with tempfile.TemporaryDirectory() as folder:
            self.ask(self.process, f"cells {folder}/cells.npy")
            return numpy.load(f"{folder}/cells.npy")

    def end(self):
        self.stop(self.process)


class Octocal:
    """`octocal bench` on one model: a process a turn, which warms up by itself."""

    who = "octocal"

    def __init__(self, program, form, model, file, threads, showers):
        self.form, self.model, self.file = form, model, str(file)
        self.threads, self.showers, self.turns, self.batch = threads, showers, [], 8
        self.command = [program, "bench", "--quiet", "--model", self.file, "--repeats", "1", "--showers", str(showers)]
        if threads > 1:
            self.command += ["--streams", str(threads)]
        self.turn()
        self.about = {"version": self.document["version"]}
        self.turns.clear()

    def turn(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([*self.command, "--json", f"{folder}/bench.json"], check=True, stdout=subprocess.DEVNULL)
            self.document = json.loads(pathlib.Path(folder, "bench.json").read_text())
        model = self.document["models"][0]
        point = model["streams"][0] if self.threads > 1 else model
        self.turns.append({"wall": 1 / point["showers_per_second"]["median"],
                           "processor": 1 / point["showers_per_processor_second"]["median"]})

    def end(self):
        pass


def spread(values):
    low, median, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"low": low, "median": median, "high": high, "values": values}


def contestants(program, models, made, threads, showers):
    """All that can run here; what cannot is said on stderr."""
    def peer(runtime, form, model, file):
        try:
            return [Peer(runtime, form, model, file, threads, showers)]
        except RuntimeError as problem:
            print(problem, file=sys.stderr)
            return []

    for model in models:
        float32, int8 = f"models/{model}.onnx", f"models/{model}-int8.onnx"
        yield from [Octocal(program, "float32", model, float32, threads, showers)]
        yield from [Octocal(program, "int8", model, int8, threads, showers)]
        for runtime in ("ONNX Runtime", "OpenVINO"):
            yield from peer(runtime, "float32", model, made.get((runtime, float32), float32))
            yield from peer(runtime, "int8 (octocal's file)", model, made.get((runtime, int8), int8))
            if (own := made.get((runtime, model))) is not None:
                yield from peer(runtime, "int8 (its own)", model, own)
        for form in ("float32", "int8"):
            if (part := made.get((f"TensorFlow Lite {form}", model))) is not None:
                yield from peer("TensorFlow Lite", form + (" (its own)" if form == "int8" else ""), model, part)


def make_quantized(models, folder):
    """{(who, model): file} of what the runtimes' own tools make (existing files are kept), and {(who, file): file} of
    files in a form that they read."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}

    def make(key, files, how):
        if not all(file.exists() for file in files):
            try:
                how()
            except Exception as problem:  # whatever their tools throw, the others go on
                print(f"{key[0]} cannot quantize {key[1]}: {str(problem).splitlines()[0][:150]}", file=sys.stderr)
                return False
        return True

    for model in models:
        source = f"models/{model}.onnx"
        file = folder / f"{model}-onnxruntime.onnx"
        if make(("ONNX Runtime", model), [file], lambda: quantized.onnx_runtime(source, file)):
            made["ONNX Runtime", model] = file
        for form in (source, f"models/{model}-int8.onnx"):
            made["OpenVINO", form] = folder / f"plain-{pathlib.Path(form).name}"
            quantized.without_functions(form, made["OpenVINO", form])
        file = folder / f"{model}-openvino.xml"
        if make(("OpenVINO", model), [file], lambda: quantized.openvino(made["OpenVINO", source], file)):
            made["OpenVINO", model] = file
        if model != "generator":
            continue  # the others are more than convolutions
        part, float32, int8 = (folder / f"{model}-part{end}" for end in (".onnx", "-float32.tflite", "-int8.tflite"))
        if make(("TensorFlow Lite", model), [float32, int8],
                lambda: quantized.tensorflow_lite(source, part, float32, int8)):
            made["TensorFlow Lite float32", model], made["TensorFlow Lite int8", model] = float32, int8
    return made


def compare(program, models, made, threads, showers, repeats):
    """One table: everything in turns, then each one's time and octocal's advantage in the same turn."""
    rows, clock = [], "processor" if threads == 1 else "wall"
    everyone = list(contestants(program, models, made, threads, showers))
    for turn in range(repeats):
        print(f"{threads} threads, turn {turn + 1} of {repeats}", file=sys.stderr)
        for one in everyone:
            one.turn()
    for one in everyone:
        ours = {other.form: other for other in everyone if other.who == "octocal" and other.model == one.model}
        mine = ours["float32" if one.form == "float32" else "int8"]
        row = {"model": one.model, "who": one.who, "form": one.form, "version": one.about["version"],
               "threads": threads, "batch": one.batch,
               "milliseconds": spread([1e3 * times[clock] for times in one.turns]),
               "wall_milliseconds": spread([1e3 * times["wall"] for times in one.turns])}
        if one.who != "octocal":
            row["octocal_is_faster"] = spread([theirs[clock] / our[clock]
                                               for theirs, our in zip(one.turns, mine.turns)])
            reference = next((other for other in everyone if other.model == one.model and other.form == "float32"
                              and other.who == "ONNX Runtime"), None)
            # A part of a graph is given numbers here that it never meets in the whole.
            if one.who != "TensorFlow Lite" and reference not in (None, one):
                row["cells_differ"] = difference(one.cells(), reference.cells())
        rows.append(row)
    for one in everyone:
        one.end()
    return rows


def markdown(results):
    lines = []
    for threads in sorted({row["threads"] for row in results}):
        clock = "processor time" if threads == 1 else "wall clock"
        lines += [f"| {threads} thread{'s' if threads > 1 else ''}: model | who | form | batch | ms a shower ({clock}) "
                  "| octocal is faster by | cells differ |", "|---|---|---|---|---|---|---|"]
        for row in (row for row in results if row["threads"] == threads):
            ratio, time = row.get("octocal_is_faster"), row["milliseconds"]
            lines.append(
                f"| {row['model']} | {row['who']} {row['version']} | {row['form']} | {row['batch']} "
                f"| {time['median']:.2f} ({time['low']:.2f} to {time['high']:.2f}) | "
                + (f"{ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})" if ratio else "")
                + " | " + (f"{100 * row['cells_differ']:.2f} %" if "cells_differ" in row else "") + " |")
        lines.append("")
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--octocal", default="build/release/octocal", help="the program")
    options.add_argument("--models", default="generator,cells", help="of models/, each with its -int8 file")
    options.add_argument("--threads", default=f"1,{len(os.sched_getaffinity(0))}")
    options.add_argument("--showers", type=int, default=16, help="a turn")
    options.add_argument("--repeats", type=int, default=7, help="turns")
    options.add_argument("--made", default="build/peers", help="folder for what the runtimes' tools make")
    options.add_argument("--table", help="write the table as Markdown here, too")
    options.add_argument("--json", help="write all numbers here")
    given = options.parse_args()
    models = given.models.split(",")
    made = make_quantized(models, pathlib.Path(given.made))
    results = []
    for threads in sorted({int(number) for number in given.threads.split(",")}):
        results += compare(given.octocal, models, made, threads, given.showers, given.repeats)
    print(markdown(results))
    if given.table:
        pathlib.Path(given.table).write_text(markdown(results))
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(results, indent=1))


main()
