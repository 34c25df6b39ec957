// SPDX-License-Identifier: Apache-2.0
// Stands in for onnx_exchange.cpp in a build without protobuf (preset trainer).
#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/train/onnx_exchange.hpp"

namespace octocal::train {

model::Graph read_model(const std::filesystem::path& file) {
  throw bad_input(fmt::format(
      "{}: this build reads no ONNX; train a first step where octocal is built whole (--init) and go on here from its "
      "last.ckpt with --from",
      file.string()));
}

void write_model(const model::Graph& /*graph*/, const std::filesystem::path& file) {
  throw bad_input(fmt::format(
      "{}: this build writes no ONNX; take the checkpoint to where octocal is built whole and run octocal train --from "
      "best.ckpt --export {}",
      file.string(), file.filename().string()));
}

}  // namespace octocal::train
