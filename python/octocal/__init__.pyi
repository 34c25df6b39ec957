# SPDX-License-Identifier: Apache-2.0
"""Types of the package octocal. Energies and cells are in GeV; n showers of nx x ny x nz cells, axis 3 is the layer.

tests/integration/python/stubs_test.py holds names, arguments and defaults here against the module.
"""
import os
from typing import Any, Literal, Mapping, Optional, Sequence, Union, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Path = Union[str, os.PathLike[str]]
_Paths = Union[_Path, Sequence[_Path]]
_Floats = NDArray[np.float32]

__version__: str

class Error(RuntimeError):
    """Any failure of octocal; the message is one sentence."""

class InputError(Error, ValueError):
    """A file, a model or an argument is wrong; the message names it and what to do."""

class Batches:
    """What Generator.batches gives: an iterator over a sample."""
    def __iter__(self) -> Batches: ...
    def __next__(self) -> tuple[_Floats, _Floats]:
        """The next pair: primary energies (m) and cells (m, nx, ny, nz), float32, in GeV."""

class Generator:
    """A generator model, compiled for this machine. Any thread may call it; Python's lock is free meanwhile."""
    def __init__(
        self,
        model: Optional[_Path] = None,
        streams: int = 0,
        batch: int = 8,
        seed: int = 1,
        metadata: Mapping[str, str] = {},
        extrapolate: bool = False,
        affinity: Literal["none", "compact", "spread"] = "none",
    ) -> None:
        """model: ONNX file, None: the shipped one; streams: threads, 1: the caller's, 0: one a core."""
    @overload
    def generate(
        self, energy_gev: ArrayLike, first: int = 0, keep_latents: Literal[False] = False, out: Optional[_Floats] = None
    ) -> _Floats:
        """Cells (n, nx, ny, nz), float32, in GeV, of showers first, first + 1, ... at energies (n), in GeV."""
    @overload
    def generate(
        self, energy_gev: ArrayLike, first: int = 0, *, keep_latents: Literal[True], out: Optional[_Floats] = None
    ) -> tuple[_Floats, _Floats]:
        """The same with the network's latents (n, L)."""
    def batches(
        self, energy: Union[str, ArrayLike], showers: Optional[int] = None, size: int = 1000, first: int = 0
    ) -> Batches:
        """Showers first, first + 1, ..., `size` at a time; without end for energies such as "100:500"."""
    @property
    def energy_range_gev(self) -> tuple[float, float]: ...
    @property
    def shape(self) -> tuple[int, int, int]: ...
    @property
    def seed(self) -> int: ...
    @property
    def model(self) -> str: ...
    @property
    def streams(self) -> int: ...
    @property
    def metadata(self) -> dict[str, str]: ...
    @property
    def model_hash(self) -> str: ...
    @property
    def layers(self) -> list[dict[str, Any]]: ...

class Response:
    """Mean ECAL as a polynomial of Ep: the sum over k of coefficients[k] (Ep / 100 GeV)^k, in GeV."""
    def __init__(self, energy_gev: ArrayLike, ecal_gev: ArrayLike, degree: int = 2) -> None:
        """Fits energies (n) and sums of cells (n), both in GeV."""
    @overload
    def __call__(self, energy_gev: float) -> float: ...
    @overload
    def __call__(self, energy_gev: ArrayLike) -> Any:
        """Mean ECAL in GeV, of the shape of energy_gev."""
    @property
    def coefficients(self) -> list[float]: ...
    @property
    def energy_range_gev(self) -> tuple[float, float]: ...

def shipped_model() -> str: ...
def read_showers(files: _Paths, first: int = 0, count: Optional[int] = None) -> tuple[_Floats, _Floats]:
    """Energies (n) and cells (n, nx, ny, nz), float32, in GeV."""

def write_showers(
    file: _Path,
    energy_gev: ArrayLike,
    cells_gev: ArrayLike,
    attributes: Mapping[str, str] = {},
    compression: str = "runs",
) -> None:
    """Energies (n) and cells (n, nx, ny, nz), in GeV, to a file that is complete or absent."""

def info(files: _Paths) -> dict[str, Any]: ...
def generate_to_file(
    model: _Path,
    output: _Path,
    *,
    energy: str = "",
    showers: Optional[int] = None,
    seed: Optional[int] = None,
    latents: _Path = "",
    keep_latents: bool = False,
    extrapolate: bool = False,
    first_shower: int = 0,
    compression: str = "runs",
    streams: int = 0,
    batch: int = 8,
    metadata: Mapping[str, str] = {},
) -> dict[str, Any]: ...
def merge(parts: _Paths, output: _Path, *, compression: str = "runs") -> dict[str, Any]: ...
def convert(inputs: _Paths, output: _Path, *, binning: _Path, compression: str = "runs") -> dict[str, Any]: ...
def quantize(
    model: _Path,
    output: _Path,
    *,
    precision: str = "auto",
    preset: str = "",
    plan: _Path = "",
    activations: Optional[str] = None,
    weights: Optional[str] = None,
    bias_correction: Optional[bool] = None,
    ranges: Optional[str] = None,
    percentile: Optional[float] = None,
    equalization: Optional[bool] = None,
    last_layer: Optional[str] = None,
    calibration_data: _Paths = [],
    calibration_showers: int = 256,
    keep_float32: Union[str, Sequence[str]] = [],
    check_showers: int = 200,
    max_shift: float = 0.05,
    rounding: str = "nearest",
    seed: int = 1,
    streams: int = 0,
    batch: int = 8,
    metadata: Mapping[str, str] = {},
) -> dict[str, Any]: ...
def tune(
    model: _Path,
    output: _Path,
    *,
    reference: _Paths = [],
    criteria: Union[str, Sequence[str]] = [],
    tolerance: Optional[float] = None,
    objective: str = "speed",
    strategy: str = "octocal",
    budget: Union[int, str] = "10m",
    precisions: Union[str, Sequence[str]] = [],
    showers: int = 2000,
    history: _Path = "",
    plan: _Path = "",
    preset: str = "",
    activations: Optional[str] = None,
    weights: Optional[str] = None,
    bias_correction: Optional[bool] = None,
    ranges: Optional[str] = None,
    percentile: Optional[float] = None,
    equalization: Optional[bool] = None,
    last_layer: Optional[str] = None,
    calibration_data: _Paths = [],
    calibration_showers: int = 256,
    check_showers: int = 2000,
    max_shift: float = 0.05,
    seed: int = 1,
    streams: int = 0,
    batch: int = 8,
    metadata: Mapping[str, str] = {},
) -> dict[str, Any]: ...
def validate(
    reference: _Paths,
    *,
    models: _Paths = [],
    formats: Union[str, Sequence[str]] = [],
    samples: _Paths = [],
    training: _Paths = [],
    showers: int = 0,
    showers_per_reference: int = 1,
    classifier: bool = True,
    neighbours: bool = True,
    seed: int = 1,
    extrapolate: bool = False,
    limits: _Path = "",
    streams: int = 0,
    batch: int = 8,
    metadata: Mapping[str, str] = {},
) -> dict[str, Any]: ...
def compare(
    a: _Path,
    b: _Path,
    *,
    energy: str = "",
    showers: int = 0,
    seed: Optional[int] = None,
    same_latents: bool = False,
    extrapolate: bool = False,
    streams: int = 0,
    batch: int = 8,
    metadata: Mapping[str, str] = {},
) -> dict[str, Any]: ...
def report(validation: _Path, output: _Path, *, bench: _Path = "", tuning: _Path = "", force: bool = False) -> dict[str, Any]: ...
