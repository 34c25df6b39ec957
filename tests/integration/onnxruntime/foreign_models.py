#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ONNX models as other tools write them, lets octocal run them, and compares with ONNX Runtime.

foreign_models.py PROGRAM FOLDER
    Makes a model a folder below FOLDER: every op and form of docs/formats.md at each opset that has it, and small
    generators in the forms of PyTorch, Keras and tf2onnx. `PROGRAM foreign FOLDER` then reads each model.onnx, draws
    inputs and writes what reference and engine make of them; ONNX Runtime runs the same files.
"""
import json
import pathlib
import shutil
import subprocess
import sys

from compare_with_onnxruntime import compare_cases, numpy, onnxruntime

import onnx
from onnx import TensorProto, helper, numpy_helper

OPSETS = range(11, 22)
IMAGE = (3, 4, 6)  # channels and two spatial axes of the input x
CASES = []


def case(name, since=11, until=21, image=IMAGE, tolerance=None):
    """Registers fn(m, x) -> name of the output, for opsets since .. until."""
    def register(fn):
        CASES.append((name, since, until, image, tolerance or {}, fn))
        return fn
    return register


class Model:
    """A graph on its way: each method returns the name of a value."""

    def __init__(self, opset, seed=1):
        self.opset, self.nodes, self.weights, self.count = opset, [], [], 0
        self.random = numpy.random.default_rng(seed)

    def name(self, what):
        self.count += 1
        return f"{what}_{self.count}"

    def op(self, op, *inputs, outputs=1, **attributes):
        made = [self.name(op.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), made, self.name(op), **attributes))
        return made[0] if outputs == 1 else made

    def weight(self, array):
        name = self.name("w")
        self.weights.append(numpy_helper.from_array(numpy.asarray(array), name))
        return name

    def normal(self, *shape, width=0.3, centre=0.0):
        return self.weight((self.random.normal(size=shape) * width + centre).astype("f4"))

    def number(self, value, dtype="f4"):
        return self.weight(numpy.array(value, dtype))

    def integers(self, *values):
        return self.weight(numpy.array(values, "i8"))

    def constant(self, array):
        """The same as a Constant node."""
        return self.op("Constant", value=numpy_helper.from_array(numpy.asarray(array), "value"))

    def over_axes(self, op, x, axes, input_since, **attributes):
        """An op whose axes are an attribute before some opset, an input since."""
        if self.opset < input_since:
            return self.op(op, x, axes=list(axes), **attributes)
        return self.op(op, x, self.integers(*axes), **attributes)

    def unsqueeze(self, x, *axes):
        return self.over_axes("Unsqueeze", x, axes, 13)

    def squeeze(self, x, *axes):
        return self.over_axes("Squeeze", x, axes, 13)

    def finish(self, inputs, output, ir=8, batch="batch"):
        """inputs: {name: (dtype, shape without the batch)}"""
        values = [helper.make_tensor_value_info(n, t, [batch, *s]) for n, (t, s) in inputs.items()]
        graph = helper.make_graph(self.nodes, "foreign", values, [onnx.ValueInfoProto(name=output)], self.weights)
        graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=ir)
        return model


def sizes_of_output(model, batch):
    """Runs the model once, so that the file can say the sizes of its output, as exporters do."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    showers = batch if isinstance(batch, int) else 2
    feeds = {i.name: numpy.ones([showers, *i.shape[1:]], numpy.float16 if "16" in i.type else numpy.float32)
             for i in session.get_inputs()}
    made = session.run(None, feeds)[0]
    types = {numpy.dtype("float32"): TensorProto.FLOAT, numpy.dtype("float16"): TensorProto.FLOAT16}
    return types[made.dtype], [batch, *made.shape[1:]]


# --- ops -----------------------------------------------------------------------------------------------------------

for op in ("Relu", "Sigmoid", "Softplus", "Tanh", "Exp", "Neg", "Abs", "Erf", "Softsign", "Identity", "Softmax"):
    case(op)(lambda m, x, op=op: m.op(op, x))
case("Elu")(lambda m, x: m.op("Elu", x, alpha=0.7))
case("Selu")(lambda m, x: m.op("Selu", x))
case("Celu", 12)(lambda m, x: m.op("Celu", x, alpha=1.5))
case("HardSigmoid")(lambda m, x: m.op("HardSigmoid", x, alpha=0.3, beta=0.4))
case("HardSwish", 14)(lambda m, x: m.op("HardSwish", x))
case("Mish", 18)(lambda m, x: m.op("Mish", x))
case("Gelu", 20)(lambda m, x: m.op("Gelu", x))
case("Gelu-tanh", 20)(lambda m, x: m.op("Gelu", x, approximate="tanh"))
case("ThresholdedRelu")(lambda m, x: m.op("ThresholdedRelu", x, alpha=0.4))
case("LeakyRelu")(lambda m, x: m.op("LeakyRelu", x, alpha=0.3))
case("Sqrt-Log")(lambda m, x: m.op("Log", m.op("Sqrt", m.op("Add", m.op("Abs", x), m.number(0.1)))))
case("Reciprocal")(lambda m, x: m.op("Reciprocal", m.op("Add", m.op("Abs", x), m.number(1))))
case("PRelu-channels")(lambda m, x: m.op("PRelu", x, m.normal(3, 1, 1)))
case("PRelu-one")(lambda m, x: m.op("PRelu", x, m.weight(numpy.array([0.25], "f4"))))
case("Clip")(lambda m, x: m.op("Clip", x, m.number(-0.5), m.number(0.8)))
case("Clip-above")(lambda m, x: m.op("Clip", x, m.number(0)))
for exponent in (2.0, 3.0, 0.5, 1.5, -1.0):
    case(f"Pow-{exponent}")(lambda m, x, e=exponent: m.op("Pow", m.op("Add", m.op("Abs", x), m.number(0.1)), m.number(e)))
case("Pow-int", 12)(lambda m, x: m.op("Pow", x, m.number(2, "i8")))
case("Pow-negative-base")(lambda m, x: m.op("Pow", x, m.number(3.0)))
for op in ("Add", "Sub", "Mul", "Div", "Max", "Min"):
    case(f"{op}-channels")(lambda m, x, op=op: m.op(op, x, m.normal(3, 1, 1, centre=1)))
case("Max-of-three")(lambda m, x: m.op("Max", x, m.normal(6), m.number(0.1)))
case("Sum-of-three")(lambda m, x: m.op("Sum", x, x, m.normal(4, 6)))
case("Mean-of-two")(lambda m, x: m.op("Mean", x, m.normal(3, 1, 6)))
for op in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare"):
    since = 13 if op == "ReduceSum" else 18
    case(op)(lambda m, x, op=op, since=since: m.over_axes(op, x, (2, 3), since, keepdims=0))
    case(f"{op}-channels")(lambda m, x, op=op, since=since: m.over_axes(op, x, (1,), since))
case("GlobalAveragePool")(lambda m, x: m.op("Mul", x, m.op("GlobalAveragePool", x)))
case("GlobalMaxPool")(lambda m, x: m.op("GlobalMaxPool", x))
case("Softmax-channels")(lambda m, x: m.op("Softmax", x, axis=1))
case("LogSoftmax")(lambda m, x: m.op("LogSoftmax", x, axis=3))
case("InstanceNormalization")(lambda m, x: m.op("InstanceNormalization", x, m.normal(3, centre=1), m.normal(3)))
case("LayerNormalization", 17)(lambda m, x: m.op("LayerNormalization", x, m.normal(4, 6, centre=1), m.normal(4, 6), axis=2))
case("GroupNormalization", 21, image=(6, 4, 5))(
    lambda m, x: m.op("GroupNormalization", x, m.normal(6, centre=1), m.normal(6), num_groups=2))


@case("BatchNormalization")
def batch_normalization(m, x):
    mode = {"training_mode": 0} if m.opset >= 14 else {}
    variance = m.weight(m.random.uniform(0.5, 2, 3).astype("f4"))
    return m.op("BatchNormalization", x, m.normal(3, centre=1), m.normal(3), m.normal(3), variance, epsilon=1e-3, **mode)


@case("GroupNorm-of-PyTorch", image=(6, 4, 5))
def group_norm(m, x):
    groups = m.op("Reshape", x, m.integers(0, 2, -1))
    unit = m.op("InstanceNormalization", groups, m.weight(numpy.ones(2, "f4")), m.weight(numpy.zeros(2, "f4")))
    back = m.op("Reshape", unit, m.op("Shape", x))
    return m.op("Add", m.op("Mul", back, m.normal(6, 1, 1, centre=1)), m.normal(6, 1, 1))


@case("PixelNorm")
def pixel_norm(m, x):
    mean = m.over_axes("ReduceMean", m.op("Pow", x, m.number(2.0)), (1,), 18)
    return m.op("Div", x, m.op("Sqrt", m.op("Add", mean, m.number(1e-8))))


for to, name in ((TensorProto.FLOAT, "float"), (TensorProto.DOUBLE, "double")):
    case(f"Cast-{name}")(lambda m, x, to=to: m.op("Cast", m.op("Cast", x, to=to), to=TensorProto.FLOAT))
for op, since in (("Greater", 11), ("GreaterOrEqual", 12), ("Less", 11), ("LessOrEqual", 12)):
    case(f"threshold-{op}", since)(
        lambda m, x, op=op: m.op("Mul", x, m.op("Cast", m.op(op, x, m.number(0.2)), to=TensorProto.FLOAT)))
case("Where-zero")(lambda m, x: m.op("Where", m.op("Greater", x, m.number(0.3)), x, m.number(0)))
case("Where-both")(lambda m, x: m.op("Where", m.op("And", m.op("Less", x, m.number(1)), m.op("Not", m.op("Less", x, m.number(-1)))), x,
                                     m.op("Mul", x, m.number(0.5))))

for mode in ("asymmetric", "half_pixel", "align_corners"):
    case(f"Resize-{mode}", tolerance={"relative": 0})(
        lambda m, x, mode=mode: m.op("Resize", x, "" if m.opset >= 13 else m.weight(numpy.zeros(0, "f4")),
                                     m.weight(numpy.array([1, 1, 2, 1.5], "f4")), mode="nearest",
                                     nearest_mode="floor", coordinate_transformation_mode=mode))
case("Resize-axes", 18, tolerance={"relative": 0})(
    lambda m, x: m.op("Resize", x, "", m.weight(numpy.array([3, 2], "f4")), mode="nearest", axes=[2, 3],
                      nearest_mode="floor", coordinate_transformation_mode="asymmetric", antialias=0))


@case("Resize-sizes-of-PyTorch", tolerance={"relative": 0})
def resize_sizes(m, x):
    """F.interpolate(scale_factor=2) with a free batch: sizes worked out from the shape."""
    shape = m.op("Shape", x)
    spatial = m.op("Slice", shape, m.integers(2), m.integers(4), m.integers(0))
    twice = m.op("Cast", m.op("Floor", m.op("Mul", m.op("Cast", spatial, to=TensorProto.FLOAT), m.number(2.0))),
                 to=TensorProto.INT64)
    sizes = m.op("Concat", m.op("Slice", shape, m.integers(0), m.integers(2), m.integers(0)), twice, axis=0)
    none = m.weight(numpy.zeros(0, "f4"))
    return m.op("Resize", x, none, none, sizes, mode="nearest", nearest_mode="floor",
                coordinate_transformation_mode="asymmetric")


for mode in ("constant", "edge", "reflect"):
    case(f"Pad-{mode}", tolerance={"relative": 0})(
        lambda m, x, mode=mode: m.op("Pad", x, m.integers(0, 0, 1, 2, 0, 1, 2, 0) if mode == "constant"
                                     else m.integers(0, 0, 1, 2, 0, 0, 2, 0), mode=mode))
case("Pad-value", tolerance={"relative": 0})(lambda m, x: m.op("Pad", x, m.integers(0, 0, 1, 2, 0, 0, 2, 0), m.number(1.5)))
case("Pad-axes", 18, tolerance={"relative": 0})(
    lambda m, x: m.op("Pad", x, m.integers(1, 2, 0, -1), "", m.integers(2, -1)))
case("Pad-wrap", 19, tolerance={"relative": 0})(
    lambda m, x: m.op("Pad", x, m.integers(0, 0, 1, 2, 0, 0, 2, 0), mode="wrap"))
case("Tile", tolerance={"relative": 0})(lambda m, x: m.op("Tile", x, m.integers(1, 2, 1, 3)))
case("Expand", tolerance={"relative": 0})(lambda m, x: m.op("Expand", m.over_axes("ReduceMax", x, (2,), 18), m.integers(1, 1, 5, 1)))
case("Expand-adds-axes")(lambda m, x: m.op("Add", m.op("Reshape", x, m.integers(-1, 1, 3, 4, 6)),
                                           m.op("Expand", m.normal(4, 1), m.integers(2, 1, 4, 6))))
case("DepthToSpace-DCR", image=(8, 3, 5), tolerance={"relative": 0})(lambda m, x: m.op("DepthToSpace", x, blocksize=2))
case("DepthToSpace-CRD", image=(18, 3, 2), tolerance={"relative": 0})(
    lambda m, x: m.op("DepthToSpace", x, blocksize=3, mode="CRD"))
case("Concat-Transpose", tolerance={"relative": 0})(
    lambda m, x: m.op("Transpose", m.op("Concat", x, m.op("Neg", x), axis=-2), perm=[0, 3, 1, 2]))
case("Flatten", tolerance={"relative": 0})(lambda m, x: m.op("Flatten", x))
case("Squeeze-Unsqueeze", tolerance={"relative": 0})(lambda m, x: m.squeeze(m.unsqueeze(x, 1, 4), 1, -2))
case("Gather", tolerance={"relative": 0})(lambda m, x: m.op("Gather", x, m.integers(2, 0, 0), axis=1))
case("Slice-steps", tolerance={"relative": 0})(
    lambda m, x: m.op("Slice", x, m.integers(-1, 1), m.integers(-100, 6), m.integers(2, 3), m.integers(-1, 2)))


@case("Split", tolerance={"relative": 0})
def split(m, x):
    if m.opset < 13:
        a, b = m.op("Split", x, outputs=2, axis=3, split=[2, 4])
    else:
        a, b = m.op("Split", x, m.integers(2, 4), outputs=2, axis=3)
    return m.op("Concat", b, a, axis=3)


@case("Split-equal", tolerance={"relative": 0})
def split_equal(m, x):
    parts = m.op("Split", x, outputs=2, axis=2, **({"num_outputs": 2} if m.opset >= 18 else {}))
    return m.op("Sub", parts[0], parts[1])


# --- arithmetic of shapes -------------------------------------------------------------------------------------------

@case("view-of-PyTorch")
def view(m, x):
    """x.view(x.size(0), -1) and back, allowzero=1 from opset 14 on (torch.onnx.export since 2.9)."""
    zero = {"allowzero": 1} if m.opset >= 14 else {}
    batch = m.unsqueeze(m.op("Gather", m.op("Shape", x), m.number(0, "i8"), axis=0), 0)
    flat = m.op("Reshape", x, m.op("Concat", batch, m.integers(-1), axis=0), **zero)
    return m.op("Reshape", flat, m.op("Concat", batch, m.integers(3, 24), axis=0), **zero)


@case("Expand-to-the-batch")
def expand_batch(m, x):
    """A learned constant that is expanded to the batch, as in StyleGAN."""
    batch = m.op("Slice", m.op("Shape", x), m.integers(0), m.integers(1), m.integers(0))
    target = m.op("Concat", batch, m.integers(3, 4, 6), axis=0)
    return m.op("Add", x, m.op("Expand", m.normal(1, 3, 4, 6), target))


@case("zeros-of-the-batch")
def zeros(m, x):
    batch = m.op("Slice", m.op("Shape", x), m.integers(0), m.integers(1), m.integers(0))
    shape = m.op("Concat", batch, m.integers(1, 1, 6), axis=0)
    fill = numpy_helper.from_array(numpy.array([0.5], "f4"), "value")
    return m.op("Mul", x, m.op("ConstantOfShape", shape, value=fill))


@case("Where-Equal-of-shapes")
def where_equal(m, x):
    """How exporters write x.expand(-1, 3, 4, 6): -1 becomes 1."""
    wanted = m.integers(-1, 3, 4, 6)
    ones = m.op("ConstantOfShape", m.integers(4), value=numpy_helper.from_array(numpy.array([1], "i8"), "value"))
    target = m.op("Where", m.op("Equal", wanted, m.integers(-1)), ones, wanted)
    return m.op("Expand", m.over_axes("ReduceMean", x, (1,), 18), target)


@case("half-of-an-axis")
def half(m, x):
    """x[:, :, :, : x.shape[3] // 2] with the arithmetic left in."""
    size = m.op("Gather", m.op("Shape", x), m.number(3, "i8"), axis=0)
    end = m.unsqueeze(m.op("Div", m.op("Sub", size, m.op("Mod", size, m.number(2, "i8"))), m.number(2, "i8")), 0)
    return m.op("Slice", x, m.integers(0), end, m.integers(3))


@case("Range-and-Constants")
def range_and_constants(m, x):
    row = m.op("Range", m.constant(numpy.float32(0)), m.constant(numpy.float32(6)), m.constant(numpy.float32(1)))
    return m.op("Add", x, m.op("Mul", row, m.constant(numpy.float32(0.1))))


# --- convolutions ---------------------------------------------------------------------------------------------------

case("Conv-groups")(lambda m, x: m.op("Conv", x, m.normal(6, 1, 3, 3), group=3, pads=[1, 1, 1, 1]))
case("Conv-auto_pad")(lambda m, x: m.op("Conv", x, m.normal(5, 3, 2, 3), m.normal(5), auto_pad="SAME_UPPER"))
case("ConvTranspose-output_padding")(
    lambda m, x: m.op("ConvTranspose", x, m.normal(3, 4, 3, 3), m.normal(4), strides=[2, 2], pads=[1, 1, 1, 1],
                      output_padding=[1, 1]))
case("ConvTranspose-crop-of-Keras")(
    lambda m, x: m.op("ConvTranspose", x, m.normal(3, 4, 3, 3), strides=[2, 2], pads=[0, 0, 1, 1],
                      auto_pad="NOTSET", dilations=[1, 1], kernel_shape=[3, 3]))
case("ConvTranspose-output_shape")(
    lambda m, x: m.op("ConvTranspose", x, m.normal(3, 4, 5, 5), strides=[2, 2], output_shape=[9, 13]))
case("Conv3d", image=(2, 3, 4, 5))(lambda m, x: m.op("Conv", x, m.normal(3, 2, 2, 2, 2), m.normal(3)))
case("ConvTranspose3d", image=(2, 3, 2, 4))(lambda m, x: m.op("ConvTranspose", x, m.normal(2, 3, 3, 2, 2), strides=[2, 2, 2]))


@case("affine-behind-Conv")
def affine(m, x):
    """Keras writes batch normalization as a factor and a shift a channel."""
    bent = m.op("LeakyRelu", m.op("Conv", x, m.normal(5, 3, 3, 3), m.normal(5)), alpha=0.3)
    return m.op("Add", m.op("Mul", bent, m.normal(1, 5, 1, 1, centre=1)), m.normal(1, 5, 1, 1))


# --- generators -----------------------------------------------------------------------------------------------------

def dense_to_cube(m, z, channels=8, cube=(5, 5)):
    size = channels * numpy.prod(cube)
    dense = m.op("Gemm", z, m.normal(size, 32), m.normal(size, centre=0.3), transB=1)
    zero = {"allowzero": 1} if m.opset >= 14 else {}
    return m.op("Reshape", dense, m.integers(-1, channels, *cube), **zero)


def small_generator(m, z, dropout=None):
    x = m.op("ConvTranspose", dense_to_cube(m, z), m.normal(8, 6, 5, 5), m.normal(6), strides=[5, 5])
    x = m.op("LeakyRelu", x, alpha=0.3)
    if dropout:
        x = dropout(m, x)
    mode = {"training_mode": 0} if m.opset >= 14 else {}
    variance = m.weight(m.random.uniform(0.5, 2, 6).astype("f4"))
    x = m.op("BatchNormalization", x, m.normal(6, centre=1), m.normal(6), m.normal(6), variance, **mode)
    return m.op("Relu", m.op("Conv", x, m.normal(25, 6, 3, 3), m.normal(25), pads=[1, 1, 1, 1]))


def dropout_by(way):
    def add(m, x):
        if m.opset < 12:
            return m.op("Dropout", x, ratio=0.2)
        inputs = [x, m.number(0.2)]
        if way == "initializer":
            inputs.append(m.weight(numpy.array(False)))
        if way == "constant":
            inputs.append(m.constant(numpy.array(False)))
        return m.op("Dropout", *inputs, outputs=2)[0] if way == "mask" else m.op("Dropout", *inputs)
    return add


def upsampling_of_keras(m, x, rank, times):
    """Repeat each cell along the axes behind the first: Unsqueeze, Tile and a Reshape to sizes worked out from the shape."""
    for axis in range(1, 1 + rank):
        sizes = m.op("Cast", m.op("Shape", x), to=TensorProto.INT32)
        front = m.op("Slice", sizes, m.integers(0), m.integers(axis), m.integers(0))
        back = m.op("Slice", sizes, m.integers(axis + 1), m.integers(2147483647), m.integers(0))
        own = m.op("Slice", sizes, m.integers(axis), m.integers(axis + 1), m.integers(0))
        target = m.op("Concat", front, m.op("Mul", own, m.weight(numpy.array([times], "i4"))), back, axis=0)
        repeats = [1] * (rank + 3)
        repeats[axis + 1] = times
        tiled = m.op("Tile", m.unsqueeze(x, axis + 1), m.integers(*repeats))
        x = m.op("Reshape", tiled, m.op("Cast", target, to=TensorProto.INT64))
    return x


def keras_3d(m, z):
    dense = m.op("MatMul", z, m.normal(32, 3 * 3 * 4 * 4))
    x = m.op("Reshape", dense, m.integers(-1, 3, 3, 4, 4))
    x = m.op("Transpose", upsampling_of_keras(m, x, 3, 2), perm=[0, 4, 1, 2, 3])
    x = m.op("LeakyRelu", m.op("Conv", x, m.normal(5, 4, 2, 2, 3)), alpha=0.3)
    x = m.op("Add", m.op("Mul", x, m.normal(1, 5, 1, 1, 1, centre=1)), m.normal(1, 5, 1, 1, 1))
    x = m.op("Conv", x, m.normal(1, 5, 3, 3, 3), pads=[1] * 6)
    x = m.op("Mul", m.op("Pow", x, m.number(2.0)), m.number(0.01))
    return m.op("Reshape", x, m.integers(-1, 5, 5, 6, 1))


def keras_prelu(m, z):
    x = m.op("ConvTranspose", dense_to_cube(m, z, 4), m.normal(4, 5, 3, 3), strides=[3, 3])
    above = m.op("Relu", x)
    below = m.op("Mul", m.op("Relu", m.op("Neg", x)), m.normal(1, 5, 1, 1))
    return m.op("Transpose", m.op("Add", above, below), perm=[0, 2, 3, 1])


def write(folder, name, model, batch="batch", tolerance=None, **saving):
    kind, sizes = sizes_of_output(model, batch)
    output = model.graph.output[0]
    output.CopyFrom(helper.make_tensor_value_info(output.name, kind, sizes))
    onnx.checker.check_model(model)
    (folder / name / pathlib.Path(saving.get("location", "here")).parent).mkdir(parents=True)
    onnx.save(model, folder / name / "model.onnx", **saving)
    settings = {"relative": 1e-5, "step": 0, "differing_cells": 0, "optimize": False, **(tolerance or {})}
    (folder / name / "tolerance.json").write_text(json.dumps(settings))


def make_ops(folder):
    for name, since, until, image, tolerance, fn in CASES:
        for opset in OPSETS:
            if since <= opset <= until:
                m = Model(opset)
                model = m.finish({"x": (TensorProto.FLOAT, image)}, fn(m, "x"))
                write(folder, f"{name}-opset{opset}", model, tolerance=tolerance)


def make_generators(folder):
    latent = {"z": (TensorProto.FLOAT, [32])}
    for opset in OPSETS:
        ir = 10 if opset >= 18 else 8
        m = Model(opset)
        model = m.finish(latent, small_generator(m, "z"), ir)
        if ir >= 10:
            for node in model.graph.node:  # PyTorch's exporter tells where each node comes from
                entry = node.metadata_props.add()
                entry.key, entry.value = "pkg.torch.onnx.name_scopes", "['', 'net']"
            model.opset_import.append(helper.make_opsetid("pkg.onnxscript.torch_lib.common", 1))
        write(folder, f"generator-opset{opset}", model)
        write(folder, f"generator-beside-opset{opset}", model, save_as_external_data=True, all_tensors_to_one_file=True,
              location="weights/model.onnx.data" if opset % 2 else "model.onnx.data", size_threshold=256)
        for kind, fn in (("3d", keras_3d), ("prelu", keras_prelu)):
            m = Model(opset)
            write(folder, f"keras-{kind}-opset{opset}", m.finish(latent, fn(m, "z")))
        for way in ("absent", "initializer", "constant", "mask"):
            m = Model(opset)
            write(folder, f"dropout-{way}-opset{opset}", m.finish(latent, small_generator(m, "z", dropout_by(way))))
        # Whole models in float16: computed in float32 here, rounded at every step there.
        m = Model(opset)
        model = m.finish(latent, small_generator(m, "z"), ir)
        write(folder, f"float16-opset{opset}", in_float16(model), tolerance={"relative": 2e-2})
        m = Model(opset)
        model = m.finish(latent, small_generator(m, "z"), ir)
        write(folder, f"float16-weights-opset{opset}", with_float16_weights(model))
        m = Model(opset)
        write(folder, f"one-shower-opset{opset}", m.finish(latent, keras_3d(m, "z"), batch=1), batch=1)


def narrow(tensor):
    return numpy_helper.from_array(numpy_helper.to_array(tensor).astype(numpy.float16), tensor.name)


def in_float16(model):
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(narrow(tensor))
    for value in (model.graph.input[0], model.graph.output[0]):
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    return model


def with_float16_weights(model):
    """Weights stored in float16, each behind a Cast."""
    nodes = list(model.graph.node)
    del model.graph.node[:]
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            model.graph.node.append(helper.make_node("Cast", [tensor.name + ".f16"], [tensor.name], to=TensorProto.FLOAT))
            tensor.CopyFrom(narrow(tensor))
            tensor.name += ".f16"
    model.graph.node.extend(nodes)
    return model


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make_ops(folder)
    make_generators(folder)
    subprocess.run([program, "foreign", folder], check=True)
    return compare_cases(folder)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
