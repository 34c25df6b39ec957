// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/quant/scheme.hpp"

namespace octocal::quant {

/// Counts of a stream of numbers in equal bins over a range. Exact zeros are counted apart: all grids hold them without
/// error, and behind a ReLU they are most of the stream.
class Histogram {
 public:
  static constexpr std::size_t kBins = 4096;  ///< 16 for each step of an 8-bit grid over the whole range

  /// Over `range`, widened to hold zero. Precondition: finite ends.
  explicit Histogram(Range range, std::size_t bins = kBins);

  /// More numbers of the stream; those beyond the range are counted in the bin at its end.
  void observe(std::span<const float> numbers) noexcept;

  const Range& range() const noexcept { return range_; }                            ///< that the bins cover
  const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }     ///< of each bin, without zeros
  std::uint64_t zeros() const noexcept { return zeros_; }                           ///< numbers that are exactly zero
  double width() const noexcept { return width_; }                                  ///< of a bin
  double edge(std::size_t bin) const noexcept;                                      ///< lower end of a bin
  double centre(std::size_t bin) const noexcept { return edge(bin) + width_ / 2; }  ///< middle of a bin

 private:
  Range range_;
  double width_ = 0;
  std::vector<std::uint64_t> counts_;
  std::uint64_t zeros_ = 0;
};

}  // namespace octocal::quant
