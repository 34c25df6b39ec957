// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// Reads a dataset in chunks by unpacking them here. HDF5 1.10 takes whatever a filter puts out for a whole chunk: one
/// that unpacks to fewer bytes is read beyond its end (a crash, or foreign memory for cells), one that unpacks to more
/// takes any memory. Here both are refused before anything is asked for.
///
/// Knows gzip, shuffle and Fletcher's checksum, in any order, and the numbers of C in both byte orders.
class ChunkReader {
 public:
  /// The reader of this dataset; nothing if it is not in chunks, or packed or typed in a way that is not known here.
  static std::optional<ChunkReader> of(hid_t dataset, const std::string& file, const std::string& name);

  /// A block as float32, C order; chunks that were never written are the dataset's fill value.
  /// Errors: bad_input naming file and dataset for a damaged chunk; run_failed where there is not enough memory.
  /// Precondition: start + count inside the dataset's shape, of its rank; room in `out`.
  void read(hid_t dataset, const std::vector<hsize_t>& start, const std::vector<hsize_t>& count, float* out);

 private:
  using Place = std::vector<hsize_t>;  ///< of a chunk's first number
  const std::vector<float>& chunk_at(hid_t dataset, const Place& place);
  std::vector<float> load(hid_t dataset, const Place& place) const;
  Error damaged(const Place& place, const std::string& why) const;

  std::string file_, name_;
  std::vector<H5Z_filter_t> filters_;  ///< in the order in which they were applied
  std::vector<hsize_t> chunk_;         ///< shape of a chunk
  hid_t stored_type_ = -1;             ///< one of HDF5's own types: never closed
  std::size_t number_bytes_ = 0;       ///< of a number in the file
  std::size_t numbers_ = 0;            ///< in a chunk
  std::uint64_t file_bytes_ = 0;
  float fill_ = 0;
  std::map<Place, std::vector<float>> unpacked_;  ///< those of the rows that are read now
};

}  // namespace octocal::data::hdf5
