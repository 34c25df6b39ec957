// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace octocal::quant {

/// Second moments of what a layer's weights are multiplied with: for each output pixel a row of `inputs` numbers, one
/// for each weight of an output channel.
struct InputMoments {
  std::size_t inputs = 0;       ///< weights of an output channel
  std::vector<float> products;  ///< (inputs, inputs): mean of x[i] x[j]
};

/// Adds up InputMoments, row by row.
class InputMomentSums {
 public:
  /// Rows of a chunk: enough for fast products.
  static constexpr std::size_t kChunk = 512;

  /// No rows yet.
  explicit InputMomentSums(std::size_t inputs);

  /// `rows` is (n, inputs). What comes out does not depend on the number of threads, bit by bit.
  void add(std::span<const float> rows, int threads);

  /// Of all rows so far, at least one.
  InputMoments moments() const;

 private:
  std::size_t inputs_;
  std::size_t count_ = 0;
  std::vector<float> products_;  // lower triangle in tiles
};

}  // namespace octocal::quant
