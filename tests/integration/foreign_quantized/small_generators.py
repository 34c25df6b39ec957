# SPDX-License-Identifier: Apache-2.0
"""Small float32 generators for the quantizers to work on: each function returns a ModelProto with an input z (N, L)."""
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


class Net:
    """Collects nodes and weights; each call of an op returns the name of its output."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def weight(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.asarray(array), name))
        return name

    def normal(self, *shape, width=1.0, centre=0.0):
        return self.weight((centre + width * self.random.normal(size=shape)).astype(numpy.float32))

    def kernel(self, *shape, inputs):
        """Weights that keep numbers about as large as they are; widths differ from output channel to channel."""
        return (self.random.normal(size=shape) / numpy.sqrt(inputs)).astype(numpy.float32)

    def op(self, kind, *inputs, **attributes):
        name = f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name + ":0"], name, **attributes))
        return name + ":0"

    def conv(self, x, ins, outs, size, bias=True, **attributes):
        scale = self.random.uniform(0.3, 2, (outs, 1, 1, 1)).astype(numpy.float32)
        weight = self.weight(self.kernel(outs, ins, size, size, inputs=ins * size * size) * scale)
        return self.op("Conv", x, weight, *([self.normal(outs, width=0.1)] if bias else []), kernel_shape=[size, size],
                       **attributes)

    def conv_transpose(self, x, ins, outs, size, bias=True, **attributes):
        weight = self.weight(self.kernel(ins, outs, size, size, inputs=ins))
        return self.op("ConvTranspose", x, weight, *([self.normal(outs, width=0.1)] if bias else []),
                       kernel_shape=[size, size], **attributes)

    def batch_norm(self, x, channels):
        variance = self.weight(self.random.uniform(0.5, 2, channels).astype(numpy.float32))
        return self.op("BatchNormalization", x, self.normal(channels, width=0.2, centre=1),
                       self.normal(channels, width=0.2), self.normal(channels, width=0.2), variance, epsilon=1e-3)

    def reshape(self, x, *sizes):
        return self.op("Reshape", x, self.weight(numpy.array(sizes, numpy.int64)))

    def finish(self, output, latent, shape, opset):
        self.nodes[-1].output[0] = "cells"
        graph = helper.make_graph(
            self.nodes, "generator", [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", latent])],
            [helper.make_tensor_value_info("cells", TensorProto.FLOAT, ["N", *shape])], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def chain(opset, bias=True):
    """What a simple generator is: Gemm, ConvTranspose, LeakyRelu, BatchNormalization, Conv, Relu, a unit."""
    net = Net(3)
    weight = net.weight(net.kernel(400, 32, inputs=32))
    dense = net.op("Gemm", "z", weight, net.normal(400, width=0.1, centre=0.3), transB=1)
    cube = net.reshape(dense, -1, 16, 5, 5)
    up = net.conv_transpose(cube, 16, 16, 5, bias, strides=[5, 5])
    block = net.batch_norm(net.op("LeakyRelu", up, alpha=0.3), 16)
    final = net.op("Relu", net.conv(block, 16, 25, 3, bias, pads=[1, 1, 1, 1]))
    return net.finish(net.op("Mul", final, net.weight(numpy.float32(0.004))), 32, (25, 25, 25), opset)


def branches(opset, bias=True):
    """Two branches that meet, a residual sum, a product over rows, upsampling by copies, margins, limits."""
    net = Net(4)
    dense = net.op("Gemm", "z", net.weight(net.kernel(24, 200, inputs=24)), net.normal(200, width=0.1))
    cube = net.reshape(dense, -1, 8, 5, 5)
    sharp = net.op("Relu", net.conv(cube, 8, 8, 3, bias, pads=[1, 1, 1, 1]))
    roi = "" if opset >= 13 else net.weight(numpy.zeros(0, numpy.float32))
    sharp = net.op("Resize", sharp, roi, net.weight(numpy.array([1, 1, 2, 2], numpy.float32)), mode="nearest",
                   coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    turned = net.op("Transpose", cube, perm=[0, 1, 3, 2])
    soft = net.conv_transpose(turned, 8, 6, 4, bias, strides=[2, 2], pads=[1, 1, 1, 1])
    soft = net.op("LeakyRelu", soft, alpha=0.2)
    both = net.op("Concat", sharp, soft, axis=1)
    limits = [net.weight(numpy.float32(number)) for number in (0.0, 3.0)]
    mixed = net.op("Clip", net.conv(both, 14, 12, 1, bias), *limits)
    more = net.conv(mixed, 12, 12, 3, bias, pads=[1, 1, 1, 1])
    total = net.op("LeakyRelu", net.op("Add", mixed, more), alpha=0.1)
    rows = net.op("MatMul", total, net.weight(net.kernel(10, 10, inputs=10)))
    wide = net.op("Pad", rows, net.weight(numpy.array([0, 0, 1, 2, 0, 0, 1, 0], numpy.int64)))
    image = net.op("Relu", net.batch_norm(net.conv(wide, 12, 10, 3, bias), 10))
    return net.finish(net.op("Mul", image, image), 24, (10, 10, 10), opset)
