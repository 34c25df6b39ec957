# SPDX-License-Identifier: Apache-2.0
"""One class a runtime: opens a model file for some threads, tells its inputs, runs a batch.

Each is set up as its makers advise for speed on a CPU with a given number of threads. A shower's cells come back in
the order (batch, x, y, z); of the convolutional part (convolutional_part.py) they are what that graph puts out.
"""
import os


class OnnxRuntime:
    name = "ONNX Runtime"

    def __init__(self, file, threads, batch):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # it would disturb whoever runs next
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.version = onnxruntime.__version__
        self.shapes = {value.name: tuple(value.shape[1:]) for value in self.session.get_inputs()}

    def run(self, feeds):
        return self.session.run(None, feeds)[0]


class OpenVino:
    name = "OpenVINO"

    def __init__(self, file, threads, batch):
        import openvino
        core = openvino.Core()
        model = core.read_model(file)
        self.shapes = {port.any_name: tuple(int(size.get_length()) for size in list(port.partial_shape)[1:])
                       for port in model.inputs}
        # Known shapes: it plans better, and no batch of another size will come.
        model.reshape({name: [batch, *shape] for name, shape in self.shapes.items()})
        # float32 means float32: on some processors it would compute in bfloat16 otherwise.
        self.compiled = core.compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"})
        self.request = self.compiled.create_infer_request()
        self.version = openvino.__version__.split("-")[0]

    def run(self, feeds):
        self.request.infer(feeds)
        return self.request.get_output_tensor(0).data.copy()


class TensorFlowLite:
    name = "TensorFlow Lite"

    def __init__(self, file, threads, batch):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow
        self.interpreter = tensorflow.lite.Interpreter(file, num_threads=threads)
        self.version = tensorflow.__version__
        self.input = self.interpreter.get_input_details()[0]
        self.shapes = {self.input["name"]: tuple(int(size) for size in self.input["shape"][1:])}
        self.interpreter.resize_tensor_input(self.input["index"], [batch, *self.input["shape"][1:]])
        self.interpreter.allocate_tensors()
        self.output = self.interpreter.get_output_details()[0]["index"]

    def run(self, feeds):
        self.interpreter.set_tensor(self.input["index"], next(iter(feeds.values())))
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output)


RUNTIMES = {kind.name: kind for kind in (OnnxRuntime, OpenVino, TensorFlowLite)}
