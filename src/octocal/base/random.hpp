// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
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

/// Philox4x32-10 (Salmon et al., SC 2011): counter (shower low, shower high, index, draw), key = seed.
/// Any number can be made alone, anywhere, in any order. Thread-safe, bit-exact everywhere.
std::array<std::uint32_t, 4> philox(std::uint64_t seed, Draw draw, std::uint64_t shower, std::uint32_t index) noexcept;

/// Uniform in (0, 1), 53 bits.
double uniform01(std::uint64_t seed, Draw draw, std::uint64_t shower, std::uint32_t index) noexcept;

/// Standard normal numbers of one shower: out[i] is latent index i, whatever the length of out.
///
/// Box-Muller on 52-bit uniforms; logarithm, sine and cosine are own polynomials in double (error below 1e-14), so
/// that the floats are the same on every machine and C library. Thread-safe, does not allocate.
void normals(std::uint64_t seed, Draw draw, std::uint64_t shower, std::span<float> out) noexcept;

}  // namespace octocal
