// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "octocal/model/graph.hpp"

namespace octocal::train {

/// ONNX files in and out. In a build without protobuf (preset trainer, onnx_exchange_absent.cpp) both throw bad_input
/// that says what to do instead.
model::Graph read_model(const std::filesystem::path& file);
void write_model(const model::Graph& graph, const std::filesystem::path& file);

}  // namespace octocal::train
