// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/convolution_points.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

#include "octocal/base/expect.hpp"

namespace octocal::engine {
namespace {

constexpr std::int64_t kMostBands = 4;
constexpr std::int64_t kMostPatch = kMostFinishPixels;
static_assert(kMostPatch >= kMostPointPixels);
/// Room for the sums of a patch of two images; what is finished may be read a vector beyond.
using PatchSums =
    std::array<std::int32_t, static_cast<std::size_t>(2 * kMostPatch * kMostPointChannels + kFinishReads)>;

std::int64_t cache_lines(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

bool ConvolutionPoints::can_run(const ConvolutionSpec& spec) {
  const auto per_output = spec.weights_integer.size() / static_cast<std::size_t>(spec.output_channels);
  for (std::size_t first = 0; first < spec.weights_integer.size(); first += per_output) {
    std::int64_t sum = 0;
    for (std::size_t i = first; i < first + per_output; ++i) sum += std::abs(std::int64_t{spec.weights_integer[i]});
    if (sum * 255 > most_sum(Filter::kDirect)) return false;
  }
  return true;
}

ConvolutionPoints::ConvolutionPoints(ConvolutionSpec spec, Isa isa, std::optional<Filter> only)
    : spec_(std::move(spec)),
      kernels_(point_kernels(isa)),
      images_(spec_.source_element == Element::kUint16 ? 2 : 1),
      channels_((spec_.input_channels + 1) / 2 * 2) {
  OCTOCAL_EXPECT(is_integer(spec_.source_element) && !spec_.weights_integer.empty() && can_run(spec_));
  const ConvolutionPhases plan(spec_);
  before_ = plan.before;
  spread_ = plan.spread;
  padded_ = plan.padded;
  for (const auto& from : plan.phases) {
    auto best = laid_out(spec_, plan, from, Filter::kDirect, 1, kernels_);
    std::int64_t least = best.cost(kernels_);
    direct_cost_ += least / images_;
    for (const Filter filter : {Filter::kNested, Filter::kToom}) {
      if ((only && *only != filter) || !allows_filter(spec_, plan, from, filter)) continue;
      for (std::int64_t bands = 1; bands <= kMostBands; ++bands) {
        auto other = laid_out(spec_, plan, from, filter, bands, kernels_);
        const std::int64_t its = other.cost(kernels_);
        if (its >= least && !(only && bands == 1)) continue;
        least = its;
        best = std::move(other);
      }
    }
    const auto reach = padded_by(best);
    for (std::size_t i = 0; i < 3; ++i) padded_[i] = std::max(padded_[i], reach[i]);
    phases_.push_back(std::move(best));
  }
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    place(phases_[i], spec_, padded_, spread_);
    pack(phases_[i], spec_, plan.phases[i]);
  }
  pad_constants();
  spec_.weights_integer.clear();
  spec_.weights_integer.shrink_to_fit();
}

void ConvolutionPoints::pad_constants() {
  const auto pad = [](std::vector<float>& numbers) {
    if (!numbers.empty()) numbers.resize(numbers.size() + static_cast<std::size_t>(kFinishReads), 0.0F);
  };
  pad(spec_.scale);
  pad(spec_.offset);
  for (auto& op : spec_.post_ops) {
    pad(op.gain);
    pad(op.shift);
  }
}

std::int64_t ConvolutionPoints::cost() const noexcept {
  std::int64_t sum = 0;
  for (const auto& phase : phases_) sum += phase.cost(kernels_);
  return sum;
}

std::size_t ConvolutionPoints::scratch_bytes() const noexcept {
  std::int64_t points = 0;
  std::int64_t sums = 0;
  for (const auto& phase : phases_) {
    if (phase.filter == Filter::kDirect) continue;
    points = std::max(points, phase.images * phase.image_stride() * 2);
    sums = std::max(sums, static_cast<std::int64_t>(phase.points.size()) * phase.sum_stride() * 4);
  }
  return static_cast<std::size_t>(cache_lines(images_ * padded_numbers() * 2) + cache_lines(points) + sums);
}

std::size_t ConvolutionPoints::weight_bytes() const noexcept {
  std::size_t bytes = (spec_.scale.size() + spec_.offset.size()) * sizeof(float);
  for (const auto& phase : phases_)
    bytes += phase.weights.size() * sizeof(std::int16_t) + phase.shift.size() * sizeof(double);
  return bytes;
}

std::string ConvolutionPoints::kernel_name() const {
  return std::string(kernels_.name) + name_of(phases_.front().filter);
}

void ConvolutionPoints::widen(const std::byte* source, std::int16_t* padded) const noexcept {
  // Padding is no energy: the zero point of a u16 source; u8 sums leave it out.
  const std::int64_t row = padded_[2] * channels_;
  const std::int64_t numbers = spec_.x.input * spec_.input_channels;
  const std::int64_t size = images_;  // bytes of a number
  for (std::int64_t image = 0; image < images_; ++image) {
    std::int16_t* to = padded + image * padded_numbers();
    const auto fill = static_cast<std::int16_t>(images_ == 1 ? 0
                                                : image == 0 ? spec_.source_zero_point & 255
                                                             : spec_.source_zero_point >> 8);
    for (std::int64_t z = 0; z < padded_[0]; ++z)
      for (std::int64_t y = 0; y < padded_[1]; ++y, to += row) {
        const std::int64_t from_z = z - before_[0];
        const std::int64_t from_y = y - before_[1];
        if (from_z < 0 || from_z >= spec_.z.input || from_y < 0 || from_y >= spec_.y.input) {
          std::fill_n(to, row, fill);
          continue;
        }
        const auto* bytes =
            reinterpret_cast<const std::uint8_t*>(source) + (from_z * spec_.y.input + from_y) * numbers * size;
        std::int16_t* body = to + before_[2] * channels_;
        std::fill(to, body, fill);
        std::fill(body + spec_.x.input * channels_, to + row, fill);
        const auto* words = reinterpret_cast<const std::uint16_t*>(bytes);
        const int shift = image == 0 ? 0 : 8;
        if (channels_ == spec_.input_channels) {
          if (images_ == 1)
            for (std::int64_t i = 0; i < numbers; ++i) body[i] = bytes[i];
          else
            for (std::int64_t i = 0; i < numbers; ++i) body[i] = static_cast<std::int16_t>(words[i] >> shift & 255);
          continue;
        }
        for (std::int64_t x = 0; x < spec_.x.input; ++x, body += channels_) {
          for (std::int64_t c = 0; c < spec_.input_channels; ++c) {
            const std::int64_t i = x * spec_.input_channels + c;
            body[c] = images_ == 1 ? bytes[i] : static_cast<std::int16_t>(words[i] >> shift & 255);
          }
          body[spec_.input_channels] = 0;  // has no weights
        }
      }
  }
}

void ConvolutionPoints::run(const std::byte* source, std::byte* destination, std::byte* scratch) const noexcept {
  std::int64_t points = 0;
  for (const auto& phase : phases_)
    if (phase.filter != Filter::kDirect) points = std::max(points, phase.images * phase.image_stride() * 2);
  std::byte* after = scratch + cache_lines(images_ * padded_numbers() * 2);
  const Scratch memory{reinterpret_cast<std::int16_t*>(scratch), reinterpret_cast<std::int16_t*>(after),
                       reinterpret_cast<std::int32_t*>(after + cache_lines(points))};
  widen(source, memory.padded);
  for (const auto& phase : phases_) {
    if (phase.filter == Filter::kDirect)
      run_direct(phase, memory, destination);
    else
      run_patches(phase, memory, destination);
  }
}

void ConvolutionPoints::run_direct(const PointPhase& phase, const Scratch& scratch,
                                   std::byte* destination) const noexcept {
  const auto& kernel = phase.kernel;
  const PointRuns runs{phase.runs.data(), phase.points[0].runs, phase.pairs};
  alignas(64) PatchSums sums;
  std::int32_t* high = images_ > 1 ? sums.data() + kMostPatch * kMostPointChannels : nullptr;
  for (std::int64_t first = 0; first < spec_.output_channels; first += kernel.channels) {
    const std::int16_t* weights = phase.weights.data() + first / kernel.channels * phase.block_weights;
    const double* shift = images_ > 1 ? phase.shift.data() + first : nullptr;
    for (std::int64_t wanted = 0; wanted < phase.patches(); wanted += kernel.pixels) {
      // The last ones begin earlier, and some pixels are made a second time.
      const std::int64_t at = std::min(wanted, phase.patches() - kernel.pixels);
      const std::int32_t* pixels = phase.pixels.data() + at;
      kernel.sum(runs, scratch.padded, pixels, weights, sums.data());
      if (high != nullptr) kernel.sum(runs, scratch.padded + padded_numbers(), pixels, weights, high);
      kernels_.finish(spec_,
                      {kernel.pixels, kernel.channels, first, phase.destinations.data() + at, sums.data(), high, shift},
                      destination);
    }
  }
}

void ConvolutionPoints::spread(const PointPhase& phase, std::int64_t row, const Scratch& scratch) const noexcept {
  const auto spread_window = kernels_.spread(phase.filter);
  const auto& shape = phase.shape;
  const std::int64_t across = (phase.taps[2] + shape.taps - 1) / shape.taps;
  const std::int64_t set_stride = static_cast<std::int64_t>(phase.points.size()) * phase.point_stride();
  for (std::int64_t image = 0; image < images_; ++image)
    for (std::int64_t set = 0; set < phase.sets; ++set) {
      const std::int64_t top = phase.origin[1] + row * shape.outputs + set / across * shape.taps;
      const std::int64_t left = phase.origin[2] + set % across * shape.taps;
      const std::int16_t* source = scratch.padded + image * padded_numbers();
      std::int16_t* out = scratch.points + image * phase.image_stride() + set * set_stride;
      for (std::int64_t y = 0; y < phase.set_rows; ++y)
        for (std::int64_t x = 0; x < phase.set_columns; ++x, out += channels_)
          spread_window(source + pixel_at(phase.origin[0], top + y * shape.outputs, left + x * shape.outputs),
                        padded_[2] * channels_, channels_, channels_, out, phase.point_stride());
    }
}

void ConvolutionPoints::run_patches(const PointPhase& phase, const Scratch& scratch,
                                    std::byte* destination) const noexcept {
  for (std::int64_t band = 0; band < phase.bands; ++band) {
    const std::int64_t row = std::min(band * phase.rows, phase.all_rows - phase.rows);
    spread(phase, row, scratch);
    for (std::int64_t first = 0; first < spec_.output_channels; first += phase.kernel.channels)
      run_band(phase, row, first, scratch, destination);
  }
}

void ConvolutionPoints::run_band(const PointPhase& phase, std::int64_t row, std::int64_t first, const Scratch& scratch,
                                 std::byte* destination) const noexcept {
  const auto& kernel = phase.kernel;
  const std::int64_t patches = phase.patches();
  const std::int64_t several = images_ * patches;
  const auto join_patch = kernels_.join(phase.filter);
  alignas(64) PatchSums outputs;
  const std::int16_t* weights = phase.weights.data() + first / kernel.channels * phase.block_weights;
  for (std::size_t p = 0; p < phase.points.size(); ++p) {
    const auto& point = phase.points[p];
    const PointRuns runs{phase.runs.data() + point.first_run, point.runs, phase.pairs};
    const std::int16_t* values = scratch.points + static_cast<std::int64_t>(p) * phase.point_stride();
    std::int32_t* sums = scratch.sums + static_cast<std::int64_t>(p) * phase.sum_stride();
    for (std::int64_t wanted = 0; wanted < several; wanted += kernel.pixels) {
      const std::int64_t at = std::min(wanted, several - kernel.pixels);
      kernel.sum(runs, values, phase.pixels.data() + at, weights + point.weights, sums + at * kernel.channels);
    }
  }
  for (std::int64_t patch = 0; patch < patches; ++patch) {
    for (std::int64_t image = 0; image < images_; ++image)
      join_patch(scratch.sums + (image * patches + patch) * kernel.channels, phase.sum_stride(), kernel.channels,
                 outputs.data() + image * kMostPatch * kMostPointChannels);
    finish_patch(phase, row * phase.columns + patch, first, outputs.data(), destination);
  }
}

void ConvolutionPoints::finish_patch(const PointPhase& phase, std::int64_t patch, std::int64_t first,
                                     const std::int32_t* outputs, std::byte* destination) const noexcept {
  const std::int64_t side = phase.shape.outputs;
  const std::int64_t y = patch / phase.columns * side;
  const std::int64_t x = patch % phase.columns * side;
  const std::int64_t rows = std::min(side, phase.count[1] - y);
  const std::int64_t columns = std::min(side, phase.count[2] - x);
  std::array<std::int32_t, static_cast<std::size_t>(kMostPatch)> at;
  std::size_t next = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t line =
        (phase.start[0] * spec_.y.output + phase.start[1] + (y + row) * spread_[1]) * spec_.x.output;
    for (std::int64_t column = 0; column < columns; ++column)
      at[next++] = static_cast<std::int32_t>(line + phase.start[2] + (x + column) * spread_[2]);
  }
  const std::int64_t width = phase.kernel.channels;
  const std::int64_t high = images_ > 1 ? kMostPatch * kMostPointChannels : 0;
  const double* shift = images_ > 1 ? phase.shift.data() + first : nullptr;
  // All at once if the patch has whole rows.
  const std::int64_t calls = columns == side ? 1 : rows;
  for (std::int64_t row = 0; row < calls; ++row) {
    const std::int32_t* low = outputs + row * side * width;
    kernels_.finish(spec_,
                    {calls == 1 ? rows * columns : columns, width, first, at.data() + row * columns, low,
                     images_ > 1 ? low + high : nullptr, shift},
                    destination);
  }
}

}  // namespace octocal::engine
