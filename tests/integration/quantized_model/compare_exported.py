#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `octocal export` writes, in ONNX Runtime with its optimizations: every convolution in integers, the same showers.

compare_exported.py PROGRAM FOLDER    PROGRAM exported FOLDER writes the cases float32, int8 and exported.

The graph as ONNX Runtime runs it must hold as many integer convolutions as the file has, and no other. Its showers are
set beside the engine's of the same file. Both round to 8 bits behind every layer; a value next to a tie that falls to
the other side there spreads through the layers behind. Tolerance:

    sum |engine - ONNX Runtime| over cells and showers  <=  half of what 8 bits cost: sum |engine's int8 - float32|
    | sum engine / sum ONNX Runtime - 1 |               <=  1e-3
"""
import collections
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "onnxruntime"))
from compare_with_onnxruntime import load  # noqa: E402  (changes to the tests' own environment)

import numpy  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402

INTEGER = ("QLinearConv", "ConvInteger")
CONVOLUTIONS = (*INTEGER, "Conv", "FusedConv", "ConvTranspose", "NhwcFusedConv")


def optimized(case, inputs):
    """Cells, and how many nodes of each op ONNX Runtime runs."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.optimized_model_filepath = str(case / "optimized.onnx")
    session = onnxruntime.InferenceSession(str(case / "model.onnx"), options, providers=["CPUExecutionProvider"])
    cells = session.run(["cells"], {i.name: inputs[i.name] for i in session.get_inputs()})[0]
    nodes = onnx.load(case / "optimized.onnx").graph.node
    return cells.astype(numpy.float64), collections.Counter(node.op_type for node in nodes)


def main(program, folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([program, "exported", folder], check=True)
    engine = {kind: load(folder / kind / "expected")["cells"].astype(numpy.float64) for kind in ("float32", "int8", "exported")}
    case = folder / "exported"
    written = collections.Counter(node.op_type for node in onnx.load(case / "model.onnx").graph.node)
    layers = sum(written[op] for op in CONVOLUTIONS)
    cells, ops = optimized(case, load(case / "inputs"))
    in_integers = sum(ops[op] for op in INTEGER)
    ecal = engine["float32"].sum()
    cost = numpy.abs(engine["int8"] - engine["float32"]).sum() / ecal
    form = numpy.abs(engine["exported"] - engine["int8"]).sum() / ecal
    difference = numpy.abs(engine["exported"] - cells).sum() / ecal
    shift = engine["exported"].sum() / cells.sum() - 1
    print(f"{in_integers} of {layers} convolutions in integers ({', '.join(f'{ops[op]} {op}' for op in CONVOLUTIONS if ops[op])}); "
          f"int8 costs {100 * cost:.3f} % of ECAL, the form {100 * form:.3f} %; engine against ONNX Runtime "
          f"{100 * difference:.3f} % (allowed {50 * cost:.3f}), summed {100 * shift:+.4f} % (allowed 0.1)")
    return (layers > 0 and in_integers == layers and in_integers == sum(ops[op] for op in CONVOLUTIONS)
            and 0 < form <= 2 * cost and difference <= cost / 2 and abs(shift) <= 1e-3)


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
