# SPDX-License-Identifier: Apache-2.0
"""Calorimeter showers from a reduced-precision generator. Energies and cells are in GeV."""
from ._octocal import (Batches, Error, Generator, InputError, Response, __version__, compare, convert,
                       generate_to_file, info, merge, quantize, read_showers, report, shipped_model, tune, validate,
                       write_showers)

__all__ = ["Batches", "Error", "Generator", "InputError", "Response", "__version__", "compare", "convert",
           "generate_to_file", "info", "merge", "quantize", "read_showers", "report", "shipped_model", "tune",
           "validate", "write_showers"]

# Help and tracebacks name the package, not the file that the compiled part lies in.
for _type in (Batches, Generator, Response):
    _type.__module__ = __name__
del _type
