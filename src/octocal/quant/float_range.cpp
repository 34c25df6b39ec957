// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/float_range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"

namespace octocal::quant {
namespace {

// Half-way between the largest float16, 65504, and the next power of two: from here on rounded to infinity.
constexpr float kFloat16Overflow = 65520;

}  // namespace

void check_float16_range(const model::Graph& graph, const Structure& structure, const model::PrecisionPlan& plan,
                         const std::map<std::string, Range>& ranges, const std::string& origin) {
  const auto fail = [&](const Layer& layer, const char* what, float value) {
    throw bad_input(fmt::format(
        "{}: layer {}: {} of {:.4g} is infinite in float16 (it ends at 65504); keep the layer in float32 or "
        "bfloat16",
        origin, layer.name, what, value));
  };
  for (const auto& layer : structure.layers) {
    if (precision_of(plan, layer.name) != model::Precision::kFloat16) continue;
    for (const float weight : graph.constant(layer.weight)->as<float>())
      if (std::abs(weight) >= kFloat16Overflow) fail(layer, "a weight", weight);
    for (const auto& site : structure.sites) {
      const bool read = std::any_of(site.values.begin(), site.values.end(), [&](const auto& value) {
        return std::find(layer.sources.begin(), layer.sources.end(), value) != layer.sources.end();
      });
      const auto range = ranges.find(site.name);
      if (!read || range == ranges.end()) continue;
      const float largest =
          std::abs(range->second.low) > std::abs(range->second.high) ? range->second.low : range->second.high;
      if (std::abs(largest) >= kFloat16Overflow) fail(layer, "an input", largest);
    }
  }
}

}  // namespace octocal::quant
