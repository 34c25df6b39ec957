// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/study/quantization.hpp"

namespace octocal::study {

/// The preset tflite-float16: weights of 1,024 numbers or more (dense layers', too) stored in float16, all computed in
/// float32, as TensorFlow
/// Lite's float16 models are; nothing is calibrated. For quantize(), which says what settings mean and what is refused;
/// bad_input, too, for a weight that float16 cannot hold.
Quantization store_weights_in_float16(const QuantizationSettings& settings);

}  // namespace octocal::study
