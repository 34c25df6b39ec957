// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/model/convolution_geometry.hpp"

namespace octocal::quant {

/// What the weights of one output channel of a Conv or ConvTranspose are multiplied with at an output pixel: a row of
/// (input channels, taps) numbers, taps in the order of the weight's kernel, zero where a tap meets no input pixel.
class InputRows {
 public:
  /// Precondition: one group.
  explicit InputRows(const model::ConvolutionGeometry& geometry);

  std::size_t size() const noexcept { return channels_ * taps_; }  ///< of a row
  std::size_t pixels() const noexcept { return pixels_; }          ///< of the output
  std::size_t cells() const noexcept { return cells_; }            ///< of one channel of the input

  /// The row of output pixel `pixel` (C order) from one shower's input (channels, cells). Thread-safe.
  void gather(std::span<const float> input, std::size_t pixel, std::span<float> row) const;

 private:
  /// The input pixel that a tap meets at an output pixel, -1 for none.
  std::int64_t met(std::size_t pixel, std::size_t tap) const;

  model::ConvolutionGeometry geometry_;
  std::size_t channels_, taps_, pixels_, cells_;
};

/// Weights from their tensor to rows of an output channel, (outputs, inputs), and back: the order is the same for Conv,
/// while a ConvTranspose has its input channels first.
template <typename T>
std::vector<T> weight_rows(const model::ConvolutionGeometry& geometry, std::span<const T> weight, bool back = false) {
  if (!geometry.transposed) return {weight.begin(), weight.end()};
  const auto inputs = static_cast<std::size_t>(geometry.input_channels);
  const auto outputs = static_cast<std::size_t>(geometry.output_channels);
  const std::size_t taps = weight.size() / (inputs * outputs);
  std::vector<T> result(weight.size());
  for (std::size_t i = 0; i < inputs; ++i)
    for (std::size_t o = 0; o < outputs; ++o)
      for (std::size_t t = 0; t < taps; ++t) {
        const std::size_t tensor = (i * outputs + o) * taps + t;
        const std::size_t row = (o * inputs + i) * taps + t;
        result[back ? tensor : row] = weight[back ? row : tensor];
      }
  return result;
}

}  // namespace octocal::quant
