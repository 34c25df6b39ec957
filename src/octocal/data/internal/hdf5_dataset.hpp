// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octocal/data/internal/hdf5_chunks.hpp"
#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// Parts of a dataset that were never written, because its writer made room for more than it wrote.
struct Unwritten {
  std::uint64_t missing = 0;         ///< parts that are missing; 1 of 1 if nothing at all was written
  std::uint64_t of = 0;              ///< parts that there should be
  const char* parts = "chunks";      ///< what parts are counted; of a virtual dataset "numbers"
  std::optional<std::uint64_t> row;  ///< the first row of a missing part, where that is known
};

/// A dataset of numbers in an open file. Everything that can keep its numbers from being read is found when it is
/// opened: filters that are not installed, sources and raw data that are missing.
/// Errors: bad_input naming file and dataset: absent, no numbers, or as require_filters and require_sources say.
class Dataset {
 public:
  Dataset() = default;
  /// `file_name` for messages; `remedy` ends those about what is not there.
  Dataset(hid_t file, const std::string& file_name, const std::string& name, const std::string& remedy);

  const std::string& name() const noexcept { return name_; }
  const std::vector<hsize_t>& shape() const noexcept { return shape_; }

  /// A block as float32, C order. Precondition: start + count inside shape(), room for it in `out`.
  void read(const std::vector<hsize_t>& start, const std::vector<hsize_t>& count, float* out) const;

  /// Does what a damaged file could make HDF5 crash at later: for a child process (hdf5_probe.hpp). Walks the index of
  /// chunks to its end; reads all numbers where HDF5 itself unpacks or collects them.
  void prove() const;

  /// What was never written, if anything; those numbers read as zero (the fill value).
  std::optional<Unwritten> unwritten() const;

 private:
  void open(hid_t file, hid_t access);
  void require_storage(hid_t layout) const;
  std::optional<Unwritten> unmapped() const;

  std::string file_name_, name_;
  Handle dataset_;
  bool is_virtual_ = false;
  std::vector<hsize_t> shape_;
  std::vector<hsize_t> chunk_;                 ///< empty unless in chunks
  mutable std::optional<ChunkReader> chunks_;  ///< where chunks are unpacked here and not by HDF5; keeps some of them
};

}  // namespace octocal::data::hdf5
