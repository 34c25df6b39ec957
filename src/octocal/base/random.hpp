// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace octocal {

/// What a random number is for: one seed gives an independent sequence for each purpose.
enum class Draw : std::uint32_t {
  kLatent = 0,       ///< the generator's latents
  kEnergy = 1,       ///< primary energies of generated showers
  kCalibration = 2,  ///< energies and latents of calibration showers
  kTraining = 3,     ///< batches, flips and noise of training
  kPhysics = 4,      ///< random splits and bootstrap in validation
};

/// Which shower of a seed. A sample counts its showers: `number`, in series 0. Who names showers by what they are (run,
/// event, track, detector) has 104 bits to do so: different numbers and series never share a random number.
struct ShowerNumber {
  std::uint64_t number = 0;  ///< in the series
  std::uint64_t series = 0;  ///< below kSeries
  /// How many series there are.
  static constexpr std::uint64_t kSeries = std::uint64_t{1} << 40;

  /// A number converts to that shower of series 0.
  ShowerNumber(std::uint64_t counted = 0, std::uint64_t in_series = 0) noexcept : number(counted), series(in_series) {}
  bool operator==(const ShowerNumber&) const = default;
};

/// Philox4x32-10 (Salmon et al., SC 2011), key = seed. Any number can be made alone, anywhere, in any order.
/// Thread-safe, bit-exact everywhere.
///
/// | word of the counter | holds                                                      |
/// |---------------------|------------------------------------------------------------|
/// | 0, 1                | number, low and high half                                  |
/// | 2                   | index; series bits 0 to 15 in its upper half               |
/// | 3                   | draw; series bits 16 to 39 in its upper three bytes        |
///
/// Precondition: in a series other than 0, index below 2^16 and draw below 2^8, so that nothing overlaps.
std::array<std::uint32_t, 4> philox(std::uint64_t seed, Draw draw, ShowerNumber shower, std::uint32_t index) noexcept;

/// Uniform in (0, 1): 52 random bits, centred in their interval.
double uniform01(std::uint64_t seed, Draw draw, ShowerNumber shower, std::uint32_t index) noexcept;

/// Standard normal numbers of one shower: out[i] is latent index i, whatever the length of out.
///
/// Box-Muller on 52-bit uniforms; logarithm, sine and cosine are own polynomials in double (error below 1e-14), so
/// that the floats are the same on every machine and C library. Thread-safe, does not allocate.
/// Precondition: in a series other than 0, at most kMostNormals numbers.
void normals(std::uint64_t seed, Draw draw, ShowerNumber shower, std::span<float> out) noexcept;
constexpr std::size_t kMostNormals = std::size_t{1} << 17;

}  // namespace octocal
