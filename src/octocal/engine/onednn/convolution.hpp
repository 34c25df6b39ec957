#pragma once
#include <memory>

#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/runtime/step.hpp"

namespace octocal::engine {

/// A convolution by oneDNN, batch 1, channels last, post-ops fused; see ConvolutionSpec. Transposed: int8 only (float32
/// runs as subpixel phases). Returns nullptr if oneDNN has nothing but its slow reference for an int8 spec. Errors:
/// run_failed naming the layer if oneDNN cannot do a float32 one at all.
std::unique_ptr<Step> onednn_convolution(const ConvolutionSpec& spec);

}  // namespace octocal::engine
