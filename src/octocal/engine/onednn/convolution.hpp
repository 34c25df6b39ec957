// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/runtime/step.hpp"

namespace octocal::engine {

/// A convolution by oneDNN, batch 1, channels last, post-ops fused; see ConvolutionSpec. Transposed: int8 only (float32
/// runs as subpixel phases). Returns nullptr for an int8 spec that oneDNN has no kernel with exact int8 arithmetic for
/// (VNNI, AMX): its reference is slow, its other kernels saturate; and for a bfloat16 spec without a kernel of
/// AVX512_BF16 or AMX. Those kernels take subnormal numbers for zero, and add up in another order than float32's.
/// Errors: run_failed naming the layer if oneDNN cannot do a float32 one at all.
std::unique_ptr<Step> onednn_convolution(const ConvolutionSpec& spec);

}  // namespace octocal::engine
