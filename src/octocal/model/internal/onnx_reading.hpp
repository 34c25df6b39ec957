// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/model/internal/external_data.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::model {

/// parse_onnx for a model whose weights may lie in files beside it.
Graph parse_onnx_beside(const std::string& bytes, const std::string& origin, ExternalData& data, OnnxSource& source);

}  // namespace octocal::model
