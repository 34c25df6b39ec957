// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/study/quantization.hpp"

namespace octocal::study {

/// quantize() for RewriteForm::kEveryOp: TensorFlow Lite's int8 (quant/op_by_op.hpp). Of the settings' schemes it takes
/// none but the showers. Warns of ops that stay in float32. Errors: bad_input for
/// layers that are to stay in float32; as quantize().
Quantization quantize_every_op(const QuantizationSettings& settings);

}  // namespace octocal::study
