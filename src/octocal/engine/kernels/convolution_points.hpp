// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/kernels/point_phase.hpp"

namespace octocal::engine {

/// The engine's own convolution and transposed convolution of u8 or u16 by integers, with as few products as pay
/// (minimal_filter.hpp), each of 16-bit numbers. The sums are exact, so the bytes are the same on every instruction set
/// and with every filter, and those of oneDNN with VNNI.
///
/// Each phase (convolution_phases.hpp) has a filter of its own. The source is widened to 16 bits with its padding
/// around it; windows are spread to points; for each point the image of patches is a convolution of few taps over many
/// channels; patches are joined and finished, so many output channels at a time as a kernel has. A u16 source is taken
/// as two images of bytes, whose sums meet in float64.
class ConvolutionPoints {
 public:
  /// Packs the weights. `only`: this filter in all phases that can have it, else the one of least cost.
  /// Preconditions: integer weights, a u8 or u16 source, can_run(spec); summed weights of repeated cells have 16 bits.
  ConvolutionPoints(ConvolutionSpec spec, Isa isa, std::optional<Filter> only = std::nullopt);

  /// True if no sum over one image of bytes leaves int32. Always so for a u8 source (ConvolutionSpec).
  static bool can_run(const ConvolutionSpec& spec);

  /// Source, destination: see ConvolutionSpec; scratch: scratch_bytes(), 64-byte aligned, contents unspecified.
  /// Thread-safe, does not allocate.
  void run(const std::byte* source, std::byte* destination, std::byte* scratch) const noexcept;

  std::size_t scratch_bytes() const noexcept;
  std::size_t weight_bytes() const noexcept;
  std::string kernel_name() const;  ///< with the filter of the first phase
  const ConvolutionSpec& spec() const noexcept { return spec_; }
  std::int64_t bands() const noexcept { return phases_.front().bands; }  ///< of the first phase (PointPhase)
  /// Work of a run, about, in vector instructions; and if all phases were direct and a u16 source one image.
  std::int64_t cost() const noexcept;
  std::int64_t direct_cost() const noexcept { return direct_cost_; }

 private:
  using Axes = ConvolutionPhases::Axes;
  struct Scratch {
    std::int16_t* padded;
    std::int16_t* points;
    std::int32_t* sums;
  };
  void pad_constants();
  std::int64_t padded_numbers() const noexcept { return padded_[0] * padded_[1] * padded_[2] * channels_; }
  std::int64_t pixel_at(std::int64_t z, std::int64_t y, std::int64_t x) const noexcept {
    return ((z * padded_[1] + y) * padded_[2] + x) * channels_;
  }
  void widen(const std::byte* source, std::int16_t* padded) const noexcept;
  /// Of the band from this row of patches on.
  void spread(const PointPhase& phase, std::int64_t row, const Scratch& scratch) const noexcept;
  void run_direct(const PointPhase& phase, const Scratch& scratch, std::byte* destination) const noexcept;
  void run_patches(const PointPhase& phase, const Scratch& scratch, std::byte* destination) const noexcept;
  void run_band(const PointPhase& phase, std::int64_t row, std::int64_t first, const Scratch& scratch,
                std::byte* destination) const noexcept;
  void finish_patch(const PointPhase& phase, std::int64_t patch, std::int64_t first, const std::int32_t* outputs,
                    std::byte* destination) const noexcept;

  ConvolutionSpec spec_;
  const PointKernels& kernels_;
  std::int64_t images_ = 1;    ///< of bytes: 2 of a u16 source
  std::int64_t channels_ = 0;  ///< of a pixel of the padded source: input channels in pairs
  Axes padded_{}, before_{}, spread_{};
  std::vector<PointPhase> phases_;
  std::int64_t direct_cost_ = 0;
};

}  // namespace octocal::engine
