// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/convolution_u8.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "octocal/base/expect.hpp"
#include "octocal/engine/kernels/finish_tile.hpp"

namespace octocal::engine {
namespace {

/// One axis of a phase: output start + spread * q sees the padded source from origin + step * q on, with these kernel
/// indices in the order of the source.
struct PhaseAxis {
  std::int64_t start = 0, count = 0, first_input = 0;
  std::vector<std::int64_t> kernels;
};

std::vector<PhaseAxis> phases_along(const ConvolutionSpec::Axis& axis, bool transposed) {
  std::vector<PhaseAxis> phases;
  if (!transposed) {
    PhaseAxis whole{0, axis.output, -axis.pad_begin, {}};
    for (std::int64_t k = 0; k < axis.kernel; ++k) whole.kernels.push_back(k);
    return {whole};
  }
  for (std::int64_t a = 0; a < std::min(axis.stride, axis.output); ++a) {
    PhaseAxis phase;
    phase.start = a;
    phase.count = (axis.output - a + axis.stride - 1) / axis.stride;
    // Kernel index r + stride * t meets input d - t of the phase's first pixel: the largest t comes first.
    const std::int64_t r = (a + axis.pad_begin) % axis.stride;
    const std::int64_t d = (a + axis.pad_begin) / axis.stride;
    for (std::int64_t k = r; k < axis.kernel; k += axis.stride) phase.kernels.insert(phase.kernels.begin(), k);
    phase.first_input = d + 1 - static_cast<std::int64_t>(phase.kernels.size());
    phases.push_back(std::move(phase));
  }
  return phases;
}

/// Padding that the phases of one axis need around the source, so that no tap is out of range.
std::pair<std::int64_t, std::int64_t> reach(const std::vector<PhaseAxis>& phases, std::int64_t step) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  for (const auto& phase : phases) {
    low = std::min(low, phase.first_input);
    high =
        std::max(high, phase.first_input + step * (phase.count - 1) + static_cast<std::int64_t>(phase.kernels.size()));
  }
  return {low, high};
}

}  // namespace

ConvolutionU8::ConvolutionU8(ConvolutionSpec spec, Isa isa) : spec_(std::move(spec)), kernel_(tile_kernel(isa)) {
  OCTOCAL_EXPECT(spec_.source_element == Element::kUint8 && !spec_.weights_integer.empty());
  plan_phases();
}

void ConvolutionU8::plan_phases() {
  const std::array<ConvolutionSpec::Axis, 3> axes = {spec_.z, spec_.y, spec_.x};
  std::array<std::vector<PhaseAxis>, 3> phases;
  for (std::size_t i = 0; i < 3; ++i) {
    phases[i] = phases_along(axes[i], spec_.transposed);
    step_[i] = spec_.transposed ? 1 : axes[i].stride;
    spread_[i] = spec_.transposed ? axes[i].stride : 1;
    const auto [low, high] = reach(phases[i], step_[i]);
    before_[i] = -low;
    padded_[i] = std::max(high, axes[i].input) + before_[i];
  }
  channels_ = (spec_.input_channels + 1) / 2 * 2;
  for (const auto& z : phases[0])
    for (const auto& y : phases[1])
      for (const auto& x : phases[2]) {
        Phase phase;
        const std::array<const PhaseAxis*, 3> along = {&z, &y, &x};
        for (std::size_t i = 0; i < 3; ++i) {
          phase.start[i] = along[i]->start;
          phase.count[i] = along[i]->count;
          phase.origin[i] = along[i]->first_input + before_[i];
          phase.taps[i] = static_cast<std::int64_t>(along[i]->kernels.size());
        }
        phase.weights = packed_weights(z.kernels, y.kernels, x.kernels);
        phases_.push_back(std::move(phase));
      }
  spec_.weights_integer.clear();
  spec_.weights_integer.shrink_to_fit();
}

std::vector<std::int16_t> ConvolutionU8::packed_weights(const std::vector<std::int64_t>& planes,
                                                        const std::vector<std::int64_t>& rows,
                                                        const std::vector<std::int64_t>& columns) const {
  const std::int64_t tiles = (spec_.output_channels + kTileChannels - 1) / kTileChannels;
  const auto taps = static_cast<std::int64_t>(planes.size() * rows.size() * columns.size());
  std::vector<std::int16_t> weights(static_cast<std::size_t>(tiles * taps * channels_ * kTileChannels), 0);
  std::size_t next = 0;
  for (std::int64_t tile = 0; tile < tiles; ++tile)
    for (const std::int64_t kz : planes)
      for (const std::int64_t ky : rows)
        for (const std::int64_t kx : columns)
          for (std::int64_t pair = 0; pair < channels_; pair += 2)
            for (std::int64_t o = tile * kTileChannels; o < (tile + 1) * kTileChannels; ++o)
              for (std::int64_t i = pair; i < pair + 2; ++i, ++next) {
                if (o >= spec_.output_channels || i >= spec_.input_channels) continue;
                const auto plane = (o * spec_.input_channels + i) * spec_.z.kernel + kz;
                const auto row = plane * spec_.y.kernel + ky;
                weights[next] = spec_.weights_integer[static_cast<std::size_t>(row * spec_.x.kernel + kx)];
              }
  return weights;
}

std::size_t ConvolutionU8::scratch_bytes() const noexcept {
  return static_cast<std::size_t>(padded_[0] * padded_[1] * padded_[2] * channels_) * sizeof(std::int16_t);
}

std::size_t ConvolutionU8::weight_bytes() const noexcept {
  std::size_t bytes = (spec_.scale.size() + spec_.offset.size()) * sizeof(float);
  for (const auto& phase : phases_) bytes += phase.weights.size() * sizeof(std::int16_t);
  return bytes;
}

void ConvolutionU8::widen(const std::uint8_t* source, std::int16_t* padded) const noexcept {
  std::fill_n(padded, padded_[0] * padded_[1] * padded_[2] * channels_, std::int16_t{0});
  for (std::int64_t z = 0; z < spec_.z.input; ++z)
    for (std::int64_t y = 0; y < spec_.y.input; ++y)
      for (std::int64_t x = 0; x < spec_.x.input; ++x) {
        std::int16_t* out = padded + pixel_at(z + before_[0], y + before_[1], x + before_[2]);
        for (std::int64_t c = 0; c < spec_.input_channels; ++c) out[c] = *source++;
      }
}

void ConvolutionU8::run(const std::byte* source, std::byte* destination, std::byte* scratch) const noexcept {
  auto* padded = reinterpret_cast<std::int16_t*>(scratch);
  widen(reinterpret_cast<const std::uint8_t*>(source), padded);
  for (const auto& phase : phases_) run_phase(phase, padded, destination);
}

void ConvolutionU8::run_phase(const Phase& phase, const std::int16_t* padded, std::byte* destination) const noexcept {
  const TileTaps taps{phase.taps[0], phase.taps[1], phase.taps[2] * channels_ / 2, padded_[1] * padded_[2] * channels_,
                      padded_[2] * channels_};
  const std::int64_t tile_weights = taps.planes * taps.rows * taps.pairs * 2 * kTileChannels;
  const auto width = static_cast<std::int64_t>(size_of(spec_.destination_element));
  alignas(64) std::array<std::int32_t, kTilePixels * kTileChannels> sums;
  for (std::int64_t first = 0; first < spec_.output_channels; first += kTileChannels) {
    const std::int64_t channels = std::min(kTileChannels, spec_.output_channels - first);
    const std::int16_t* weights = phase.weights.data() + first / kTileChannels * tile_weights;
    for (std::int64_t z = 0; z < phase.count[0]; ++z)
      for (std::int64_t y = 0; y < phase.count[1]; ++y)
        for (std::int64_t x = 0; x < phase.count[2]; x += kTilePixels) {
          // A last tile that is not full computes its last pixel several times.
          std::array<const std::int16_t*, kTilePixels> pixel{};
          for (std::int64_t p = 0; p < kTilePixels; ++p) {
            const std::int64_t column = std::min(x + p, phase.count[2] - 1) * step_[2] + phase.origin[2];
            pixel[static_cast<std::size_t>(p)] =
                padded + pixel_at(z * step_[0] + phase.origin[0], y * step_[1] + phase.origin[1], column);
          }
          kernel_.sum(taps, pixel.data(), weights, sums.data());
          const std::int64_t out_z = phase.start[0] + z * spread_[0];
          const std::int64_t out_row = out_z * spec_.y.output + phase.start[1] + y * spread_[1];
          for (std::int64_t p = 0; p < std::min(kTilePixels, phase.count[2] - x); ++p) {
            const std::int64_t out_pixel = out_row * spec_.x.output + phase.start[2] + (x + p) * spread_[2];
            const std::int64_t at = out_pixel * spec_.output_channels + first;
            const float* offset =
                spec_.offset.empty() ? nullptr : spec_.offset.data() + (spec_.offset_per_pixel ? at : first);
            finish_pixel(spec_, first, channels, sums.data() + p * kTileChannels, offset, destination + at * width);
          }
        }
  }
}

}  // namespace octocal::engine
