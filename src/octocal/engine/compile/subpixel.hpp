// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// A strided transposed convolution as plain convolutions: output pixels whose coordinates agree modulo the stride (a
/// phase) see the same kernel taps, so each phase is a convolution of its own, and no multiplication meets a zero
/// between the input's pixels.
struct SubpixelPhase {
  ConvolutionSpec convolution;  ///< not transposed, stride 1; its destination is a dense buffer of the phase
  PermuteSpec scatter;          ///< from that buffer to the phase's pixels of the whole output
};

/// Precondition: spec is transposed, of floats, without groups and dilation.
std::vector<SubpixelPhase> subpixel_phases(const ConvolutionSpec& spec);

}  // namespace octocal::engine
