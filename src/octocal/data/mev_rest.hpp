// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstdint>

namespace octocal::data {

// Energies between MeV and GeV without the loss of a bit. A float32 in MeV has up to two numbers for one in GeV, so a
// small whole number is kept beside each: the *rest*, how many float32 the value in MeV lies above 1000 times the one in
// GeV. It is 0 for most, -1 or 1 else. Values are finite and not below zero.

/// The float32 in GeV that is nearest to a value in MeV.
inline float gev_of_mev(float mev) noexcept { return static_cast<float>(static_cast<double>(mev) / 1000); }

/// The rest of a value in MeV.
inline std::int8_t mev_rest(float mev) noexcept {
  const auto about = static_cast<float>(static_cast<double>(gev_of_mev(mev)) * 1000);
  return static_cast<std::int8_t>(std::bit_cast<std::int32_t>(mev) - std::bit_cast<std::int32_t>(about));
}

/// The value in MeV, by its rest; without one (0) it may be a float32 beside it.
inline float mev_of_gev(float gev, std::int8_t rest = 0) noexcept {
  const auto about = static_cast<float>(static_cast<double>(gev) * 1000);
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(about) + rest);
}

}  // namespace octocal::data
