// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "octocal/data/compression.hpp"
#include "octocal/data/shower_batch.hpp"

namespace octocal::data {

/// Showers that lie in one chunk of `ECAL`, packed together: as many as fit 1 MiB, 1 to 16.
std::size_t showers_in_chunk(const Geometry& geometry) noexcept;

/// Sets cells below kCellThresholdGev to zero, as files have them. False if one is not finite. Thread-safe.
bool drop_small_cells(std::span<float> cells_gev) noexcept;

/// The cells of a chunk as they lie in a file.
struct PackedCells {
  std::vector<std::byte> bytes;        ///< what the chunk holds
  std::uint32_t filters_left_out = 0;  ///< HDF5's mask: the chunk is not smaller packed, so it is not packed
};

/// Packs the cells of showers for ShowerWriter::append_packed: the slow part of writing, and apart from the file, so that
/// many threads can do it at a time, each with a packer of its own. The same cells, the same bytes.
class CellPacker {
 public:
  /// For showers of this geometry, to be packed in this way.
  CellPacker(const Geometry& geometry, const Compression& compression);
  ~CellPacker();
  CellPacker(CellPacker&&) noexcept;
  CellPacker& operator=(CellPacker&&) noexcept;

  /// Packs showers, (n, nx, ny, nz) in GeV, into `packed`. Precondition: n from 1 to showers_in_chunk().
  void pack(std::span<const float> cells_gev, PackedCells& packed);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::data
