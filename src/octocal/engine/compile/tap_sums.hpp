// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Sums of a convolution's integer weights over the taps that fall inside the image, for each output pixel and channel:
/// what a source of ones would give. Near the border fewer taps are inside.
struct TapSums {
  std::vector<std::vector<std::int64_t>> distinct;  ///< sums over (oc), one entry for each kind of pixel
  std::vector<std::size_t> pixel;                   ///< (od * oh * ow): index into distinct
  bool same_everywhere = true;
};
TapSums sum_taps(const ConvolutionSpec& spec);

/// The kernel indices along one axis that meet the image for an output coordinate; with them the input coordinates
/// (of repeated cells where an axis has them).
struct Tap {
  std::int64_t kernel = 0, input = 0;
};
std::vector<Tap> taps_inside(const ConvolutionSpec::Axis& axis, bool transposed, std::int64_t output);

}  // namespace octocal::engine
