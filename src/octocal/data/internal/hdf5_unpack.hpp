// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Not installed. Undoes HDF5's own filters on the bytes of one chunk, with every size checked.

namespace octocal::data::hdf5 {

/// What is known of a chunk before its bytes are looked at.
struct ChunkForm {
  std::span<const int> filters;  ///< H5Z_FILTER_DEFLATE, _SHUFFLE and _FLETCHER32, in the order they were applied in
  unsigned skipped = 0;          ///< bit i: filter i was not applied to this chunk
  std::size_t number_bytes = 4;  ///< of one number
  std::size_t bytes = 0;         ///< of the whole chunk, unpacked
};

/// The most bytes that so many packed bytes can unpack to: gzip packs 1,032 to one at best.
std::uint64_t most_unpacked(const ChunkForm& form, std::uint64_t packed_bytes) noexcept;

/// Unpacks in place; returns what is wrong ("unpacks to 400 bytes, expected 1000"), "" if nothing is. Memory: twice the
/// chunk at most. Errors: std::bad_alloc.
std::string unpack_chunk(const ChunkForm& form, std::vector<unsigned char>& bytes);

}  // namespace octocal::data::hdf5
