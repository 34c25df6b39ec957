// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// Not installed.

namespace octocal::data {

/// Packs cells as HDF5's filters shuffle and gzip would have them, in a fraction of the time: a zlib stream (RFC 1950,
/// 1951) of the float32 numbers, bytes of equal significance together. Hardly anything repeats in a shower but runs of
/// cells that are zero, so nothing else is looked for: the other matches of gzip are mostly chance, and take more bits
/// than they save at all but its slowest levels.
///
/// The same cells, the same bytes. Not thread-safe: one a thread. Memory: 8 bytes for each cell that is not zero, and
/// addresses (not memory) for each that is.
class RunDeflater {
 public:
  /// The stream of `cells` and behind them zeros, `all` numbers together. False if it would not be shorter than they
  /// are; `stream` is unspecified then. Precondition: cells.size() <= all < 2^30, all > 0.
  bool deflate(std::span<const float> cells, std::size_t all, std::vector<std::byte>& stream);

 private:
  struct Block;
  void find_filled(std::span<const float> cells, std::size_t all);
  std::uint32_t checksum(std::size_t all) const noexcept;

  // Cells that are not zero: how many zeros are before each, and its bits.
  std::unique_ptr<std::uint32_t[]> zeros_before_, bits_;
  std::size_t room_ = 0, filled_ = 0;
  std::uint32_t zeros_behind_ = 0;  ///< the last of them
};

}  // namespace octocal::data
