// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "octocal/study/quantization.hpp"

namespace octocal::study {

/// The document of `octocal quantize --json`; `output` is the file that the model was written to.
nlohmann::json quantization_json(const Quantization& result, const std::string& output);

}  // namespace octocal::study
