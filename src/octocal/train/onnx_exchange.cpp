// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/onnx_exchange.hpp"

#include "octocal/model/onnx_file.hpp"

namespace octocal::train {

model::Graph read_model(const std::filesystem::path& file) { return model::read_onnx(file.string()); }

void write_model(const model::Graph& graph, const std::filesystem::path& file) {
  model::write_onnx(graph, file.string());
}

}  // namespace octocal::train
