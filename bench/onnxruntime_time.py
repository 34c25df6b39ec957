# SPDX-License-Identifier: Apache-2.0
"""Processor time a shower of generators in ONNX Runtime, one thread, eight showers a run, median of five runs.

usage: build/test-venv/bin/python bench/onnxruntime_time.py MODEL.onnx ...
"""
import statistics
import sys
import time

import numpy
import onnxruntime

BATCH = 8

for model in sys.argv[1:]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    numbers = numpy.random.default_rng(1)
    feeds = {value.name: numbers.normal(2, 1, (BATCH, value.shape[1])).astype("float32")
             for value in session.get_inputs()}
    session.run(None, feeds)
    seconds = []
    for _ in range(5):
        before = time.process_time()
        session.run(None, feeds)
        seconds.append((time.process_time() - before) / BATCH)
    print(f"{1e3 * statistics.median(seconds):8.2f} ms a shower  {model}")
