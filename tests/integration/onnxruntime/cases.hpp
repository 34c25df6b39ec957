// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "integration/onnxruntime/case_writer.hpp"

namespace octocal::testing {

void write_float_cases(const std::filesystem::path& root);      ///< every op alone
void write_quantized_cases(const std::filesystem::path& root);  ///< Q, DQ and small QDQ networks
void write_generator_cases(const std::filesystem::path& root);  ///< the paper's generator with random weights

}  // namespace octocal::testing
