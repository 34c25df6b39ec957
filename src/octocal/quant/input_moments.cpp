// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/input_moments.hpp"

#include <algorithm>

#include "octocal/base/expect.hpp"
#include "octocal/base/parallel_jobs.hpp"
#include "octocal/engine/matrix_product.hpp"

namespace octocal::quant {
namespace {

// Rows of a tile of products: small enough that threads share out a layer of a few hundred inputs.
constexpr std::size_t kTile = 128;

}  // namespace

InputMomentSums::InputMomentSums(std::size_t inputs) : inputs_(inputs), products_(inputs * inputs, 0) {}

void InputMomentSums::add(std::span<const float> rows, int threads) {
  OCTOCAL_EXPECT(rows.size() % inputs_ == 0);
  const std::size_t tiles = (inputs_ + kTile - 1) / kTile;
  for (std::size_t first = 0; first < rows.size() / inputs_; first += kChunk) {
    const std::size_t count = std::min(kChunk, rows.size() / inputs_ - first);
    const float* chunk = rows.data() + first * inputs_;
    parallel_jobs(tiles, threads, [&](std::size_t tile) {
      const std::size_t begin = tile * kTile;
      const std::size_t end = std::min(begin + kTile, inputs_);
      engine::multiply(end - begin, end, count, {chunk + begin, inputs_, true}, {chunk, inputs_},
                       products_.data() + begin * inputs_, inputs_, true);
    });
    count_ += count;
  }
}

InputMoments InputMomentSums::moments() const {
  OCTOCAL_EXPECT(count_ > 0);
  const auto n = static_cast<double>(count_);
  InputMoments moments{inputs_, std::vector<float>(inputs_ * inputs_)};
  for (std::size_t i = 0; i < inputs_; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      const double product = static_cast<double>(products_[i * inputs_ + j]) / n;
      moments.products[i * inputs_ + j] = moments.products[j * inputs_ + i] = static_cast<float>(product);
    }
  return moments;
}

}  // namespace octocal::quant
