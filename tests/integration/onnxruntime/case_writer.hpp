// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "octocal/model/graph.hpp"

// Cases for compare_with_onnxruntime.py: a folder each with model.onnx, inputs/NAME.npy, expected/NAME.npy and
// tolerance.json. Any test program may write such cases, with outputs from the reference, the engine or a file.

namespace octocal::testing {

using Tensors = std::map<std::string, model::Tensor>;

/// How far ONNX Runtime may be from `expected`.
struct Tolerance {
  /// |theirs - ours| <= relative * max(|theirs|, rms of the tensor), cell by cell: rms, because sums of many terms are
  /// never exact relative to a cell that happens to be next to zero.
  double relative = 1e-5;
  /// If not 0: |theirs - ours| <= step, and at most `differing_cells` cells are beyond `relative`.
  double step = 0;
  std::int64_t differing_cells = 0;
  /// ONNX Runtime's own optimizer: it turns Q/DQ pairs into integer kernels.
  bool optimize = false;
};

/// Writes a case below `root`. Names of values may hold '/': it becomes "%2F" in file names.
void write_case(const std::filesystem::path& root, const std::string& name, const model::Graph& graph,
                const Tensors& inputs, const Tensors& expected, const Tolerance& tolerance);

/// Evaluates the graph with the reference and writes a case; returns what the reference gave.
Tensors write_reference_case(const std::filesystem::path& root, const std::string& name, const model::Graph& graph,
                             const Tensors& inputs, const Tolerance& tolerance = {});

/// A float32 tensor of normal numbers; the same for the same seed.
model::Tensor normal_tensor(const model::Shape& shape, std::uint64_t seed, double width = 1, double centre = 0);
/// An 8-bit tensor of uniform numbers in [low, high].
model::Tensor uniform_tensor(model::DataType type, const model::Shape& shape, std::uint64_t seed, int low, int high);

/// Where a value's numbers lie in a folder of a case.
std::filesystem::path npy_path(const std::filesystem::path& folder, std::string value);
/// A tensor as NumPy's .npy (16-bit floats are not written).
void write_npy(const model::Tensor& tensor, const std::filesystem::path& file);

}  // namespace octocal::testing
