// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "integration/onnxruntime/case_writer.hpp"

namespace octocal::testing {

void write_float_cases(const std::filesystem::path& root);      ///< every op alone
void write_quantized_cases(const std::filesystem::path& root);  ///< Q, DQ and small QDQ networks
/// For each FOLDER/NAME/model.onnx that another tool wrote: inputs, and what the engine makes of them. Throws if the
/// reference makes something else.
void write_foreign_cases(const std::filesystem::path& root);
void write_generator_cases(const std::filesystem::path& root);  ///< the paper's generator with random weights

}  // namespace octocal::testing
