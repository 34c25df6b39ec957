// SPDX-License-Identifier: Apache-2.0
// The engine's own kernels: bytes moved, numbers quantized, tiles of the int8 convolution for processors without VNNI.
#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/engine/kernels/permute.hpp"
#include "octocal/engine/kernels/quantize.hpp"
#include "octocal/engine/kernels/tile_u8.hpp"

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

/// One tile of the 8x8 layer.
void tile(benchmark::State& state, SumTile sum) {
  const TileTaps taps{1, 8, 8 * 32, 0, 37 * 64};
  const std::vector<std::int16_t> image(static_cast<std::size_t>(8 * taps.row_stride + 4 * 64), 100);
  const std::vector<std::int16_t> weights(static_cast<std::size_t>(taps.rows * taps.pairs * 2 * kTileChannels), 50);
  alignas(64) std::array<std::int32_t, kTilePixels * kTileChannels> sums;
  const std::array<const std::int16_t*, kTilePixels> pixels = {image.data(), image.data() + 64, image.data() + 128,
                                                               image.data() + 192};
  for (auto step : state) {
    static_cast<void>(step);
    sum(taps, pixels.data(), weights.data(), sums.data());
    benchmark::DoNotOptimize(sums);
  }
  const auto macs = static_cast<double>(taps.rows * taps.pairs * 2 * kTileChannels * kTilePixels);
  state.counters["MACs"] =
      benchmark::Counter(macs * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(tile, portable, sum_tile_portable);
#if defined(__x86_64__)
BENCHMARK_CAPTURE(tile, sse2, sum_tile_sse2);

void tile_avx2(benchmark::State& state) {
  if (octocal::machine_isa() < octocal::Isa::kAvx2) return state.SkipWithError("no AVX2 (OCTOCAL_ISA considered)");
  tile(state, sum_tile_avx2);
}
BENCHMARK(tile_avx2);
#endif

}  // namespace
