// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) {
  const auto graph = model::parse_onnx(bytes, "model.onnx");
  model::serialize_onnx(graph);  // what was read can be written
}

}  // namespace octocal::fuzz
