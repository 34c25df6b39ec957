// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace octocal::model {

/// The files beside a model that hold its weights (ONNX's external data), as paths, each once; without looking whether
/// they are there. None for a file that is no model, which read_onnx refuses in words. Does not throw.
std::vector<std::string> onnx_files_beside(const std::string& file) noexcept;

}  // namespace octocal::model
