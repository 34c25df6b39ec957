#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a sample with the workers of a Dask cluster, part by part, and joins it: the file of a single run.

    dask_sample.py sample.h5 --parts 20 --showers-a-part 10000                              (workers of this machine)
    dask_sample.py sample.h5 --parts 20 --showers-a-part 10000 --scheduler tcp://head:8786

Workers need the packages octocal and dask, and the folder of the sample under the same name. A part that is there is not
made again.
"""
import argparse
from pathlib import Path

from dask.distributed import Client, as_completed

import octocal


def make_part(number: int, part: str, arguments: argparse.Namespace) -> str:
    if not Path(part).exists():  # a part is complete or absent
        octocal.generate_to_file(arguments.model or octocal.shipped_model(), part, energy=arguments.energy,
                                 seed=arguments.seed, first_shower=number * arguments.showers_a_part,
                                 showers=arguments.showers_a_part, streams=1)
    return part


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--model", default="", help="ONNX file; the shipped one without it")
    parser.add_argument("--energy", default="100:500", help="GeV")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", type=int, default=20)
    parser.add_argument("--showers-a-part", type=int, default=10000)
    parser.add_argument("--scheduler", default=None, help="address of a Dask scheduler")
    arguments = parser.parse_args()
    folder = Path(arguments.output + ".parts").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    parts = [str(folder / f"part_{number:06}.h5") for number in range(arguments.parts)]
    # A process a core, each with one thread: a worker's generator has the core for itself.
    client = Client(arguments.scheduler) if arguments.scheduler else Client(threads_per_worker=1)
    with client:
        futures = [client.submit(make_part, number, part, arguments, pure=False) for number, part in enumerate(parts)]
        for done, future in enumerate(as_completed(futures), 1):
            print(f"{done}/{len(parts)}: {future.result()}", flush=True)
    merged = octocal.merge(parts, arguments.output)
    print(f"{arguments.output}: {merged['showers']} showers, hash {merged['showers_hash']}")


if __name__ == "__main__":
    main()
