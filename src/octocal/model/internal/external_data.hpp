// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <onnx/onnx_pb.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Weights that lie in files beside a model (ONNX's external data: location, offset, length).
///
/// A location is a path below the model's folder; one that leaves it is refused, so that a file from elsewhere cannot
/// name any file of this machine. Memory is taken only for bytes that are really in a file, all together at most 2 GiB
/// (what a model in one file can hold).
class ExternalData {
 public:
  /// Without a folder every request is refused.
  explicit ExternalData(std::optional<std::filesystem::path> folder) : folder_(std::move(folder)) {}

  /// The bytes of a tensor of this shape, `width` bytes a number. Errors: bad_input naming `origin`, the constant and
  /// the file: no location, outside the folder, missing, no file, too short, numbers that do not fit the shape.
  std::vector<std::byte> read(const onnx::TensorProto& proto, const Shape& shape, std::size_t width,
                              const std::string& constant, const std::string& origin);

  /// Paths of the files that were read, in order.
  std::vector<std::string> files() const;

 private:
  std::optional<std::filesystem::path> folder_;
  std::set<std::string> paths_;  ///< of the files that were read
  std::uintmax_t bytes_read_ = 0;
};

}  // namespace octocal::model
