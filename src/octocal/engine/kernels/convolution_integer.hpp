// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/kernels/convolution_phases.hpp"
#include "octocal/engine/kernels/tile_sums.hpp"

namespace octocal::engine {

/// The engine's own convolution and transposed convolution of u16 by integers, product by product, on every processor.
/// Sources are stored less 32768, so that they fit the signed multiplication of 16-bit numbers. ConvolutionPoints is the
/// other one, of bytes and with fewer products.
///
/// See ConvolutionSpec for the formulas. Sums are exact, so the bytes are the same on every instruction set.
///
/// A transposed convolution runs as the phases of its stride, each a plain convolution over the taps that meet it. So
/// does a convolution of repeated cells (ConvolutionSpec::Axis): taps that meet one cell become one, whose weight is the
/// sum of theirs, which is as exact and less work.
class ConvolutionInteger {
 public:
  /// Packs the weights. Preconditions: spec has integer weights and a u16 source; sums of weights that meet one
  /// repeated cell have 16 bits.
  ConvolutionInteger(ConvolutionSpec spec, Isa isa);

  /// Source, destination: see ConvolutionSpec; scratch: scratch_bytes(), 64-byte aligned, contents unspecified.
  /// Thread-safe, does not allocate.
  void run(const std::byte* source, std::byte* destination, std::byte* scratch) const noexcept;

  std::size_t scratch_bytes() const noexcept;
  std::size_t weight_bytes() const noexcept;
  const char* kernel_name() const noexcept { return phases_.front().kernel.name; }
  const ConvolutionSpec& spec() const noexcept { return spec_; }

 private:
  using Axes = ConvolutionPhases::Axes;
  struct Phase {
    Axes start{};   ///< first output pixel
    Axes count{};   ///< output pixels of the phase
    Axes origin{};  ///< first tap of the first pixel in the padded source
    Axes taps{};
    TileKernel kernel;
    std::vector<std::int16_t> weights;  ///< (oc tiles, taps, channel pairs, kernel.channels, 2)
    std::vector<double> shift;          ///< (oc tiles, kernel.channels) and more: what the source's zero point adds
    std::int64_t block = 1;             ///< pairs that int32 holds
  };
  void plan_phases();
  void pack(const ConvolutionPhases::Phase& from, Phase& phase) const;
  std::int64_t pixel_at(std::int64_t z, std::int64_t y, std::int64_t x) const noexcept {
    return ((z * padded_[1] + y) * padded_[2] + x) * channels_;
  }
  std::int64_t pairs_in_int32(const Phase& phase) const;
  void widen(const std::byte* source, std::int16_t* padded) const noexcept;
  void run_phase(const Phase& phase, const std::int16_t* padded, std::byte* destination) const noexcept;

  ConvolutionSpec spec_;
  Isa isa_;
  std::int64_t channels_ = 0;  ///< input channels rounded up to pairs
  Axes padded_{}, before_{};   ///< sizes of the padded source; its pixels before the source's first
  Axes step_{};                ///< source pixels from one output pixel of a phase to the next
  Axes spread_{};              ///< output pixels from one of a phase to the next
  std::vector<Phase> phases_;
};

}  // namespace octocal::engine
