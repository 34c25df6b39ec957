# SPDX-License-Identifier: Apache-2.0
"""A process for one runtime and one model, so that no runtime's threads disturb another's (compare.py starts it).

usage: worker.py RUNTIME MODEL THREADS BATCH SHOWERS
Says {"version": ..., "load_seconds": ...} when it is ready; then for each line "run" it makes all showers and says
{"wall": seconds, "processor": seconds of all its threads}; for "cells FILE" it writes the cells to FILE (.npy).
"""
import json
import sys
import time

import numpy
from runtimes import RUNTIMES
from showers import in_batches, inputs_of


def main():
    runtime, model, threads, batch, showers = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    before = time.perf_counter()
    network = RUNTIMES[runtime](model, threads, batch)
    inputs = inputs_of(network.shapes, showers)
    feeds = list(in_batches(inputs, batch))
    network.run(feeds[0])
    print(json.dumps({"version": network.version, "load_seconds": time.perf_counter() - before}), flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "cells":
            numpy.save(rest, numpy.concatenate([network.run(feed) for feed in feeds]))
            print(json.dumps({"written": rest}), flush=True)
            continue
        wall, processor = time.perf_counter(), time.process_time()
        for feed in feeds:
            network.run(feed)
        print(json.dumps({"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}),
              flush=True)


main()
