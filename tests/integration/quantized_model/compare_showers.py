#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whole quantized showers in octocal's engine and in ONNX Runtime, from the same latents.

compare_showers.py PROGRAM FOLDER    PROGRAM showers FOLDER writes the cases float32, int8, int16x8,
                                       int16x12, bfloat16, float16 and mixed.

Layer by layer the two agree but for one value in some ten thousand (the test of layers). Through ten layers in a row such a
step spreads: each moves thousands of sums of the next layer by a hundredth of a step, and some of these cross a tie, too.
So whole showers cannot be equal; they may differ by rounding alone, which is less than what 8 bits cost as long as ONNX
Runtime does not optimize (docs/quantization.md says what its optimizer does). Tolerance:

    sum |ours - theirs| over cells and showers  <=  half of  sum |ours - float32|
    | sum ours / sum theirs - 1 |               <=  1e-3

In bfloat16 and float16 a value in a thousand is a tie for one side alone (both sum in float32, in other orders), and behind
ten layers the two are nearly two draws of the same rounding noise. There the first tolerance is all of what the format
costs, of which two independent draws would differ by more (a factor 1.4).
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "onnxruntime"))
from compare_with_onnxruntime import load, run  # noqa: E402  (changes to the tests' own environment)

import numpy  # noqa: E402


def main(program, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([program, "showers", folder], check=True)
    float32 = load(folder / "float32" / "expected")["cells"].astype(numpy.float64)
    return all([compare(folder / kind, float32) for kind in ("int8", "int16x8", "int16x12", "bfloat16", "float16", "mixed")])


def compare(case, float32):
    ours = load(case / "expected")["cells"].astype(numpy.float64)
    theirs = run(case / "model.onnx", load(case / "inputs"), ["cells"], False)["cells"].astype(numpy.float64)
    cost = numpy.abs(ours - float32).sum() / float32.sum()
    difference = numpy.abs(ours - theirs).sum() / float32.sum()
    shift = ours.sum() / theirs.sum() - 1
    allowed = cost if case.name.endswith("float16") else cost / 2
    print(f"{case.name} against float32: {100 * cost:.3f} % of ECAL; octocal against ONNX Runtime: "
          f"{100 * difference:.3f} % of ECAL (allowed {100 * allowed:.3f}), summed {100 * shift:+.4f} % (allowed 0.1)")
    return 0 < cost < 0.2 and difference <= allowed and abs(shift) <= 1e-3


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
