// SPDX-License-Identifier: Apache-2.0
// The engine's own convolutions of bytes for the shapes of the shipped models, filter by filter and instruction set by
// instruction set, beside the most that the same inner loop reaches ("peak": everything in the first-level cache).
// "MACs" counts those of the plain convolution, padding included.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/base/aligned_buffer.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/engine/kernels/convolution_points.hpp"

namespace {

using namespace octocal::engine;
using octocal::AlignedBuffer;
using octocal::Isa;

struct Shape {
  const char* name;
  bool transposed;
  std::int64_t in, out, kernel, size, stride, pad, output;
};
// A branch of generator-int8.onnx and its last layer; then the layers of cells-int8.onnx.
constexpr std::array<Shape, 12> kShapes = {{{"conv2", false, 64, 64, 5, 15, 1, 2, 15},
                                            {"upsample2", true, 64, 64, 5, 15, 2, 1, 30},
                                            {"conv3", false, 64, 64, 8, 30, 1, 3, 30},
                                            {"conv4", false, 64, 64, 5, 30, 1, 0, 26},
                                            {"conv5", false, 64, 32, 4, 26, 1, 1, 26},
                                            {"conv6", false, 32, 32, 3, 26, 1, 1, 26},
                                            {"conv7", false, 32, 25, 2, 26, 1, 0, 25},
                                            {"final", false, 75, 25, 3, 25, 1, 1, 25},
                                            {"trunk0", false, 25, 32, 5, 25, 1, 2, 25},
                                            {"trunk1", false, 32, 32, 3, 25, 1, 1, 25},
                                            {"head3", false, 107, 48, 3, 25, 1, 1, 25},
                                            {"head/out", false, 48, 117, 1, 25, 1, 0, 25}}};

ConvolutionSpec spec_of(const Shape& shape) {
  ConvolutionSpec spec;
  spec.transposed = shape.transposed;
  spec.input_channels = shape.in;
  spec.output_channels = shape.out;
  spec.y = spec.x = {shape.size, shape.output, shape.kernel, shape.stride, 1, shape.pad};
  spec.source_element = spec.destination_element = Element::kUint8;
  for (std::int64_t i = 0; i < shape.in * shape.out * shape.kernel * shape.kernel; ++i)
    spec.weights_integer.push_back(static_cast<std::int16_t>(i * 37 % 61 - 30));
  const auto channels = static_cast<std::size_t>(shape.out);
  spec.scale.assign(channels, 1e-4F);
  spec.offset.assign(channels * static_cast<std::size_t>(shape.output * shape.output), 3.0F);
  spec.offset_per_pixel = true;
  spec.post_ops = {{false, 0.3F, {}, {}},
                   {true, 0, std::vector<float>(channels, 1.0F), std::vector<float>(channels, 5.0F)}};
  return spec;
}

void convolve(benchmark::State& state, const Shape& shape, Isa isa, Filter filter) {
  const ConvolutionPoints convolution(spec_of(shape), isa, filter);
  AlignedBuffer<std::byte> source(static_cast<std::size_t>(shape.size * shape.size * shape.in));
  for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<std::byte>(i * 91 % 251);
  AlignedBuffer<std::byte> destination(static_cast<std::size_t>(shape.output * shape.output * shape.out));
  AlignedBuffer<std::byte> scratch(convolution.scratch_bytes());
  for (auto step : state) {
    static_cast<void>(step);
    convolution.run(source.data(), destination.data(), scratch.data());
    benchmark::ClobberMemory();
  }
  const std::int64_t pixels = shape.transposed ? shape.size * shape.size : shape.output * shape.output;
  const auto macs = static_cast<double>(pixels * shape.in * shape.out * shape.kernel * shape.kernel);
  state.counters["MACs"] =
      benchmark::Counter(macs * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

/// 64 pairs of taps by 32 channels of 240 pixels, over and over.
void peak(benchmark::State& state, Isa isa) {
  constexpr std::int64_t kPixels = 240, kChannels = 32, kPairs = 64;
  const auto& kernel = point_kernels(isa).kernel(Filter::kDirect, kPixels, kChannels);
  const AlignedBuffer<std::int16_t> values(static_cast<std::size_t>(kMostPointPixels * kPairs * 2));
  const AlignedBuffer<std::int16_t> weights(static_cast<std::size_t>(kPairs * 2 * kMostPointChannels));
  AlignedBuffer<std::int32_t> sums(static_cast<std::size_t>(kMostPointPixels * kMostPointChannels));
  std::vector<std::int32_t> pixels;
  for (std::int64_t p = 0; p < kernel.pixels; ++p) pixels.push_back(static_cast<std::int32_t>(p * kPairs * 2));
  const std::int32_t at = 0;
  for (auto step : state) {
    static_cast<void>(step);
    kernel.sum({&at, 1, kPairs}, values.data(), pixels.data(), weights.data(), sums.data());
    benchmark::ClobberMemory();
  }
  const auto macs = static_cast<double>(kernel.pixels * kernel.channels * kPairs * 2);
  state.counters["MACs"] =
      benchmark::Counter(macs * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

bool register_all() {
  for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni}) {
    if (octocal::machine_isa() < isa) continue;
    const std::string set = octocal::isa_name(isa);
    benchmark::RegisterBenchmark(("convolution/peak/" + set).c_str(),
                                 [isa](benchmark::State& state) { peak(state, isa); });
    for (const auto& shape : kShapes)
      for (const Filter filter : {Filter::kDirect, Filter::kNested, Filter::kToom}) {
        const std::string how = filter == Filter::kDirect ? " direct" : name_of(filter);
        benchmark::RegisterBenchmark(
            ("convolution/" + std::string(shape.name) + "/" + set + "/" + how.substr(1)).c_str(),
            [&shape, isa, filter](benchmark::State& state) { convolve(state, shape, isa, filter); });
      }
  }
  return true;
}
[[maybe_unused]] const bool registered = register_all();

}  // namespace
