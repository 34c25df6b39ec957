// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/convolution_points.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "octocal/base/aligned_buffer.hpp"
#include "octocal/base/machine.hpp"

namespace octocal::engine {
namespace {

/// Sizes along y and x differ, so that a mixed-up axis shows.
struct PointsCase {
  std::int64_t in, out, kernel_y, kernel_x, rows, columns, stride, pad;
  bool transposed = false;
  int largest_weight = 127;
};

ConvolutionSpec::Axis axis_of(const PointsCase& c, std::int64_t size, std::int64_t kernel) {
  const std::int64_t output =
      c.transposed ? (size - 1) * c.stride + kernel - 2 * c.pad : (size + 2 * c.pad - kernel) / c.stride + 1;
  return {size, output, kernel, c.stride, 1, c.pad};
}

ConvolutionSpec spec_of(const PointsCase& c, Element source, int zero_point, std::mt19937& random) {
  ConvolutionSpec spec;
  spec.transposed = c.transposed;
  spec.input_channels = c.in;
  spec.output_channels = c.out;
  spec.y = axis_of(c, c.rows, c.kernel_y);
  spec.x = axis_of(c, c.columns, c.kernel_x);
  spec.source_element = source;
  spec.source_zero_point = zero_point;
  spec.scale.assign(static_cast<std::size_t>(c.out), 1.0F);
  // Many at the ends: what can overflow does.
  std::uniform_int_distribution<int> weight(-c.largest_weight, c.largest_weight);
  for (std::int64_t i = 0; i < c.out * c.in * c.kernel_y * c.kernel_x; ++i)
    spec.weights_integer.push_back(static_cast<std::int16_t>(i % 3 == 0  ? weight(random)
                                                             : i % 7 < 5 ? c.largest_weight
                                                                         : -c.largest_weight));
  return spec;
}

/// sum q w over the taps inside the image, and sum (q - zero point) w of a u16 source, by the definition.
std::vector<std::int64_t> by_definition(const ConvolutionSpec& spec, const std::vector<std::uint16_t>& source) {
  std::vector<std::int64_t> result;
  const auto meets = [&](const ConvolutionSpec::Axis& axis, std::int64_t out, std::int64_t k, std::int64_t& in) {
    if (!spec.transposed) {
      in = out * axis.stride - axis.pad_begin + k;
    } else {
      const std::int64_t from = out + axis.pad_begin - k;
      if (from % axis.stride != 0) return false;
      in = from / axis.stride;
    }
    return in >= 0 && in < axis.input;
  };
  for (std::int64_t y = 0; y < spec.y.output; ++y)
    for (std::int64_t x = 0; x < spec.x.output; ++x)
      for (std::int64_t o = 0; o < spec.output_channels; ++o) {
        std::int64_t sum = 0, iy = 0, ix = 0;
        for (std::int64_t ky = 0; ky < spec.y.kernel; ++ky)
          for (std::int64_t kx = 0; kx < spec.x.kernel; ++kx) {
            if (!meets(spec.y, y, ky, iy) || !meets(spec.x, x, kx, ix)) continue;
            for (std::int64_t i = 0; i < spec.input_channels; ++i) {
              const auto weight = ((o * spec.input_channels + i) * spec.y.kernel + ky) * spec.x.kernel + kx;
              const auto pixel = iy * spec.x.input + ix;
              const std::int64_t q = source[static_cast<std::size_t>(pixel * spec.input_channels + i)];
              sum += (q - spec.source_zero_point) * spec.weights_integer[static_cast<std::size_t>(weight)];
            }
          }
        result.push_back(sum);
      }
  return result;
}

template <typename Stored>
std::vector<Stored> run(const ConvolutionPoints& convolution, const std::vector<std::uint16_t>& source,
                        std::size_t outputs) {
  AlignedBuffer<std::byte> scratch(convolution.scratch_bytes());
  std::vector<Stored> made(outputs);
  std::vector<std::uint8_t> bytes(source.begin(), source.end());
  const void* from = convolution.spec().source_element == Element::kUint8 ? static_cast<const void*>(bytes.data())
                                                                          : static_cast<const void*>(source.data());
  convolution.run(static_cast<const std::byte*>(from), reinterpret_cast<std::byte*>(made.data()), scratch.data());
  return made;
}

std::vector<std::uint16_t> source_of(const ConvolutionSpec& spec, int most, std::mt19937& random) {
  std::vector<std::uint16_t> source(static_cast<std::size_t>(spec.y.input * spec.x.input * spec.input_channels));
  std::uniform_int_distribution<int> number(0, most);
  for (std::size_t i = 0; i < source.size(); ++i)
    source[i] = static_cast<std::uint16_t>(i % 5 == 0 ? number(random) : i % 2 == 0 ? most : 0);
  return source;
}

constexpr std::array<Isa, 4> kIsas = {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni};
constexpr std::array<Filter, 3> kFilters = {Filter::kDirect, Filter::kNested, Filter::kToom};

class ConvolutionPointsOf : public ::testing::TestWithParam<PointsCase> {};

TEST_P(ConvolutionPointsOf, BytesAddUpExactlyWithEveryFilterOnEveryInstructionSet) {
  std::mt19937 random(4);
  const auto spec = spec_of(GetParam(), Element::kUint8, 0, random);
  const auto source = source_of(spec, 255, random);
  std::vector<float> expected;
  for (const std::int64_t sum : by_definition(spec, source)) expected.push_back(static_cast<float>(sum));
  for (const Isa isa : kIsas)
    for (const Filter filter : kFilters) {
      if (machine_isa() < isa) continue;
      const ConvolutionPoints convolution(spec, isa, filter);
      EXPECT_EQ(run<float>(convolution, source, expected.size()), expected) << convolution.kernel_name();
    }
}

TEST_P(ConvolutionPointsOf, SixteenBitsAddUpExactlyWithEveryFilterOnEveryInstructionSet) {
  std::mt19937 random(5);
  for (const int zero_point : {0, 40001, 65535}) {
    const auto spec = spec_of(GetParam(), Element::kUint16, zero_point, random);
    if (!ConvolutionPoints::can_run(spec)) continue;
    const auto source = source_of(spec, 65535, random);
    std::vector<float> expected;
    for (const std::int64_t sum : by_definition(spec, source)) expected.push_back(static_cast<float>(sum));
    for (const Isa isa : kIsas)
      for (const Filter filter : kFilters) {
        if (machine_isa() < isa) continue;
        const ConvolutionPoints convolution(spec, isa, filter);
        EXPECT_EQ(run<float>(convolution, source, expected.size()), expected)
            << convolution.kernel_name() << ", zero point " << zero_point;
      }
  }
}

// Channels, kernel, size, stride, padding: odd ones, patches that are cut, kernels of every number of blocks, more
// channels than a kernel has, weights of 9 bits and of 12.
INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionPointsOf,
                         ::testing::Values(PointsCase{16, 5, 3, 3, 7, 9, 1, 1}, PointsCase{17, 33, 8, 5, 9, 12, 1, 4},
                                           PointsCase{15, 6, 4, 2, 14, 8, 1, 2}, PointsCase{20, 49, 3, 1, 11, 6, 1, 0},
                                           PointsCase{16, 9, 1, 1, 5, 4, 1, 0}, PointsCase{33, 16, 2, 7, 3, 10, 1, 3},
                                           PointsCase{24, 12, 5, 5, 4, 4, 1, 2}, PointsCase{5, 7, 3, 3, 6, 5, 1, 1},
                                           PointsCase{18, 8, 5, 3, 11, 9, 2, 2},
                                           PointsCase{16, 17, 5, 4, 5, 6, 2, 1, true},
                                           PointsCase{19, 8, 2, 3, 6, 4, 3, 0, true},
                                           PointsCase{32, 4, 3, 3, 5, 5, 1, 1, false, 255},
                                           PointsCase{16, 4, 3, 5, 5, 6, 1, 1, false, 2047}));

TEST(ConvolutionPoints, AddUpExactlyInBandsOfWhichTheLastBeginsEarlier) {
  std::mt19937 random(6);
  const PointsCase large{64, 3, 3, 3, 66, 50, 1, 1};
  for (const Element element : {Element::kUint8, Element::kUint16}) {
    const auto spec = spec_of(large, element, element == Element::kUint8 ? 0 : 1234, random);
    const auto source = source_of(spec, element == Element::kUint8 ? 255 : 65535, random);
    std::vector<float> expected;
    for (const std::int64_t sum : by_definition(spec, source)) expected.push_back(static_cast<float>(sum));
    const ConvolutionPoints convolution(spec, machine_isa(), Filter::kToom);
    EXPECT_GT(convolution.bands(), 1);
    EXPECT_EQ(run<float>(convolution, source, expected.size()), expected) << name_of(Filter::kToom);
  }
}

TEST(ConvolutionPoints, FinishesAsTheFormulaSays) {
  // Rounding of ties and both ends, by hand: 16 channels of one, sums 0 to 255 * 16.
  for (const Isa isa : kIsas)
    for (const Filter filter : kFilters) {
      if (machine_isa() < isa) continue;
      ConvolutionSpec spec;
      spec.input_channels = 16;
      spec.output_channels = 5;
      spec.y = spec.x = {6, 6, 1, 1, 1, 0};
      spec.source_element = spec.destination_element = Element::kUint8;
      spec.weights_integer.assign(80, 1);
      for (int i = 0; i < 16; ++i) spec.weights_integer[static_cast<std::size_t>(16 + i)] = -1;
      spec.scale = {0.5F, 0.5F, 0.25F, 1.0F, std::nanf("")};
      spec.offset = {0.0F, 3.0F, 0.0F, -8.0F, 0.0F};
      spec.post_ops = {{false, 0.25F, {}, {}}, {true, 0, {1, 1, 2, 1, 1}, {0.0F, 2.0F, 1.0F, 10.0F, 0.0F}}};
      std::vector<std::uint16_t> source(36 * 16, 0);
      const std::array<int, 36> sums = {0, 1, 2, 3, 5, 7, 9, 508, 509, 510, 511, 512};
      for (std::size_t p = 0; p < 36; ++p)
        for (int left = sums[p], c = 0; left > 0; left -= 255, ++c)
          source[p * 16 + static_cast<std::size_t>(c)] = static_cast<std::uint16_t>(std::min(left, 255));
      const auto made = run<std::uint8_t>(ConvolutionPoints(spec, isa, filter), source, 36 * 5);
      // sum 0: 0 | 3 + 2 | 1 | -8 / 4 + 10 | not a number
      // sum 1: 0.5 to even | 2.5 + 2 = 4.5 to even | 1.5 to even | -7 / 4 + 10 = 8.25
      // sum 5: 2.5 | 0.5 + 2 = 2.5 | 3.5 | -3 / 4 + 10 = 9.25; sum 9: 4.5 | -1.5 / 4 + 2 = 1.625 | 5.5 | 11
      // sum 509: 254.5 | -251.5 / 4 + 2 < 0 | 255.5 | 511; sum 511: 255.5 | ...
      const auto pixel = [&](std::size_t p) {
        const auto* at = made.data() + p * 5;
        return std::vector<int>(at, at + 5);
      };
      const std::string what = ConvolutionPoints(spec, isa, filter).kernel_name();
      EXPECT_EQ(pixel(0), (std::vector<int>{0, 5, 1, 8, 0})) << what;
      EXPECT_EQ(pixel(1), (std::vector<int>{0, 4, 2, 8, 0})) << what;
      EXPECT_EQ(pixel(4), (std::vector<int>{2, 2, 4, 9, 0})) << what;
      EXPECT_EQ(pixel(6), (std::vector<int>{4, 2, 6, 11, 0})) << what;
      EXPECT_EQ(pixel(8), (std::vector<int>{254, 0, 255, 255, 0})) << what;
      EXPECT_EQ(pixel(10), (std::vector<int>{255, 0, 255, 255, 0})) << what;
    }
}

TEST(ConvolutionPoints, MultiplyLessWhereItPays) {
  std::mt19937 random(1);
  const auto kernel = [&](const PointsCase& c) {
    const ConvolutionPoints convolution(spec_of(c, Element::kUint8, 0, random), Isa::kAvx2);
    EXPECT_LE(convolution.cost(), convolution.direct_cost());
    return convolution.kernel_name();
  };
  if (machine_isa() < Isa::kAvx2) GTEST_SKIP() << "no AVX2";
  EXPECT_EQ(kernel({64, 64, 8, 8, 30, 30, 1, 3}), "own:convolution_integer avx2 nested");
  EXPECT_EQ(kernel({32, 32, 3, 3, 25, 25, 1, 1}), "own:convolution_integer avx2 toom");
  EXPECT_EQ(kernel({48, 117, 1, 1, 25, 25, 1, 0}), "own:convolution_integer avx2");
  // Weights whose sums 26 bits do not hold.
  EXPECT_NE(kernel({1024, 16, 3, 3, 16, 16, 1, 1}), "own:convolution_integer avx2 toom");
}

}  // namespace
}  // namespace octocal::engine
