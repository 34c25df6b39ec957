// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <span>

namespace octocal::physics {

inline constexpr std::size_t kResponseBins = 10;   ///< bins of the ECAL response
inline constexpr std::size_t kResolutionBins = 4;  ///< bins of the core resolution

/// A range of primary energies, cut into bins of equal width.
struct EnergyRange {
  double low_gev = 0;
  double high_gev = 0;

  /// Lower edge of bin `bin` of `bins` (bin = bins: the upper end).
  double edge_gev(std::size_t bin, std::size_t bins) const noexcept;

  /// The bin that holds an energy; both ends of the range belong to it; nothing outside. All of a range of one energy
  /// lies in bin 0.
  std::optional<std::size_t> bin(double energy_gev, std::size_t bins) const noexcept;

  /// From the smallest to the largest energy. Precondition: not empty.
  static EnergyRange of(std::span<const float> energy_gev) noexcept;

  bool operator==(const EnergyRange&) const = default;
};

}  // namespace octocal::physics
