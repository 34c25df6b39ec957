// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

#include "octocal/base/random.hpp"
#include "octocal/model/generator_info.hpp"

namespace octocal::model {

/// The generator's inputs for some showers: shower i of the call is shower first + i (in first's series) of the seed.
///
/// | tensor     | shape  | type    | unit          |
/// |------------|--------|---------|---------------|
/// | energy_gev | (n)    | float32 | GeV           |
/// | out        | (n, L) | float32 | 1, or Ep/100  |
///
/// The same floats on every machine. Thread-safe, does not allocate. Preconditions: see normals().
void make_latents(LatentConvention convention, std::uint64_t seed, Draw draw, ShowerNumber first,
                  std::span<const float> energy_gev, std::span<float> out) noexcept;

/// The input `noise` of generators that draw their cells: uniform numbers in (0, 1), 23 bits each, out (n, numbers).
/// Independent of the latents of the same showers. The same floats on every machine. Thread-safe, does not allocate.
/// Precondition: in a series other than 0, at most kMostNoise numbers a shower.
inline constexpr std::size_t kMostNoise = std::size_t{1} << 18;
void make_noise(std::uint64_t seed, Draw draw, ShowerNumber first, std::size_t showers, std::span<float> out) noexcept;

}  // namespace octocal::model
