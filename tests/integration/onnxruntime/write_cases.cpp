// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>

#include "integration/onnxruntime/cases.hpp"

// usage: write_onnxruntime_cases float|quantized|generator|foreign FOLDER
int main(int count, char** arguments) {
  try {
    const std::string kind = count == 3 ? arguments[1] : "";
    if (kind == "float") {
      octocal::testing::write_float_cases(arguments[2]);
    } else if (kind == "quantized") {
      octocal::testing::write_quantized_cases(arguments[2]);
    } else if (kind == "generator") {
      octocal::testing::write_generator_cases(arguments[2]);
    } else if (kind == "foreign") {
      octocal::testing::write_foreign_cases(arguments[2]);
    } else {
      std::fprintf(stderr, "usage: write_onnxruntime_cases float|quantized|generator|foreign FOLDER\n");
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_onnxruntime_cases: %s\n", error.what());
    return 1;
  }
  return 0;
}
