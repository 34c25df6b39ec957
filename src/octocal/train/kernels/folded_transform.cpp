// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/kernels/folded_transform.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "octocal/train/kernels/panel_product.hpp"

namespace octocal::train::kernels {
namespace {

constexpr std::size_t kBlock = 64;  // columns at once: all of the scratch stays in the first cache

/// even = a + b, odd = a - b, each `columns` floats; nullptr: zeros.
[[gnu::always_inline]] inline void fold_body(const float* __restrict a, const float* __restrict b, std::size_t columns,
                                             float* __restrict even, float* __restrict odd) {
  if (a != nullptr && b != nullptr) {
    for (std::size_t c = 0; c < columns; ++c) {
      even[c] = a[c] + b[c];
      odd[c] = a[c] - b[c];
    }
  } else if (a != nullptr) {
    for (std::size_t c = 0; c < columns; ++c) even[c] = odd[c] = a[c];
  } else if (b != nullptr) {
    for (std::size_t c = 0; c < columns; ++c) {
      even[c] = b[c];
      odd[c] = -b[c];
    }
  } else {
    std::memset(even, 0, columns * sizeof(float));
    std::memset(odd, 0, columns * sizeof(float));
  }
}

/// a + b and a - b, either of them left out where nullptr.
[[gnu::always_inline]] inline void add_body(const float* __restrict a, const float* __restrict b, std::size_t columns,
                                            float* __restrict sum, float* __restrict difference) {
  if (sum != nullptr)
    for (std::size_t c = 0; c < columns; ++c) sum[c] = a[c] + b[c];
  if (difference != nullptr)
    for (std::size_t c = 0; c < columns; ++c) difference[c] = a[c] - b[c];
}

/// Nearest bfloat16, halves to even, as the upper half of a float's bits.
[[gnu::always_inline]] inline std::uint32_t rounded_bits(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits + 0x7FFFU + ((bits >> 16) & 1U);
}

/// Pairs of (a + b, c - d) for the frequency and (a - b, c + d) for its opposite.
[[gnu::always_inline]] inline void pack_body(const float* __restrict a, const float* __restrict b,
                                             const float* __restrict c, const float* __restrict d, std::size_t columns,
                                             std::uint32_t* __restrict plus, std::uint32_t* __restrict minus) {
  for (std::size_t i = 0; i < columns; ++i)
    plus[i] = (rounded_bits(a[i] + b[i]) >> 16) | (rounded_bits(c[i] - d[i]) & 0xFFFF0000U);
  if (minus != nullptr)
    for (std::size_t i = 0; i < columns; ++i)
      minus[i] = (rounded_bits(a[i] - b[i]) >> 16) | (rounded_bits(c[i] + d[i]) & 0xFFFF0000U);
}

#if defined(__x86_64__)
[[gnu::target("avx512f")]] void fold_avx512(const float* a, const float* b, std::size_t columns, float* even,
                                            float* odd) {
  fold_body(a, b, columns, even, odd);
}
[[gnu::target("avx512f")]] void add_avx512(const float* a, const float* b, std::size_t columns, float* sum,
                                           float* difference) {
  add_body(a, b, columns, sum, difference);
}
[[gnu::target("avx512f")]] void pack_avx512(const float* a, const float* b, const float* c, const float* d,
                                            std::size_t columns, std::uint32_t* plus, std::uint32_t* minus) {
  pack_body(a, b, c, d, columns, plus, minus);
}
#endif

void fold(const float* a, const float* b, std::size_t columns, float* even, float* odd, [[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return fold_avx512(a, b, columns, even, odd);
#endif
  fold_body(a, b, columns, even, odd);
}
void add(const float* a, const float* b, std::size_t columns, float* sum, float* difference, [[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return add_avx512(a, b, columns, sum, difference);
#endif
  add_body(a, b, columns, sum, difference);
}
void pack(const float* a, const float* b, const float* c, const float* d, std::size_t columns, std::uint32_t* plus,
          std::uint32_t* minus, [[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return pack_avx512(a, b, c, d, columns, plus, minus);
#endif
  pack_body(a, b, c, d, columns, plus, minus);
}

void product(const std::vector<float>& table, std::size_t rows, std::size_t depth, const float* b, std::size_t columns,
             float* c, Isa isa) {
  const auto width = static_cast<std::ptrdiff_t>(columns);
  multiply({rows, depth, columns, table.data(), static_cast<std::ptrdiff_t>(depth), 1, b, width, c, width,
            Store::kOverwrite},
           isa);
}

}  // namespace

FoldedTransform::FoldedTransform(std::size_t length, std::size_t grid, std::size_t first, std::size_t count, Isa isa)
    : length_(length), grid_(grid), first_(first), count_(count), isa_(isa), pairs_((grid + 1) / 2) {
  for (auto* table : {&cosines_, &sines_, &row_cosines_, &row_sines_, &column_cosines_, &column_sines_})
    table->resize(half() * pairs_);
  const double square = static_cast<double>(length * length);
  for (std::size_t k = 0; k < half(); ++k)
    for (std::size_t j = 0; j < pairs_; ++j) {
      // Twice the place is an integer: the angle is reduced exactly.
      const std::size_t twice_place = 2 * j + (grid % 2 == 0 ? 1 : 0);
      const double turns = static_cast<double>(k * twice_place % (2 * length)) / static_cast<double>(2 * length);
      const double cosine = std::cos(2 * std::numbers::pi * turns);
      const double sine = std::sin(2 * std::numbers::pi * turns);
      const double middle = twice_place == 0 ? 0.5 : 1;  // the pixel at the origin is its own opposite
      cosines_[k * pairs_ + j] = static_cast<float>(middle * cosine);
      sines_[k * pairs_ + j] = static_cast<float>(sine);
      const double copies = (k == 0 ? 1 : 2) / square;
      row_cosines_[j * half() + k] = static_cast<float>(copies * cosine);
      row_sines_[j * half() + k] = static_cast<float>(copies * sine);
      column_cosines_[j * half() + k] = static_cast<float>((k == 0 ? 0.5 : 1) * cosine);  // S[0] is added to itself
      column_sines_[j * half() + k] = static_cast<float>(sine);
    }
}

std::size_t FoldedTransform::scratch() const noexcept { return 4 * (pairs_ + half()) * kBlock; }

void FoldedTransform::rows_forward(const float* image, std::ptrdiff_t row_stride, std::size_t columns, float* out,
                                   std::ptrdiff_t k_stride, std::ptrdiff_t imaginary, float* scratch) const noexcept {
  const auto row = [&](std::size_t pixel) {
    return pixel >= first_ && pixel < first_ + count_ ? image + static_cast<std::ptrdiff_t>(pixel - first_) * row_stride
                                                      : nullptr;
  };
  for (std::size_t from = 0; from < columns; from += kBlock) {
    const auto width = std::min(kBlock, columns - from);
    float* even = scratch;
    float* odd = scratch + pairs_ * width;
    for (std::size_t j = 0; j < pairs_; ++j) {
      const float* plus = row(grid_ / 2 + j);
      const float* minus = row((grid_ - 1) / 2 - j);
      fold(plus == nullptr ? nullptr : plus + from, minus == nullptr ? nullptr : minus + from, width, even + j * width,
           odd + j * width, isa_);
    }
    const auto stride = static_cast<std::ptrdiff_t>(width);
    const auto depth = static_cast<std::ptrdiff_t>(pairs_);
    multiply({half(), pairs_, width, cosines_.data(), depth, 1, even, stride, out + from, k_stride, Store::kOverwrite},
             isa_);
    multiply(
        {half(), pairs_, width, sines_.data(), depth, 1, odd, stride, out + from + imaginary, k_stride, Store::kNegate},
        isa_);
  }
}

void FoldedTransform::rows_backward(const float* in, std::ptrdiff_t k_stride, std::ptrdiff_t imaginary,
                                    std::size_t columns, float* image, std::ptrdiff_t row_stride,
                                    float* scratch) const noexcept {
  const auto row = [&](std::size_t pixel) {
    return pixel >= first_ && pixel < first_ + count_ ? image + static_cast<std::ptrdiff_t>(pixel - first_) * row_stride
                                                      : nullptr;
  };
  for (std::size_t from = 0; from < columns; from += kBlock) {
    const auto width = std::min(kBlock, columns - from);
    float* even = scratch;
    float* odd = scratch + pairs_ * width;
    const auto stride = static_cast<std::ptrdiff_t>(width);
    const auto depth = static_cast<std::ptrdiff_t>(half());
    multiply(
        {pairs_, half(), width, row_cosines_.data(), depth, 1, in + from, k_stride, even, stride, Store::kOverwrite},
        isa_);
    multiply({pairs_, half(), width, row_sines_.data(), depth, 1, in + from + imaginary, k_stride, odd, stride,
              Store::kOverwrite},
             isa_);
    for (std::size_t j = 0; j < pairs_; ++j) {
      float* plus = row(grid_ / 2 + j);
      float* minus = row((grid_ - 1) / 2 - j);
      add(even + j * width, odd + j * width, width, minus == nullptr ? nullptr : minus + from,
          plus == nullptr ? nullptr : plus + from, isa_);
    }
  }
}

void FoldedTransform::columns_forward(const float* in, std::ptrdiff_t w_stride, std::ptrdiff_t in_imaginary,
                                      std::size_t columns, float* out, std::ptrdiff_t l_stride,
                                      std::ptrdiff_t out_imaginary, float* scratch) const noexcept {
  for (std::size_t from = 0; from < columns; from += kBlock) {
    const auto width = std::min(kBlock, columns - from);
    const auto folded = fold_columns(in + from, w_stride, in_imaginary, width, scratch);
    for (std::size_t l = 0; l < half(); ++l) {
      const float* cosine_part = folded.first + l * 2 * width;  // P | R
      const float* sine_part = folded.second + l * 2 * width;   // T | Q
      float* plus = out + static_cast<std::ptrdiff_t>(l) * l_stride + from;
      float* minus = l == 0 ? nullptr : out + static_cast<std::ptrdiff_t>(length_ - l) * l_stride + from;
      add(cosine_part, sine_part + width, width, plus, minus, isa_);
      add(cosine_part + width, sine_part, width, minus == nullptr ? nullptr : minus + out_imaginary,
          plus + out_imaginary, isa_);
    }
  }
}

void FoldedTransform::columns_forward(const float* in, std::ptrdiff_t w_stride, std::ptrdiff_t in_imaginary,
                                      std::size_t columns, std::uint32_t* out, std::ptrdiff_t l_stride,
                                      float* scratch) const noexcept {
  for (std::size_t from = 0; from < columns; from += kBlock) {
    const auto width = std::min(kBlock, columns - from);
    const auto folded = fold_columns(in + from, w_stride, in_imaginary, width, scratch);
    for (std::size_t l = 0; l < half(); ++l) {
      const float* cosine_part = folded.first + l * 2 * width;
      const float* sine_part = folded.second + l * 2 * width;
      pack(cosine_part, sine_part + width, cosine_part + width, sine_part, width,
           out + static_cast<std::ptrdiff_t>(l) * l_stride + from,
           l == 0 ? nullptr : out + static_cast<std::ptrdiff_t>(length_ - l) * l_stride + from, isa_);
    }
  }
}

/// Matrix products of the folded pixels: (sums with cosines, sums with sines), each (half, real | imaginary, width).
std::pair<const float*, const float*> FoldedTransform::fold_columns(const float* in, std::ptrdiff_t w_stride,
                                                                    std::ptrdiff_t in_imaginary, std::size_t width,
                                                                    float* scratch) const noexcept {
  float* even = scratch;
  float* odd = even + pairs_ * 2 * width;
  float* cosine_part = odd + pairs_ * 2 * width;
  float* sine_part = cosine_part + half() * 2 * width;
  const auto pixel = [&](std::size_t w) {
    return w >= first_ && w < first_ + count_ ? in + static_cast<std::ptrdiff_t>(w - first_) * w_stride : nullptr;
  };
  for (std::size_t j = 0; j < pairs_; ++j) {
    const float* plus = pixel(grid_ / 2 + j);
    const float* minus = pixel((grid_ - 1) / 2 - j);
    for (const std::ptrdiff_t part : {std::ptrdiff_t{0}, in_imaginary}) {
      const auto place = j * 2 * width + (part == 0 ? 0 : width);
      fold(plus == nullptr ? nullptr : plus + part, minus == nullptr ? nullptr : minus + part, width, even + place,
           odd + place, isa_);
    }
  }
  product(cosines_, half(), pairs_, even, 2 * width, cosine_part, isa_);
  product(sines_, half(), pairs_, odd, 2 * width, sine_part, isa_);
  return {cosine_part, sine_part};
}

void FoldedTransform::columns_backward(const float* in, std::ptrdiff_t l_stride, std::ptrdiff_t in_imaginary,
                                       std::size_t columns, float* out, std::ptrdiff_t w_stride,
                                       std::ptrdiff_t out_imaginary, float* scratch) const noexcept {
  for (std::size_t from = 0; from < columns; from += kBlock) {
    const auto width = std::min(kBlock, columns - from);
    float* even = scratch;
    float* odd = even + half() * 2 * width;
    float* cosine_part = odd + half() * 2 * width;
    float* sine_part = cosine_part + pairs_ * 2 * width;
    for (std::size_t l = 0; l < half(); ++l) {
      const float* plus = in + static_cast<std::ptrdiff_t>(l) * l_stride + from;
      const float* minus = in + static_cast<std::ptrdiff_t>(l == 0 ? 0 : length_ - l) * l_stride + from;
      fold(plus, minus, width, even + l * 2 * width, odd + l * 2 * width, isa_);
      fold(plus + in_imaginary, minus + in_imaginary, width, even + (2 * l + 1) * width, odd + (2 * l + 1) * width,
           isa_);
    }
    product(column_cosines_, pairs_, half(), even, 2 * width, cosine_part, isa_);
    product(column_sines_, pairs_, half(), odd, 2 * width, sine_part, isa_);
    const auto pixel = [&](std::size_t w) {
      return w >= first_ && w < first_ + count_ ? out + static_cast<std::ptrdiff_t>(w - first_) * w_stride + from
                                                : nullptr;
    };
    for (std::size_t j = 0; j < pairs_; ++j) {
      const float* cosine = cosine_part + j * 2 * width;
      const float* sine = sine_part + j * 2 * width;
      float* plus = pixel(grid_ / 2 + j);
      float* minus = pixel((grid_ - 1) / 2 - j);
      add(cosine, sine + width, width, minus, plus, isa_);
      add(cosine + width, sine, width, plus == nullptr ? nullptr : plus + out_imaginary,
          minus == nullptr ? nullptr : minus + out_imaginary, isa_);
    }
  }
}

}  // namespace octocal::train::kernels
