// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/study/quantization.hpp"

namespace octocal::study {

/// Number formats in which a float32 generator can be shown beside itself, as the paper's tables show it.
///
/// | name            | what                                                                                       |
/// |-----------------|--------------------------------------------------------------------------------------------|
/// | bfloat16        | every layer in bfloat16                                                                    |
/// | float16         | every layer in float16                                                                     |
/// | tflite-float16  | weights stored in float16, all computed in float32                                         |
/// | int16x8         | every layer in int16x8                                                                     |
/// | int16x12        | every layer in int16x12                                                                    |
/// | int8            | every layer in int8                                                                        |
/// | ilot            | int8 as the paper's tool has it: one scale a tensor, min-max, no transposed layers         |
/// | octocal         | `octocal quantize --ranges min-max --last-layer int16x8`: int8 where it holds, else finer  |
/// | tflite-int8     | every op with its own output in int8, as TensorFlow Lite has it                            |
const std::vector<std::string>& format_names();

/// Stands for the formats of the paper's tables: bfloat16, float16, octocal, ilot, tflite-float16, tflite-int8.
inline constexpr const char* kAllFormats = "all";
/// The formats by name, each once. Error: bad_input for a name that is none.
std::vector<std::string> resolved_formats(const std::vector<std::string>& formats);

/// The model in a format, quantized as quantize() does with the same calibration and without its refusals: what a
/// format spoils is to be seen. Errors: bad_input for another name; as quantize().
OpenModel in_format(const std::string& model_file, const std::string& format, const CalibrationSettings& calibration,
                    const EngineSettings& engine);

}  // namespace octocal::study
