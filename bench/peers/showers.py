# SPDX-License-Identifier: Apache-2.0
"""Inputs of a generator's graph, the same for every runtime, and how far two runtimes' cells are apart."""
import numpy


def inputs_of(shapes, showers, seed=1):
    """Numbers for inputs {name: shape without the batch}: 100 to 500 GeV, uniform noise, latents of length sqrt(size)
    times Ep/100 GeV (octocal.latent = sphere; for a graph that scales them itself the length says nothing); normal
    numbers where there is no energy, as in the convolutional part."""
    numbers = numpy.random.default_rng(seed)
    energy = numpy.linspace(100, 500, showers, dtype="float32").reshape(showers, 1)
    made = {}
    for name, shape in shapes.items():
        if name == "energy":
            made[name] = energy
        elif name == "noise":
            made[name] = numbers.random((showers, *shape), dtype="float32")
        else:
            latents = numbers.normal(size=(showers, *shape))
            if name == "latent":
                latents *= energy / 100 * numpy.sqrt(shape[0] / (latents ** 2).sum(axis=1, keepdims=True))
            made[name] = latents.astype("float32")
    return made


def in_batches(inputs, batch):
    showers = len(next(iter(inputs.values())))
    for first in range(0, showers, batch):
        yield {name: numbers[first:first + batch] for name, numbers in inputs.items()}


def difference(cells, reference):
    """Mean over showers of sum |cells - reference| over the reference's sum."""
    cells, reference = (part.reshape(len(part), -1).astype("float64") for part in (cells, reference))
    return float(numpy.mean(numpy.abs(cells - reference).sum(axis=1) / numpy.abs(reference).sum(axis=1)))
