// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "octocal/base/pending_file.hpp"
#include "octocal/data/shower_batch.hpp"
#include "octocal/data/shower_check.hpp"

namespace octocal::data {

/// A packed training file: showers in a form that needs no library to read, for machines that have no HDF5. Exact
/// float32 cells, about a sixth of their size in memory. Little endian:
///
/// | part   | what                                                                                               |
/// |--------|----------------------------------------------------------------------------------------------------|
/// | header | 4,096 bytes of text, a line a setting (`head -c 4096 FILE` shows it), its own CRC-32 last          |
/// | blocks | of kPackedBlock showers; a shower: uint32 n, a bit a cell (C order, lowest bit first) that says     |
/// |        | whether it is above zero, n float32 cells in GeV                                                   |
/// | index  | a block: uint64 offset, uint32 bytes, uint32 CRC-32; then float32 Ep a shower, uint32 split key a   |
/// |        | shower (sample_identity.hpp)                                                                       |
inline constexpr std::size_t kPackedBlock = 64;

/// Writes a packed file, complete or absent. Errors: as PendingFile, and run_failed if the disk is full, naming it.
class PackedWriter {
 public:
  /// sample_hash: of the files that the showers are from (sample_identity.hpp).
  PackedWriter(const std::string& file, const Geometry& geometry, std::string sample_hash);

  /// Appends showers with their split keys (one each). Cells must be finite and not negative, as ShowerReader gives.
  void append(const ShowerBatch& batch, std::span<const std::uint32_t> split_keys);
  /// Completes the file, flushes it to disk and puts it in place.
  void finish();

 private:
  void write_block();

  Geometry geometry_;
  std::string sample_hash_;
  PendingFile pending_;
  std::ofstream out_;
  std::uint64_t offset_;
  std::string block_, index_;
  std::size_t in_block_ = 0;
  std::vector<float> energy_;
  std::vector<std::uint32_t> keys_;
};

/// True if the file begins like a packed file. Errors: bad_input if it cannot be read.
bool is_packed_file(const std::string& file);

/// Reads one packed file, any range of showers. One thread at a time. Errors: bad_input naming the file: missing, not
/// a packed file, truncated, damaged (a checksum differs, or cells and energies are not finite and above zero), and what ShowerCheck refuses (units that cannot be, nothing
/// but empty showers).
class PackedReader {
 public:
  /// Opens the file and checks header and index; errors as above.
  explicit PackedReader(std::string file);

  std::size_t size() const noexcept { return energy_.size(); }     ///< showers
  const Geometry& geometry() const noexcept { return geometry_; }  ///< of every shower
  /// Hash of the files that it was made from.
  const std::string& sample_hash() const noexcept { return sample_hash_; }
  /// Primary energy in GeV and split key (sample_identity.hpp) of every shower.
  const std::vector<float>& energies() const noexcept { return energy_; }
  const std::vector<std::uint32_t>& split_keys() const noexcept { return keys_; }

  /// Showers first .. first + count - 1 into `cells_gev` (count * geometry().cells()). Precondition: inside the file.
  void read(std::size_t first, std::size_t count, std::span<float> cells_gev);

 private:
  struct Block {
    std::uint64_t offset;
    std::uint32_t bytes, crc;
  };
  void load_block(std::size_t index);
  void unpack(std::size_t first, std::size_t count, std::span<float> cells_gev);

  std::string file_;
  ShowerCheck check_;
  std::ifstream in_;
  Geometry geometry_;
  std::string sample_hash_;
  std::vector<Block> blocks_;
  std::vector<float> energy_;
  std::vector<std::uint32_t> keys_;
  std::string loaded_;  // bytes of block loaded_index_
  std::size_t loaded_index_ = static_cast<std::size_t>(-1);
};

}  // namespace octocal::data
