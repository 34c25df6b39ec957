#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs ONNX models in ONNX Runtime and compares their outputs with given ones.

compare_with_onnxruntime.py MODEL INPUTS OUTPUTS [--relative R] [--step S --differing-cells K] [--optimize]
    INPUTS and OUTPUTS are folders of NAME.npy, one a graph input or output ('/' in a name is written %2F).
compare_with_onnxruntime.py --cases FOLDER [--make PROGRAM KIND]
    FOLDER holds such cases (model.onnx, inputs/, expected/, tolerance.json); PROGRAM KIND FOLDER makes them first.

A cell agrees if |theirs - ours| <= R * max(|theirs|, rms of the tensor). With --step S, K cells of a model may disagree,
but by no more than S each. Exit code 1 if anything disagrees, or ONNX Runtime cannot be imported.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
VENV = ROOT / "build" / "test-venv"

# The tests' own environment if it is there, whatever python3 started this file.
if pathlib.Path(sys.prefix).resolve() != VENV.resolve() and (VENV / "bin" / "python").exists():
    os.execv(VENV / "bin" / "python", [str(VENV / "bin" / "python"), *sys.argv])
try:
    import numpy
    import onnxruntime
except ImportError as error:
    sys.exit(f"compare_with_onnxruntime: {error} (the tests' Python environment {VENV} is missing); `make test` installs "
             "it, or run scripts/make_test_venv.sh")


def load(folder):
    return {file.stem.replace("%2F", "/"): numpy.load(file) for file in sorted(pathlib.Path(folder).glob("*.npy"))}


def run(model, inputs, names, optimize):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimize else level.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    # A model in float16 is computed in float32 here.
    types = {"tensor(float16)": numpy.float16}
    inputs = {i.name: inputs[i.name].astype(types.get(i.type, inputs[i.name].dtype)) for i in session.get_inputs()}
    return dict(zip(names, session.run(names, inputs)))


def compare(name, model, inputs, expected, relative, step, differing_cells, optimize):
    """Prints one line; returns whether the model agrees."""
    if not expected:
        print(f"FAIL {name}: no expected outputs")
        return False
    theirs = run(model, inputs, list(expected), optimize)
    worst_relative = worst_step = 0.0
    differing = cells = 0
    for value, ours in expected.items():
        other = theirs[value]
        if other.shape != ours.shape or other.dtype not in (ours.dtype, numpy.float16):
            print(f"FAIL {name}: output {value} is {other.dtype} {other.shape}, ours {ours.dtype} {ours.shape}")
            return False
        a, b = ours.astype(numpy.float64), other.astype(numpy.float64)
        if not (numpy.isfinite(a).all() and numpy.isfinite(b).all()):
            # Infinities (a cast that overflows) must be the same ones.
            if not numpy.array_equal(a, b):
                print(f"FAIL {name}: output {value} is not finite")
                return False
            continue
        difference = numpy.abs(a - b)
        size = numpy.maximum(numpy.abs(b), numpy.sqrt(numpy.mean(b * b)))
        differing += int(numpy.count_nonzero(difference > relative * size))
        cells += difference.size
        with numpy.errstate(invalid="ignore", divide="ignore"):
            ratio = numpy.where(difference > 0, difference / size, 0)
        worst_relative = max(worst_relative, float(ratio.max()))
        worst_step = max(worst_step, float(difference.max()))
    good = differing <= differing_cells and (differing == 0 or worst_step <= step)
    print(f"{'ok  ' if good else 'FAIL'} {name}: {differing} of {cells} cells differ (allowed {differing_cells}), largest "
          f"relative error {worst_relative:.2e} (allowed {relative:g}), largest difference {worst_step:.3g}"
          + (f" (allowed {step:g})" if step else ""))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="MODEL INPUTS OUTPUTS")
    parser.add_argument("--relative", type=float, default=1e-5)
    parser.add_argument("--step", type=float, default=0)
    parser.add_argument("--differing-cells", type=int, default=0)
    parser.add_argument("--optimize", action="store_true", help="ONNX Runtime's own optimizer (integer kernels)")
    parser.add_argument("--cases", type=pathlib.Path)
    parser.add_argument("--make", nargs=2, metavar=("PROGRAM", "KIND"))
    settings = parser.parse_args()
    if settings.cases is None:
        if len(settings.files) != 3:
            parser.error("give MODEL INPUTS OUTPUTS, or --cases FOLDER")
        model, inputs, outputs = settings.files
        return compare(model, model, load(inputs), load(outputs), settings.relative, settings.step,
                       settings.differing_cells, settings.optimize)
    if settings.make:
        shutil.rmtree(settings.cases, ignore_errors=True)
        settings.cases.mkdir(parents=True)
        subprocess.run([*settings.make, settings.cases], check=True)
    return compare_cases(settings.cases)


def compare_cases(folder):
    """Compares every case below a folder; returns whether all agree."""
    cases = sorted(path.parent for path in folder.glob("*/model.onnx"))
    if not cases:
        sys.exit(f"compare_with_onnxruntime: {folder} holds no cases")
    good = [compare(case.name, case / "model.onnx", load(case / "inputs"), load(case / "expected"),
                    **json.loads((case / "tolerance.json").read_text())) for case in cases]
    print(f"ONNX Runtime {onnxruntime.__version__}: {sum(good)} of {len(good)} models agree")
    return all(good)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
