#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Models quantized by ONNX Runtime's quantize_static, in every form that its users choose, in octocal and ONNX Runtime.

quantize_and_compare.py PROGRAM FOLDER    PROGRAM is run_foreign_model; FOLDER is emptied and filled.

For each model and scheme:

- octocal's engine against its reference interpreter, and against ONNX Runtime without optimizations, which computes op
  by op in float32 as the graph says. A sum next to a tie falls to one step for one and to the other for the other, and
  moves what lies behind it; so a few cells may differ, and no more than CELLS of them.
- where no weight has more than 7 bits, against ONNX Runtime with all optimizations, too: its integer kernels (which
  saturate for more bits on processors without VNNI).
- the engine's numbers are the same bytes with OCTOCAL_ISA=avx2 and baseline.
- every layer with weights runs in int8, and so does all between the pairs; the summary (octocal inspect) says so.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "onnxruntime"))
from compare_with_onnxruntime import run  # noqa: E402  (changes to the tests' own environment)

import logging  # noqa: E402

import numpy  # noqa: E402
import onnx  # noqa: E402
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static  # noqa: E402

import small_generators  # noqa: E402

SHOWERS = 8
CELLS = 64         # may differ, of 125,000 and 8,000; seen on a Zen 4: 8 and none
DIFFERENCE = 1e-3  # of the sum of all cells

U8, S8 = QuantType.QUInt8, QuantType.QInt8


def scheme(activations, weights, per_channel=True, bias=True, opset=13, **settings):
    """Arguments of quantize_static, what it calls extra options among them, and of the float32 model."""
    known = ("reduce_range", "op_types_to_quantize")
    extra = {key: value for key, value in settings.items() if key not in known}
    return dict(bias=bias, opset=opset,
                quantizer=dict(activation_type=activations, weight_type=weights, per_channel=per_channel,
                               extra_options=extra, **{key: settings[key] for key in known if key in settings}))


SCHEMES = {
    "u8s8": scheme(U8, S8),
    "s8s8": scheme(S8, S8),
    "u8s8-tensor": scheme(U8, S8, per_channel=False),
    "u8u8-tensor": scheme(U8, U8, per_channel=False),
    "u8s8-7-bits": scheme(U8, S8, reduce_range=True),
    "s8s8-symmetric": scheme(S8, S8, ActivationSymmetric=True),
    "weights-with-zero-points": scheme(U8, S8, per_channel=False, WeightSymmetric=False),
    "float-weights-with-pair": scheme(S8, S8, AddQDQPairToWeight=True),
    "convolutions-only": scheme(U8, S8, op_types_to_quantize=["Conv", "ConvTranspose"]),
    "a-pair-for-each-reader": scheme(U8, S8, DedicatedQDQPair=True),
    "runtime-s-own-pairs": scheme(U8, S8, UseQDQContribOps=True),
    "no-bias": scheme(U8, S8, bias=False),
    "float-bias": scheme(U8, S8, QuantizeBias=False),
    "opset-11": scheme(U8, S8, per_channel=False, opset=11),
}
MODELS = {small_generators.chain: 32, small_generators.branches: 24}  # and the length of their latents


class Latents(CalibrationDataReader):
    def __init__(self, latents):
        self.batches = iter([{"z": latents[i:i + 1]} for i in range(len(latents))])

    def get_next(self):
        return next(self.batches, None)


def quantized(make, settings, folder, latents):
    onnx.save(make(settings["opset"], settings["bias"]), folder / "float32.onnx")
    logging.disable(logging.WARNING)  # it recommends preprocessing
    quantize_static(folder / "float32.onnx", folder / "model.onnx", Latents(latents), quant_format=QuantFormat.QDQ,
                    **settings["quantizer"])
    return folder / "model.onnx"


def octocal(program, model, folder, tags, isa=""):
    subprocess.run([program, model, folder, *tags], check=True, env={**os.environ, "OCTOCAL_ISA": isa} if isa else None)
    return [numpy.fromfile(folder / f"cells.{tag}.f32", numpy.float32) for tag in tags]


def differing(ours, theirs):
    difference = numpy.abs(ours.astype(numpy.float64) - theirs.ravel())
    cells = int(numpy.count_nonzero(difference > 1e-5 * numpy.abs(theirs).max()))
    share = difference.sum() / numpy.abs(theirs).sum()
    return cells, share, cells <= CELLS and share <= DIFFERENCE


def not_in_int8(folder, only_convolutions):
    """Layers that do not run in int8 though they could, or of which the summary says otherwise."""
    found = []
    for layer in json.loads((folder / "layers.engine.json").read_text()):
        if layer["layer"].endswith(("/reorder", "/dequantize")) or layer["ran"] == "int8":
            continue
        if not only_convolutions or layer["ops"].startswith("Conv"):
            found.append(f"{layer['layer']} ({layer['ops']}: {layer['reason']})")
    for layer in json.loads((folder / "summary.json").read_text()):
        wanted = layer["ops"].startswith("Conv") if only_convolutions else layer["precision"]
        if wanted and layer["precision"] != "int8":
            found.append(f"{layer['layer']} in the summary")
    return found


def compare(program, name, make, settings, folder):
    folder.mkdir(parents=True)
    size = MODELS[make]
    draw = numpy.random.default_rng
    model = quantized(make, settings, folder, draw(1).normal(size=(16, size)).astype(numpy.float32))
    latents = draw(2).normal(size=(SHOWERS, size)).astype(numpy.float32)
    latents.tofile(folder / "z.f32")
    ours, reference = octocal(program, model, folder, ["engine", "reference"])
    text, problems = [], []

    def check(against, theirs):
        cells, share, fits = differing(ours, theirs)
        text.append(f"{cells} from {against}")
        if not fits:
            problems.append(f"{share:.1e} of the sum from {against}")

    check("the reference", reference)
    check("ONNX Runtime", run(model, {"z": latents}, ["cells"], False)["cells"])
    if settings["quantizer"].get("reduce_range"):
        check("its integers", run(model, {"z": latents}, ["cells"], True)["cells"])
    if len(numpy.unique(ours)) < 30:
        problems.append(f"only {len(numpy.unique(ours))} different numbers")
    for isa in ("avx2", "baseline"):
        if octocal(program, model, folder, [isa], isa)[0].tobytes() != ours.tobytes():
            problems.append(f"other bytes with {isa}")
    problems += [f"not in int8: {layer}" for layer in
                 not_in_int8(folder, "op_types_to_quantize" in settings["quantizer"])]
    print(f"{'FAIL' if problems else 'ok  '} {name}: of {ours.size} cells differ {', '.join(text + problems)}",
          flush=True)
    return not problems


def main(program, folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    good = []
    for make in MODELS:
        for form, settings in SCHEMES.items():
            name = f"{make.__name__}-{form}"
            good.append(compare(program, name, make, settings, folder / name))
    print(f"{sum(good)} of {len(good)} quantized models agree (allowed: {CELLS} cells, {DIFFERENCE:g} of their sum)")
    return all(good)


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
