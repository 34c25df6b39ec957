# SPDX-License-Identifier: Apache-2.0
"""Each runtime's own quantization of a float32 model, as fast as its tools make it, made once into a folder."""
import pathlib

import numpy
import onnx
import onnx.inliner
from convolutional_part import FIRST, extract, write_tensorflow_lite
from runtimes import OnnxRuntime
from showers import inputs_of

CALIBRATION_SHOWERS = 64


def without_functions(model_file, made_file):
    """The same graph with octocal's functions written out: OpenVINO does not look into them."""
    model = onnx.inliner.inline_local_functions(onnx.load(model_file))
    onnx.save(onnx.shape_inference.infer_shapes(model), made_file)


def onnx_runtime(model_file, made_file):
    """ONNX Runtime's static quantization of the convolutions alone (by channel, u8 activations). The rest of these
    graphs does not stand 8 bits: it is a flow and a fit of energies."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self):
            inputs = inputs_of(OnnxRuntime(model_file, 1, 1).shapes, CALIBRATION_SHOWERS, seed=2)
            self.feeds = iter([{name: numbers[i:i + 1] for name, numbers in inputs.items()}
                               for i in range(CALIBRATION_SHOWERS)])

        def get_next(self):
            return next(self.feeds, None)

    prepared = str(made_file) + ".prepared"
    quant_pre_process(model_file, prepared, skip_symbolic_shape=True)
    quantize_static(prepared, made_file, Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                    op_types_to_quantize=["Conv", "ConvTranspose"], activation_type=QuantType.QUInt8,
                    weight_type=QuantType.QInt8)
    pathlib.Path(prepared).unlink()


def openvino(model_file, made_file):
    """NNCF's quantization after training, defaults for speed, of the convolutions alone."""
    import nncf
    import openvino as ov
    model = ov.Core().read_model(model_file)
    shapes = {port.any_name: tuple(int(size.get_length()) for size in list(port.partial_shape)[1:])
              for port in model.inputs}
    inputs = inputs_of(shapes, CALIBRATION_SHOWERS, seed=2)
    feeds = [{name: numbers[i:i + 1] for name, numbers in inputs.items()} for i in range(CALIBRATION_SHOWERS)]
    others = [name for name in (op.get_type_name() for op in model.get_ops())
              if name not in ("Convolution", "ConvolutionBackpropData", "Constant", "Parameter", "Result")]
    scope = nncf.IgnoredScope(types=sorted(set(others)), validate=False)
    quantized = nncf.quantize(model, nncf.Dataset(feeds), preset=nncf.QuantizationPreset.MIXED,
                              subset_size=CALIBRATION_SHOWERS, ignored_scope=scope)
    ov.save_model(quantized, made_file, compress_to_fp16=False)


def tensorflow_lite(model_file, part_file, float32_file, int8_file):
    """The convolutional part in TensorFlow Lite, calibrated on the cubes that the whole model makes."""
    extract(model_file, part_file)
    model = onnx.load(model_file)
    model.graph.output.append(onnx.helper.make_tensor_value_info(FIRST, onnx.TensorProto.FLOAT, None))
    network = OnnxRuntime(model.SerializeToString(), 1, 1)
    inputs = inputs_of(network.shapes, CALIBRATION_SHOWERS, seed=2)
    cubes = network.session.run([FIRST], inputs)[0]
    numpy.save(str(part_file) + ".npy", cubes)
    write_tensorflow_lite(part_file, float32_file, int8_file, cubes)
