#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/kernels/tile_u8.hpp"

namespace octocal::engine {

/// The engine's own int8 convolution and transposed convolution, for processors without VNNI: their u8 x s8 instruction
/// adds pairs in saturating int16 and gives other integers, so this one widens to int16 first. Same bytes as oneDNN
/// with VNNI, see ConvolutionSpec for the formula.
///
/// A transposed convolution runs as the phases of its stride, each a plain convolution over the taps that meet it.
class ConvolutionU8 {
 public:
  /// Packs the weights. Precondition: spec is int8 (checked when the graph is lowered).
  ConvolutionU8(ConvolutionSpec spec, Isa isa);

  /// Source, destination: see ConvolutionSpec; scratch: scratch_bytes(), 64-byte aligned, contents unspecified.
  /// Thread-safe, does not allocate.
  void run(const std::byte* source, std::byte* destination, std::byte* scratch) const noexcept;

  std::size_t scratch_bytes() const noexcept;
  std::size_t weight_bytes() const noexcept;
  const char* kernel_name() const noexcept { return kernel_.name; }
  const ConvolutionSpec& spec() const noexcept { return spec_; }

 private:
  struct Phase {
    std::int64_t start_y = 0, start_x = 0;    ///< first output pixel
    std::int64_t count_y = 0, count_x = 0;    ///< output pixels of the phase
    std::int64_t origin_y = 0, origin_x = 0;  ///< first tap of the first pixel in the padded source
    std::int64_t taps_y = 0, taps_x = 0;
    std::vector<std::int16_t> weights;  ///< (oc tiles, taps_y, taps_x, channel pairs, kTileChannels, 2)
  };
  void plan_phases();
  void widen(const std::uint8_t* source, std::int16_t* padded) const noexcept;
  void run_phase(const Phase& phase, const std::int16_t* padded, std::byte* destination) const noexcept;

  ConvolutionSpec spec_;
  TileKernel kernel_;
  std::int64_t channels_ = 0;                                          ///< input channels rounded up to pairs
  std::int64_t before_y_ = 0, before_x_ = 0, height_ = 0, width_ = 0;  ///< of the padded source
  std::int64_t step_y_ = 1, step_x_ = 1;      ///< source pixels from one output pixel of a phase to the next
  std::int64_t spread_y_ = 1, spread_x_ = 1;  ///< output pixels from one of a phase to the next
  std::vector<Phase> phases_;
};

}  // namespace octocal::engine
