// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/model/precision_plan.hpp"

namespace octocal::quant {

/// How activations become integers (docs/quantization.md, "The numbers").
enum class ActivationScheme {
  kU8,  ///< uint8 (int16x8, int16x12: uint16) with a zero point: LeakyReLU's short negative side does not cost a sign bit
  kS8,  ///< int8 (int16) symmetric, the paper's sint8
};

/// How many scales a layer's weights have.
enum class WeightScheme {
  kPerChannel,  ///< a scale for each output channel
  kPerTensor,   ///< one scale for the tensor
};

/// How weights become integers.
enum class Rounding {
  kNearest,  ///< each to the nearest
  kLearned,  ///< so that a layer's sums change least (learned_rounding.hpp)
};

const char* name_of(Rounding rounding) noexcept;        ///< "nearest", "learned"
const char* name_of(ActivationScheme scheme) noexcept;  ///< "u8", "s8"
const char* name_of(WeightScheme scheme) noexcept;      ///< "per-channel", "per-tensor"

/// Smallest and largest value that was seen; empty when low > high.
struct Range {
  float low = 1;    ///< smallest value
  float high = -1;  ///< largest value

  bool empty() const noexcept { return low > high; }  ///< no value was seen
  /// Widens the range to hold `other`.
  void include(const Range& other) noexcept;
};

/// One grid of integers: x is stored as q = clamp(round_half_even(x / scale) + zero_point, lowest, highest) and read back as
/// (q - zero_point) * scale; division and multiplication in float32, as ONNX's QuantizeLinear has them.
struct Grid {
  model::DataType type = model::DataType::kUint8;  ///< uint8, int8, uint16 or int16
  float scale = 1;                                 ///< one step; positive
  std::int32_t zero_point = 0;                     ///< the q of x = 0

  /// Smallest and largest q of the type.
  std::int32_t lowest() const noexcept { return model::limits_of(type).first; }
  std::int32_t highest() const noexcept { return model::limits_of(type).second; }
  std::int32_t quantize(float x) const noexcept;    ///< q of x
  float dequantize(std::int32_t q) const noexcept;  ///< x of q
};

/// The grid for activations in `range`, which is first widened to hold zero, so that zero (padding, dead cells) is
/// exact.
///
///     u8: scale = (high - low) / 255, zero_point = clamp(round_half_even(-low / scale), 0, 255)
///     s8: scale = max(-low, high) / 127, zero_point = 0
///
/// In 16 bits (int16x8, int16x12) the same with 65535 for 255 and 32767 for 127.
///
/// A range without width gives scale 1 (everything is zero). Values within the range are off by at most one step at its
/// ends (where a rounded zero point clips half a step) and half a step elsewhere. Preconditions: finite range; a
/// precision of integers.
Grid activation_grid(Range range, ActivationScheme scheme,
                     model::Precision precision = model::Precision::kInt8) noexcept;

/// A weight in integers, symmetric, zero point 0: in int8 within [-127, 127], or in int16 (int16x12) within
/// [-2047, 2047].
///
///     most = 127 or 2047;  scale[c] = max |w[c]| / most;  q = clamp(round_half_even(w / scale[c]), -most, most)
///
/// A channel of zeros gets scale 1 and stays zeros.
struct QuantizedWeight {
  model::Tensor values;      ///< int8 or int16, the weight's shape
  std::int64_t axis = 0;     ///< axis of the output channels; without meaning when there is one scale
  std::vector<float> scale;  ///< one for each channel, or one
  double sqnr_db = 0;        ///< 10 log10(sum w^2 / sum (w - q scale)^2), +infinity if exact
};

/// Quantizes a float32 weight along `axis` (0 for Conv, 1 for ConvTranspose). Preconditions: finite values; a precision
/// of integers.
QuantizedWeight quantize_weight(const model::Tensor& weight, std::int64_t axis, WeightScheme scheme,
                                model::Precision precision = model::Precision::kInt8);

}  // namespace octocal::quant
