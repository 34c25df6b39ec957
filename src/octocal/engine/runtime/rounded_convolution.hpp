// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/runtime/step.hpp"

namespace octocal::engine {

/// A convolution whose source is of 16-bit floats, in float32 arithmetic: the source is widened (exact), oneDNN's
/// float32 convolution runs, a destination of 16 bits is rounded half to even. The definition of the two precisions to
/// the order of the sums (docs/precision.md); the same on every processor that has the same float32 kernel.
/// Errors: as onednn_convolution().
std::unique_ptr<Step> rounded_convolution(const ConvolutionSpec& spec);

}  // namespace octocal::engine
