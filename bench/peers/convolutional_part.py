# SPDX-License-Identifier: Apache-2.0
"""The convolutional part of models/generator.onnx (from the cube of 5x5x5 to the image before the fit, 99.99 % of all
multiply-accumulates) for runtimes that do not read ONNX. Channels last, where their kernels are the fast ones.
"""
import numpy
import onnx
from onnx import numpy_helper

FIRST, LAST = "cube:out", "final/relu:out"


def extract(model_file, part_file):
    """Writes the part as ONNX."""
    onnx.utils.extract_model(model_file, part_file, [FIRST], [LAST], check_model=False)


def _attributes(node):
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def _same_pads(kernel):
    return [(size - 1) // 2 for size in kernel] + [size - 1 - (size - 1) // 2 for size in kernel]


def in_tensorflow(part_file):
    """A tf.function from (batch, 5, 5, 5) to the image, both in ONNX's order of axes."""
    import tensorflow as tf
    graph = onnx.load(part_file).graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def convolution(x, node, given):
        kernel = weights[node.input[1]].transpose(2, 3, 1, 0)
        pads = given.get("pads", [0, 0, 0, 0])
        if list(pads) == _same_pads(kernel.shape[:2]):
            return tf.nn.conv2d(x, kernel, given["strides"], "SAME")
        assert not any(pads), node.name
        return tf.nn.conv2d(x, kernel, given["strides"], "VALID")

    def transposed(x, node, given):
        kernel = weights[node.input[1]].transpose(2, 3, 1, 0)
        stride, pads = given["strides"], given["pads"]
        whole = [(int(x.shape[1 + axis]) - 1) * stride[axis] + kernel.shape[axis] for axis in (0, 1)]
        image = tf.nn.conv2d_transpose(x, kernel, [tf.shape(x)[0], *whole, kernel.shape[2]], stride, "VALID")
        image = image[:, pads[0]:whole[0] - pads[2], pads[1]:whole[1] - pads[3], :]
        return image + weights[node.input[2]]

    def batch_norm(x, node, given):
        gamma, beta, mean, variance = (weights[name].astype("float64") for name in node.input[1:5])
        gain = gamma / numpy.sqrt(variance + given["epsilon"])
        return x * gain.astype("float32") + (beta - mean * gain).astype("float32")

    def part(cube):
        values = {FIRST: tf.transpose(cube, [0, 2, 3, 1])}
        for node in graph.node:
            given, x = _attributes(node), values[node.input[0]]
            if node.op_type == "Conv":
                y = convolution(x, node, given)
            elif node.op_type == "ConvTranspose":
                y = transposed(x, node, given)
            elif node.op_type == "LeakyRelu":
                y = tf.nn.leaky_relu(x, given["alpha"])
            elif node.op_type == "Relu":
                y = tf.nn.relu(x)
            elif node.op_type == "BatchNormalization":
                y = batch_norm(x, node, given)
            elif node.op_type == "Concat":
                y = tf.concat([values[name] for name in node.input], axis=3)
            elif node.op_type == "Transpose":  # of (0, c, y, x); here axes lie as (0, y, x, c)
                to_first = [0, 2, 3, 1]
                first = [0, 3, 1, 2]
                y = tf.transpose(x, [first[given["perm"][axis]] for axis in to_first])
            else:
                raise ValueError(f"{node.name}: {node.op_type}")
            values[node.output[0]] = y
        return tf.transpose(values[LAST], [0, 3, 1, 2])

    return tf.function(part, input_signature=[tf.TensorSpec([None, 5, 5, 5], tf.float32, name=FIRST[:4])])


def write_tensorflow_lite(part_file, float32_file, int8_file, cubes):
    """Both forms; `cubes` (n, 5, 5, 5) calibrate the integers (weights by channel, float inputs and outputs)."""
    import tensorflow as tf
    function = in_tensorflow(part_file).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    with open(float32_file, "wb") as out:
        out.write(converter.convert())
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([cube[None].astype("float32")] for cube in cubes)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    with open(int8_file, "wb") as out:
        out.write(converter.convert())
