// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/convolution_integer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "octocal/base/aligned_buffer.hpp"
#include "octocal/base/machine.hpp"

namespace octocal::engine {
namespace {

struct IntegerCase {
  std::int64_t in, out, kernel, size, stride, pad;
  bool transposed = false, three_axes = false;
  int largest_weight = 127;
};

std::int64_t output_of(const IntegerCase& c) {
  return c.transposed ? (c.size - 1) * c.stride + c.kernel - 2 * c.pad : (c.size + 2 * c.pad - c.kernel) / c.stride + 1;
}

/// A convolution of 16-bit numbers with nothing behind it but a scale of one.
ConvolutionSpec spec_of(const IntegerCase& c, int zero_point, std::mt19937& random) {
  ConvolutionSpec spec;
  spec.transposed = c.transposed;
  spec.input_channels = c.in;
  spec.output_channels = c.out;
  const ConvolutionSpec::Axis axis{c.size, output_of(c), c.kernel, c.stride, 1, c.pad};
  if (c.three_axes) spec.z = axis;
  spec.y = spec.x = axis;
  spec.source_element = Element::kUint16;
  spec.source_zero_point = zero_point;
  spec.scale.assign(static_cast<std::size_t>(c.out), 1.0F);
  // Many at the ends, so that partial sums would leave int32 if they were not taken out of it in time.
  std::uniform_int_distribution<int> weight(-c.largest_weight, c.largest_weight);
  const auto taps = c.kernel * c.kernel * (c.three_axes ? c.kernel : 1);
  for (std::int64_t i = 0; i < c.out * c.in * taps; ++i)
    spec.weights_integer.push_back(static_cast<std::int16_t>(i % 3 == 0 ? weight(random) : c.largest_weight));
  return spec;
}

/// sum (q - zero point) w by the definition, tap by tap, in 64-bit integers.
std::vector<float> by_definition(const ConvolutionSpec& spec, const std::vector<std::uint16_t>& source) {
  std::vector<float> result;
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
  for (std::int64_t z = 0; z < spec.z.output; ++z)
    for (std::int64_t y = 0; y < spec.y.output; ++y)
      for (std::int64_t x = 0; x < spec.x.output; ++x)
        for (std::int64_t o = 0; o < spec.output_channels; ++o) {
          std::int64_t sum = 0, iz = 0, iy = 0, ix = 0;
          for (std::int64_t i = 0; i < spec.input_channels; ++i)
            for (std::int64_t kz = 0; kz < spec.z.kernel; ++kz)
              for (std::int64_t ky = 0; ky < spec.y.kernel; ++ky)
                for (std::int64_t kx = 0; kx < spec.x.kernel; ++kx) {
                  if (!meets(spec.z, z, kz, iz) || !meets(spec.y, y, ky, iy) || !meets(spec.x, x, kx, ix)) continue;
                  const auto plane = (o * spec.input_channels + i) * spec.z.kernel + kz;
                  const auto weight = (plane * spec.y.kernel + ky) * spec.x.kernel + kx;
                  const auto pixel = (iz * spec.y.input + iy) * spec.x.input + ix;
                  const std::int64_t q = source[static_cast<std::size_t>(pixel * spec.input_channels + i)];
                  sum += (q - spec.source_zero_point) * spec.weights_integer[static_cast<std::size_t>(weight)];
                }
          result.push_back(static_cast<float>(sum));
        }
  return result;
}

class ConvolutionInteger16 : public ::testing::TestWithParam<IntegerCase> {};

TEST_P(ConvolutionInteger16, AddsUpExactlyOnEveryInstructionSet) {
  std::mt19937 random(3);
  for (const int zero_point : {0, 1, 32768, 40001, 65535}) {
    const auto spec = spec_of(GetParam(), zero_point, random);
    std::vector<std::uint16_t> source(
        static_cast<std::size_t>(spec.z.input * spec.y.input * spec.x.input * spec.input_channels));
    std::uniform_int_distribution<int> number(0, 65535);
    for (std::size_t i = 0; i < source.size(); ++i)
      source[i] = static_cast<std::uint16_t>(i % 5 == 0 ? number(random) : i % 2 == 0 ? 65535 : 0);
    const auto expected = by_definition(spec, source);
    for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni}) {
      if (machine_isa() < isa) continue;
      const ConvolutionInteger convolution(spec, isa);
      AlignedBuffer<std::byte> scratch(convolution.scratch_bytes() + 64);
      std::vector<float> made(expected.size());
      convolution.run(reinterpret_cast<const std::byte*>(source.data()), reinterpret_cast<std::byte*>(made.data()),
                      scratch.data());
      EXPECT_EQ(made, expected) << isa_name(isa) << ", zero point " << zero_point;
    }
  }
}

// Channels, kernel, size, stride, padding: odd ones, rows shorter and longer than every tile, more taps than int32 holds
// sums of, weights of 9 bits (with a zero point of their own) and of 12.
INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionInteger16,
                         ::testing::Values(IntegerCase{1, 1, 1, 1, 1, 0}, IntegerCase{3, 5, 3, 7, 1, 1},
                                           IntegerCase{64, 33, 8, 9, 1, 4}, IntegerCase{5, 6, 4, 14, 1, 2},
                                           IntegerCase{8, 40, 3, 27, 1, 0}, IntegerCase{7, 9, 5, 11, 3, 2},
                                           IntegerCase{6, 17, 5, 5, 3, 1, true}, IntegerCase{2, 8, 2, 6, 3, 0, true},
                                           IntegerCase{3, 7, 3, 5, 1, 1, false, true},
                                           IntegerCase{4, 6, 3, 4, 2, 1, true, true},
                                           IntegerCase{70, 4, 3, 5, 1, 1, false, false, 255},
                                           IntegerCase{70, 4, 3, 5, 1, 1, false, false, 2047},
                                           IntegerCase{6, 6, 3, 9, 1, 1, false, true, 2047},
                                           IntegerCase{6, 17, 5, 5, 3, 1, true, false, 2047}));

TEST(TileKernel, IsTheOneWithLeastWorkForTheRow) {
  for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni})
    for (std::int64_t width = 1; width < 40; ++width)
      for (const std::int64_t channels : {1, 6, 8, 16, 25, 64}) {
        const auto& kernel = tile_kernel(isa, width, channels);
        EXPECT_LE(kernel.pixels, width);
        EXPECT_LE(kernel.pixels, kMostTilePixels);
        EXPECT_LE(kernel.channels, kMostTileChannels);
      }
  EXPECT_EQ(tile_kernel(Isa::kAvx512Vnni, 26, 64).channels, 32);
  EXPECT_EQ(tile_kernel(Isa::kAvx512Vnni, 26, 64).pixels, 13);
  EXPECT_EQ(tile_kernel(Isa::kAvx512Vnni, 9, 6).channels, 8);
  EXPECT_EQ(tile_kernel(Isa::kAvx512Vnni, 9, 6).pixels, 9);
}

}  // namespace
}  // namespace octocal::engine
