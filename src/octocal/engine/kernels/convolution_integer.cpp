// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/convolution_integer.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

#include "octocal/base/expect.hpp"
#include "octocal/engine/kernels/point_kernels.hpp"

namespace octocal::engine {
namespace {

/// Half of what a u16 number holds.
constexpr std::int32_t kMiddle = 32768;
constexpr std::int64_t kMostSum = std::numeric_limits<std::int32_t>::max();

// Any 16 pairs of a u16 source and weights of 12 bits fit int32, so that a block of them is never short.
static_assert(std::int64_t{16} * 2 * kMiddle * kMostWeight12 <= kMostSum);

}  // namespace

ConvolutionInteger::ConvolutionInteger(ConvolutionSpec spec, Isa isa) : spec_(std::move(spec)), isa_(isa) {
  OCTOCAL_EXPECT(spec_.source_element == Element::kUint16 && !spec_.weights_integer.empty());
  plan_phases();
}

void ConvolutionInteger::plan_phases() {
  const ConvolutionPhases plan(spec_);
  padded_ = plan.padded;
  before_ = plan.before;
  step_ = plan.step;
  spread_ = plan.spread;
  channels_ = (spec_.input_channels + 1) / 2 * 2;
  for (const auto& from : plan.phases) {
    Phase phase;
    phase.start = from.start;
    phase.count = from.count;
    phase.origin = from.origin;
    for (std::size_t i = 0; i < 3; ++i) phase.taps[i] = from.taps(i);
    phase.kernel = tile_kernel(isa_, phase.count[2], spec_.output_channels);
    pack(from, phase);
    phase.block = pairs_in_int32(phase);
    phases_.push_back(std::move(phase));
  }
  const auto pad = [](std::vector<float>& numbers) {
    if (!numbers.empty()) numbers.resize(numbers.size() + static_cast<std::size_t>(kFinishReads), 0.0F);
  };
  pad(spec_.scale);
  pad(spec_.offset);
  for (auto& op : spec_.post_ops) {
    pad(op.gain);
    pad(op.shift);
  }
  spec_.weights_integer.clear();
  spec_.weights_integer.shrink_to_fit();
}

void ConvolutionInteger::pack(const ConvolutionPhases::Phase& from, Phase& phase) const {
  const std::int64_t width = phase.kernel.channels;
  const std::int64_t tiles = (spec_.output_channels + width - 1) / width;
  const std::int64_t taps = phase.taps[0] * phase.taps[1] * phase.taps[2];
  phase.weights.assign(static_cast<std::size_t>(tiles * taps * channels_ * width), 0);
  phase.shift.assign(static_cast<std::size_t>(tiles * width + kFinishReads), 0);
  const auto zero = static_cast<double>(spec_.source_zero_point - kMiddle);
  std::size_t next = 0;
  for (std::int64_t tile = 0; tile < tiles; ++tile)
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const Axes at = {tap / phase.taps[2] / phase.taps[1], tap / phase.taps[2] % phase.taps[1], tap % phase.taps[2]};
      for (std::int64_t pair = 0; pair < channels_; pair += 2)
        for (std::int64_t o = tile * width; o < (tile + 1) * width; ++o)
          for (std::int64_t i = pair; i < pair + 2; ++i, ++next) {
            if (o >= spec_.output_channels || i >= spec_.input_channels) continue;
            const std::int32_t weight = phase_weight(spec_, from, o, i, at);
            OCTOCAL_EXPECT(std::abs(weight) <= std::numeric_limits<std::int16_t>::max());
            phase.weights[next] = static_cast<std::int16_t>(weight);
            phase.shift[static_cast<std::size_t>(o)] += zero * static_cast<double>(weight);
          }
    }
}

/// Blocks lie end to end from the first tap on. As long as they can be, because each ends in float64: the weights'
/// sizes are known, and most are far below the largest.
std::int64_t ConvolutionInteger::pairs_in_int32(const Phase& phase) const {
  const std::int64_t width = phase.kernel.channels;
  const std::int64_t pairs = phase.taps[0] * phase.taps[1] * phase.taps[2] * channels_ / 2;
  const std::int64_t most = kMostSum / kMiddle;
  const std::int64_t tiles = (spec_.output_channels + width - 1) / width;
  // Sums of the first pairs' sizes: (oc tiles, pairs + 1, width).
  std::vector<std::int64_t> sums(static_cast<std::size_t>(tiles * (pairs + 1) * width), 0);
  std::int64_t largest = 1;
  for (std::int64_t tile = 0; tile < tiles; ++tile)
    for (std::int64_t pair = 0; pair < pairs; ++pair)
      for (std::int64_t o = 0; o < width; ++o) {
        const std::int16_t* two = phase.weights.data() + ((tile * pairs + pair) * width + o) * 2;
        const std::int64_t size = std::abs(std::int64_t{two[0]}) + std::abs(std::int64_t{two[1]});
        const auto at = static_cast<std::size_t>((tile * (pairs + 1) + pair) * width + o);
        sums[at + static_cast<std::size_t>(width)] = sums[at] + size;
        largest = std::max(largest, size);
      }
  const auto fits = [&](std::int64_t block) {
    for (std::int64_t tile = 0; tile < tiles; ++tile)
      for (std::int64_t first = 0; first < pairs; first += block)
        for (std::int64_t o = 0; o < width; ++o) {
          const auto at = [&](std::int64_t pair) {
            return sums[static_cast<std::size_t>((tile * (pairs + 1) + pair) * width + o)];
          };
          if (at(std::min(first + block, pairs)) - at(first) > most) return false;
        }
    return true;
  };
  const std::int64_t always = most / largest;
  for (std::int64_t blocks = 1;; ++blocks) {
    const std::int64_t block = (pairs + blocks - 1) / blocks;
    if (block <= always || fits(block)) return std::max(block, always);
  }
}

std::size_t ConvolutionInteger::scratch_bytes() const noexcept {
  return static_cast<std::size_t>(padded_[0] * padded_[1] * padded_[2] * channels_) * sizeof(std::int16_t);
}

std::size_t ConvolutionInteger::weight_bytes() const noexcept {
  std::size_t bytes = (spec_.scale.size() + spec_.offset.size()) * sizeof(float);
  for (const auto& phase : phases_)
    bytes += phase.weights.size() * sizeof(std::int16_t) + phase.shift.size() * sizeof(double);
  return bytes;
}

void ConvolutionInteger::widen(const std::byte* source, std::int16_t* padded) const noexcept {
  // Padding is no energy: the zero point.
  const auto fill = static_cast<std::int16_t>(spec_.source_zero_point - kMiddle);
  std::fill_n(padded, padded_[0] * padded_[1] * padded_[2] * channels_, fill);
  const auto* words = reinterpret_cast<const std::uint16_t*>(source);
  for (std::int64_t z = 0; z < spec_.z.input; ++z)
    for (std::int64_t y = 0; y < spec_.y.input; ++y)
      for (std::int64_t x = 0; x < spec_.x.input; ++x) {
        std::int16_t* out = padded + pixel_at(z + before_[0], y + before_[1], x + before_[2]);
        for (std::int64_t c = 0; c < spec_.input_channels; ++c)
          out[c] = static_cast<std::int16_t>(static_cast<std::int32_t>(words[c]) - kMiddle);
        words += spec_.input_channels;
      }
}

void ConvolutionInteger::run(const std::byte* source, std::byte* destination, std::byte* scratch) const noexcept {
  auto* padded = reinterpret_cast<std::int16_t*>(scratch);
  widen(source, padded);
  for (const auto& phase : phases_) run_phase(phase, padded, destination);
}

void ConvolutionInteger::run_phase(const Phase& phase, const std::int16_t* padded,
                                   std::byte* destination) const noexcept {
  const auto& kernel = phase.kernel;
  const TileTaps taps{
      phase.taps[0],          phase.taps[1], phase.taps[2] * channels_ / 2, padded_[1] * padded_[2] * channels_,
      padded_[2] * channels_, phase.block};
  const std::int64_t tile_weights = taps.planes * taps.rows * taps.pairs * 2 * kernel.channels;
  const auto finish = point_kernels(isa_).finish;
  alignas(64) std::array<double, kMostTilePixels * kMostTileChannels + kFinishReads> sums;
  static_assert(kMostTilePixels <= kMostFinishPixels);
  std::array<std::int32_t, static_cast<std::size_t>(kMostTilePixels)> at;
  for (std::int64_t first = 0; first < spec_.output_channels; first += kernel.channels) {
    const std::int16_t* weights = phase.weights.data() + first / kernel.channels * tile_weights;
    const double* shift = phase.shift.data() + first;
    for (std::int64_t z = 0; z < phase.count[0]; ++z)
      for (std::int64_t y = 0; y < phase.count[1]; ++y)
        for (std::int64_t wanted = 0; wanted < phase.count[2]; wanted += kernel.pixels) {
          // A last tile that is not full begins earlier, and computes some pixels a second time.
          const std::int64_t x = std::min(wanted, phase.count[2] - kernel.pixels);
          const std::int16_t* pixel = padded + pixel_at(z * step_[0] + phase.origin[0], y * step_[1] + phase.origin[1],
                                                        x * step_[2] + phase.origin[2]);
          kernel.sum(taps, pixel, step_[2] * channels_, weights, sums.data());
          const std::int64_t out_z = phase.start[0] + z * spread_[0];
          const std::int64_t out_row = out_z * spec_.y.output + phase.start[1] + y * spread_[1];
          const std::int64_t pixels = kernel.pixels - (wanted - x);
          const std::int64_t place = out_row * spec_.x.output + phase.start[2] + wanted * spread_[2];
          for (std::int64_t p = 0; p < pixels; ++p)
            at[static_cast<std::size_t>(p)] = static_cast<std::int32_t>(place + p * spread_[2]);
          finish(spec_,
                 {pixels, kernel.channels, first, at.data(), nullptr, nullptr, shift,
                  sums.data() + (wanted - x) * kernel.channels},
                 destination);
        }
  }
}

}  // namespace octocal::engine
