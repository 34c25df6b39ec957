// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/scheme.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "octocal/base/expect.hpp"

namespace octocal::quant {
namespace {

/// Half to even whatever the thread's rounding mode: remainder() is exact and rounds its quotient half to even.
float round_half_even(float x) noexcept { return x - std::remainder(x, 1.0F); }

std::int32_t to_integer(float x, std::int32_t lowest, std::int32_t highest) noexcept {
  // Clamped as a float first: a float outside int32 has no integer.
  return static_cast<std::int32_t>(std::clamp(x, static_cast<float>(lowest), static_cast<float>(highest)));
}

}  // namespace

const char* name_of(ActivationScheme scheme) noexcept { return scheme == ActivationScheme::kU8 ? "u8" : "s8"; }

const char* name_of(Rounding rounding) noexcept { return rounding == Rounding::kNearest ? "nearest" : "learned"; }

const char* name_of(WeightScheme scheme) noexcept {
  return scheme == WeightScheme::kPerChannel ? "per-channel" : "per-tensor";
}

void Range::include(const Range& other) noexcept {
  if (other.empty()) return;
  *this = empty() ? other : Range{std::min(low, other.low), std::max(high, other.high)};
}

std::int32_t Grid::quantize(float x) const noexcept {
  // Clamped early, since an infinite quotient cannot be rounded; it saturates anyway.
  const float steps = std::clamp(x / scale, -1e6F, 1e6F);
  return to_integer(round_half_even(steps) + static_cast<float>(zero_point), lowest(), highest());
}

float Grid::dequantize(std::int32_t q) const noexcept { return static_cast<float>(q - zero_point) * scale; }

Grid activation_grid(Range range, ActivationScheme scheme, model::Precision precision) noexcept {
  OCTOCAL_EXPECT(model::is_integer(precision));
  OCTOCAL_EXPECT(std::isfinite(range.low) && std::isfinite(range.high));
  range.include({0, 0});
  const double low = static_cast<double>(range.low);
  const double high = static_cast<double>(range.high);
  const bool asymmetric = scheme == ActivationScheme::kU8;
  Grid grid;
  if (precision == model::Precision::kInt8)
    grid.type = asymmetric ? model::DataType::kUint8 : model::DataType::kInt8;
  else
    grid.type = asymmetric ? model::DataType::kUint16 : model::DataType::kInt16;
  const auto most = static_cast<double>(grid.highest());
  const auto scale = static_cast<float>(asymmetric ? (high - low) / most : std::max(-low, high) / most);
  if (scale < std::numeric_limits<float>::min()) return grid;  // no width: nothing but zero was seen
  grid.scale = scale;
  if (asymmetric) grid.zero_point = to_integer(round_half_even(-range.low / scale), 0, grid.highest());
  return grid;
}

QuantizedWeight quantize_weight(const model::Tensor& weight, std::int64_t axis, WeightScheme scheme,
                                model::Precision precision) {
  OCTOCAL_EXPECT(model::is_integer(precision));
  const std::int32_t most = (1 << (model::weight_bits(precision) - 1)) - 1;
  const auto numbers = weight.as<float>();
  OCTOCAL_EXPECT(std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); }));
  const auto channels = scheme == WeightScheme::kPerTensor
                            ? std::size_t{1}
                            : static_cast<std::size_t>(weight.shape[static_cast<std::size_t>(axis)]);
  std::size_t inner = 1;  // elements behind the channel axis: the channel changes every `inner` elements
  for (std::size_t a = static_cast<std::size_t>(axis) + 1; a < weight.shape.size(); ++a)
    inner *= static_cast<std::size_t>(weight.shape[a]);
  const auto channel = [&](std::size_t i) { return channels == 1 ? 0 : i / inner % channels; };

  QuantizedWeight quantized;
  quantized.axis = axis;
  quantized.scale.assign(channels, 0);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    quantized.scale[channel(i)] = std::max(quantized.scale[channel(i)], std::abs(numbers[i]));
  for (float& scale : quantized.scale) {
    scale /= static_cast<float>(most);
    if (scale < std::numeric_limits<float>::min()) scale = 1;
  }

  std::vector<std::int16_t> values(numbers.size());
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const float scale = quantized.scale[channel(i)];
    values[i] = static_cast<std::int16_t>(to_integer(round_half_even(numbers[i] / scale), -most, most));
    const double w = static_cast<double>(numbers[i]);
    const double error = w - static_cast<double>(values[i]) * static_cast<double>(scale);
    signal += w * w;
    noise += error * error;
  }
  if (precision == model::Precision::kInt16x12) {
    quantized.values = model::make_tensor(model::DataType::kInt16, weight.shape, std::span<const std::int16_t>(values));
  } else {
    const std::vector<std::int8_t> bytes(values.begin(), values.end());
    quantized.values = model::make_tensor(model::DataType::kInt8, weight.shape, std::span<const std::int8_t>(bytes));
  }
  quantized.sqnr_db = noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
  return quantized;
}

}  // namespace octocal::quant
