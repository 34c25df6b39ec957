// SPDX-License-Identifier: Apache-2.0
// The engine's own kernels: bytes moved, numbers quantized, tiles of the 16-bit convolution.
#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/engine/kernels/permute.hpp"
#include "octocal/engine/kernels/quantize.hpp"
#include "octocal/engine/kernels/tile_sums.hpp"

namespace {

using namespace octocal::engine;

/// A branch's image rotated back into the concat buffer: (x, y, z) from y, z, x.
void rotate_into_concat(benchmark::State& state, Element element) {
  PermuteSpec spec;
  spec.element = element;
  spec.dims = {1, 1, 1, 1, 1, 25, 25, 25};
  spec.source_strides = {0, 0, 0, 0, 0, 1, 625, 25};
  spec.destination_strides = {0, 0, 0, 0, 0, 1875, 75, 1};
  std::vector<std::byte> source(25 * 25 * 25 * 4);
  std::vector<std::byte> destination(25 * 25 * 75 * 4);
  for (auto step : state) {
    static_cast<void>(step);
    permute(spec, source.data(), destination.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * 25 * 25 * 25 * size_of(element)));
}
BENCHMARK_CAPTURE(rotate_into_concat, u8, Element::kUint8);
BENCHMARK_CAPTURE(rotate_into_concat, float32, Element::kFloat32);

void quantize(benchmark::State& state) {
  const std::vector<float> in(57600, 0.37F);
  std::vector<std::uint8_t> out(in.size());
  for (auto step : state) {
    static_cast<void>(step);
    quantize_u8({0.02F, 77}, in, out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * in.size()));
}
BENCHMARK(quantize);

/// Tiles of the 8x8 layer: 64 channels to 64, 26 pixels a row, so many pairs at a time as the source's type lets.
void tile(benchmark::State& state, octocal::Isa isa, std::int64_t block) {
  if (octocal::machine_isa() < isa) return state.SkipWithError("this processor, or OCTOCAL_ISA, lacks it");
  const auto& kernel = tile_kernel(isa, 26, 64);
  const TileTaps taps{1, 8, 8 * 32, 0, 37 * 64, block};
  const std::vector<std::int16_t> image(static_cast<std::size_t>(8 * taps.row_stride + kMostTilePixels * 64), 100);
  const std::vector<std::int16_t> weights(static_cast<std::size_t>(taps.rows * taps.pairs * 2 * kernel.channels), 50);
  alignas(64) std::array<double, kMostTilePixels * kMostTileChannels> sums;
  for (auto step : state) {
    static_cast<void>(step);
    kernel.sum(taps, image.data(), 64, weights.data(), sums.data());
    benchmark::DoNotOptimize(sums);
  }
  const auto macs = static_cast<double>(taps.rows * taps.pairs * 2 * kernel.channels * kernel.pixels);
  state.counters["MACs"] =
      benchmark::Counter(macs * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
constexpr std::int64_t kBlockU16 = 258;
BENCHMARK_CAPTURE(tile, baseline_u16, octocal::Isa::kBaseline, kBlockU16);
BENCHMARK_CAPTURE(tile, avx2_u16, octocal::Isa::kAvx2, kBlockU16);
BENCHMARK_CAPTURE(tile, avx512_u16, octocal::Isa::kAvx512, kBlockU16);
BENCHMARK_CAPTURE(tile, avx512_vnni_u16, octocal::Isa::kAvx512Vnni, kBlockU16);

}  // namespace
