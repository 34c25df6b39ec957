// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// A training's whole state in one file: tensors by name and a JSON text. Little endian: "OCTOCKPT", length of the
/// header (uint64), header (JSON: settings, and for each tensor its type, shape and offset), raw numbers, "OCTOCRC1",
/// CRC-32 (uint32) of all bytes before it. Files of octocal 0.1.0 have no checksum.
struct Checkpoint {
  std::string json;
  TensorMap tensors;
};

/// Complete or absent (renamed into place). Same state, same bytes. Errors: as PendingFile; run_failed if the disk is
/// full.
void write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file);

/// Errors: bad_input naming the file: missing, not a checkpoint, truncated, damaged (the checksum differs, or sizes that
/// cannot be; nothing is asked for as memory that the file does not hold).
Checkpoint read_checkpoint(const std::filesystem::path& file);

/// target[prefix + name] = source[name].
void insert_under(const std::string& prefix, const TensorMap& source, TensorMap& target);
/// Those whose names start with prefix, without it.
TensorMap take_under(const std::string& prefix, const TensorMap& source);
/// Copies values into tensors that exist (parameters keep their place in the graph). Errors: bad_input for a name that
/// is missing or of another shape.
void copy_values(const TensorMap& source, TensorMap& target);

}  // namespace octocal::train
