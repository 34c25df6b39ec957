// SPDX-License-Identifier: Apache-2.0
// The trainer's kernels on every instruction set that the machine has, against sums in float64.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/train/kernels/complex_product.hpp"
#include "octocal/train/kernels/folded_transform.hpp"
#include "octocal/train/kernels/leaky_affine.hpp"
#include "octocal/train/kernels/panel_product.hpp"
#include "unit/train/capped_isa.hpp"

namespace octocal::train::kernels {
namespace {

constexpr std::size_t kRows = 13, kDepth = 9, kColumns = 112;  // 112 = 64 + 32 + 16: every width of panel
constexpr double kTolerance = 2e-5;

std::vector<float> noise(std::size_t count, std::uint64_t which) {
  std::vector<float> numbers(count);
  normals(which, Draw::kTraining, 0, numbers);
  return numbers;
}

/// a (rows, depth) times b (depth, columns), or added to or subtracted from c.
std::vector<float> product(Store store, Isa isa) {
  const auto a = noise(kRows * kDepth, 1), b = noise(kDepth * kColumns, 2);
  auto c = noise(kRows * kColumns, 3);
  multiply({kRows, kDepth, kColumns, a.data(), kDepth, 1, b.data(), kColumns, c.data(), kColumns, store}, isa);
  return c;
}

TEST(PanelProduct, EqualsSumsInFloat64OnEveryInstructionSet) {
  const auto a = noise(kRows * kDepth, 1), b = noise(kDepth * kColumns, 2), before = noise(kRows * kColumns, 3);
  for (const auto isa : usable_isas())
    for (const auto store : {Store::kOverwrite, Store::kNegate, Store::kAdd, Store::kSubtract}) {
      SCOPED_TRACE(::testing::Message() << isa_name(isa) << " store " << static_cast<int>(store));
      const auto c = product(store, isa);
      for (std::size_t r = 0; r < kRows; ++r)
        for (std::size_t j = 0; j < kColumns; ++j) {
          double sum = 0;
          for (std::size_t k = 0; k < kDepth; ++k)
            sum += static_cast<double>(a[r * kDepth + k]) * static_cast<double>(b[k * kColumns + j]);
          if (store == Store::kNegate || store == Store::kSubtract) sum = -sum;
          if (store == Store::kAdd || store == Store::kSubtract) sum += static_cast<double>(before[r * kColumns + j]);
          ASSERT_NEAR(c[r * kColumns + j], sum, kTolerance) << r << ' ' << j;
        }
    }
}

// Fused multiply-adds round once: where they run, some of 1,456 sums differ in their last bit.
TEST(PanelProduct, RunsWhatItIsAskedTo) {
  if (machine_isa() < Isa::kAvx2) GTEST_SKIP() << "only the plain code runs here";
  EXPECT_NE(product(Store::kOverwrite, Isa::kAvx2), product(Store::kOverwrite, Isa::kBaseline));
  if (machine_isa() >= Isa::kAvx512) {
    EXPECT_EQ(product(Store::kOverwrite, Isa::kAvx512), product(Store::kOverwrite, Isa::kAvx2));
  }
}

struct Complex {
  std::vector<float> parts;  ///< all real parts, then all imaginary parts
  std::complex<double> at(std::size_t i) const {
    return {static_cast<double>(parts[i]), static_cast<double>(parts[parts.size() / 2 + i])};
  }
};

/// Largest distance of c from a times b, or a times conj(b), in float64.
double worst(const Complex& a, const Complex& b, const std::vector<float>& c, bool conjugate) {
  const Complex made{c};
  double most = 0;
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t j = 0; j < kColumns; ++j) {
      std::complex<double> sum;
      for (std::size_t k = 0; k < kDepth; ++k) {
        const auto right = b.at(k * kColumns + j);
        sum += a.at(r * kDepth + k) * (conjugate ? std::conj(right) : right);
      }
      most = std::max(most, std::abs(made.at(r * kColumns + j) - sum));
    }
  return most;
}

TEST(ComplexProduct, EqualsSumsInFloat64OnEveryInstructionSet) {
  const Complex a{noise(2 * kRows * kDepth, 1)}, b{noise(2 * kDepth * kColumns, 2)};
  for (const auto isa : usable_isas())
    for (const bool conjugate : {false, true}) {
      std::vector<float> c(2 * kRows * kColumns);
      multiply_complex(
          ComplexProduct{kRows, kDepth, kColumns, a.parts.data(), kDepth, 1, kRows * kDepth, b.parts.data(), kColumns,
                         kDepth * kColumns, c.data(), kColumns, kRows * kColumns, conjugate},
          isa);
      EXPECT_LT(worst(a, b, c, conjugate), kTolerance) << isa_name(isa) << (conjugate ? " conjugate" : "");
    }
}

/// Numbers that bfloat16 holds exactly, and the words that hold them: the real part in the low half.
std::vector<std::uint32_t> to_words(Complex& numbers) {
  const auto cut = [](float& value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    bits &= 0xFFFF0000U;
    std::memcpy(&value, &bits, sizeof(bits));
    return bits;
  };
  const auto count = numbers.parts.size() / 2;
  std::vector<std::uint32_t> words(count);
  for (std::size_t i = 0; i < count; ++i) words[i] = (cut(numbers.parts[i]) >> 16) | cut(numbers.parts[count + i]);
  return words;
}

TEST(ComplexProductBf16, EqualsSumsInFloat64OnEveryInstructionSet) {
  Complex a{noise(2 * kRows * kDepth, 1)}, b{noise(2 * kDepth * kColumns, 2)};
  const auto left = to_words(a), right = to_words(b);
  for (const auto isa : usable_isas())
    for (const bool conjugate : {false, true}) {
      std::vector<float> c(2 * kRows * kColumns);
      multiply_complex(ComplexProductBf16{kRows, kDepth, kColumns, left.data(), kDepth, 1, right.data(), kColumns,
                                          c.data(), kColumns, kRows * kColumns, conjugate},
                       isa);
      EXPECT_LT(worst(a, b, c, conjugate), kTolerance) << isa_name(isa) << (conjugate ? " conjugate" : "");
    }
}

constexpr std::size_t kLength = 11, kPixels = 6, kChannels = 80;  // 80: a whole block of columns and a rest

/// Place of pixel h: FoldedTransform's convention.
double place(std::size_t h) { return static_cast<double>(h) - (static_cast<double>(kPixels) - 1) / 2; }

std::complex<double> wave(std::size_t frequency, std::size_t pixel) {
  return std::polar(1.0, -2 * std::acos(-1.0) * static_cast<double>(frequency) * place(pixel) / kLength);
}

/// S[l] for l = 0 .. L - 1, where l and l - L are the same frequency and the one nearer to zero is meant.
std::complex<double> signed_wave(std::size_t l, std::size_t pixel) {
  return l <= kLength / 2 ? wave(l, pixel) : std::conj(wave(kLength - l, pixel));
}

TEST(FoldedTransform, EqualsTheFourierSumOnEveryInstructionSet) {
  const auto image = noise(kPixels * kChannels, 5);
  const Complex rows{noise(2 * kPixels * kChannels, 6)};
  for (const auto isa : usable_isas()) {
    SCOPED_TRACE(isa_name(isa));
    const FoldedTransform transform(kLength, kPixels, 0, kPixels, isa);
    std::vector<float> scratch(transform.scratch());

    const auto half = transform.half();
    Complex made{std::vector<float>(2 * half * kChannels)};
    transform.rows_forward(image.data(), kChannels, kChannels, made.parts.data(), kChannels,
                           static_cast<std::ptrdiff_t>(half * kChannels), scratch.data());
    for (std::size_t k = 0; k < half; ++k)
      for (std::size_t c = 0; c < kChannels; ++c) {
        std::complex<double> sum;
        for (std::size_t h = 0; h < kPixels; ++h) sum += static_cast<double>(image[h * kChannels + c]) * wave(k, h);
        ASSERT_LT(std::abs(made.at(k * kChannels + c) - sum), kTolerance) << k << ' ' << c;
      }
    std::vector<float> back(image.size());
    transform.rows_backward(made.parts.data(), kChannels, static_cast<std::ptrdiff_t>(half * kChannels), kChannels,
                            back.data(), kChannels, scratch.data());
    for (std::size_t i = 0; i < back.size(); ++i) ASSERT_NEAR(back[i] * kLength, image[i], kTolerance) << i;

    Complex columns{std::vector<float>(2 * kLength * kChannels)};
    transform.columns_forward(rows.parts.data(), kChannels, kPixels * kChannels, kChannels, columns.parts.data(),
                              kChannels, kLength * kChannels, scratch.data());
    std::vector<std::uint32_t> words(kLength * kChannels);
    transform.columns_forward(rows.parts.data(), kChannels, kPixels * kChannels, kChannels, words.data(), kChannels,
                              scratch.data());
    for (std::size_t l = 0; l < kLength; ++l)
      for (std::size_t c = 0; c < kChannels; ++c) {
        std::complex<double> sum;
        for (std::size_t w = 0; w < kPixels; ++w) sum += rows.at(w * kChannels + c) * signed_wave(l, w);
        ASSERT_LT(std::abs(columns.at(l * kChannels + c) - sum), kTolerance) << l << ' ' << c;
        float real = 0;
        const std::uint32_t bits = words[l * kChannels + c] << 16;
        std::memcpy(&real, &bits, sizeof(real));
        ASSERT_NEAR(real, sum.real(), 5e-3 * std::max(1.0, std::abs(sum))) << l << ' ' << c;
      }
    Complex again{std::vector<float>(2 * kPixels * kChannels)};
    transform.columns_backward(columns.parts.data(), kChannels, kLength * kChannels, kChannels, again.parts.data(),
                               kChannels, kPixels * kChannels, scratch.data());
    for (std::size_t i = 0; i < kPixels * kChannels; ++i)
      ASSERT_LT(std::abs(again.at(i) / static_cast<double>(kLength) - rows.at(i)), kTolerance) << i;
  }
}

TEST(LeakyAffineKernel, EqualsItsFormulaOnEveryInstructionSet) {
  constexpr std::size_t kPoints = 5, kWidth = 37;
  constexpr float kSlope = 0.3F;
  const auto image = noise(kPoints * kWidth, 7), gradient = noise(kPoints * kWidth, 8), scale = noise(kWidth, 9),
             shift = noise(kWidth, 10);
  for (const auto isa : usable_isas()) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<float> out(image.size()), image_gradient(image.size());
    std::vector<float> scale_gradient(kWidth, 1), shift_gradient(kWidth, 2);
    epilogue_forward(image.data(), kPoints, kWidth, scale.data(), shift.data(), kSlope, out.data(), isa);
    epilogue_backward(image.data(), gradient.data(), kPoints, kWidth, scale.data(), kSlope, image_gradient.data(),
                      scale_gradient.data(), shift_gradient.data(), isa);
    for (std::size_t c = 0; c < kWidth; ++c) {
      double for_scale = 1, for_shift = 2;
      for (std::size_t p = 0; p < kPoints; ++p) {
        const auto i = p * kWidth + c;
        const double factor = image[i] < 0 ? static_cast<double>(kSlope) : 1;
        const double active = factor * static_cast<double>(image[i]);
        EXPECT_NEAR(out[i], active * static_cast<double>(scale[c]) + static_cast<double>(shift[c]), 1e-6);
        EXPECT_NEAR(image_gradient[i], static_cast<double>(gradient[i] * scale[c]) * factor, 1e-6);
        for_scale += static_cast<double>(gradient[i]) * active;
        for_shift += static_cast<double>(gradient[i]);
      }
      EXPECT_NEAR(scale_gradient[c], for_scale, 1e-5);
      EXPECT_NEAR(shift_gradient[c], for_shift, 1e-5);
    }
  }
}

}  // namespace
}  // namespace octocal::train::kernels
