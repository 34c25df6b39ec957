// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "octocal/data/cell_packer.hpp"
#include "octocal/data/compression.hpp"
#include "octocal/data/shower_batch.hpp"

namespace octocal::data {

/// Settings of an output file.
struct WriterOptions {
  Geometry geometry;               ///< of every shower
  std::size_t latent_columns = 0;  ///< > 0: also write `latent (N, columns)`, the generator's inputs
  Compression compression = {};    ///< of the cells
  int pdg_code = 11;               ///< column 0 of `target`
  bool mev_rests = false;          ///< also write `mev_rest (N, 1 + cells)` int8: what is lost of MeV (mev_rest.hpp)
};

/// Writes showers in the CLIC layout (`ECAL`, `target`) as they come, so memory does not grow with their number.
/// The file is complete or absent: it appears under its name only when finish() succeeds.
///
/// Same showers, same bytes (no time stamps inside), however they are shared out to calls. One thread at a time. Errors, naming the file: bad_input if it cannot be
/// created (see PendingFile), run_failed if the disk is full.
class ShowerWriter {
 public:
  /// Opens the file; errors as above.
  ShowerWriter(const std::string& file, const WriterOptions& options);
  ~ShowerWriter();
  ShowerWriter(ShowerWriter&&) noexcept;
  ShowerWriter& operator=(ShowerWriter&&) noexcept;

  /// Appends n showers. Cells below kCellThresholdGev are written as zero.
  ///
  /// | tensor     | shape                                         | unit |
  /// |------------|-----------------------------------------------|------|
  /// | energy_gev | (n)                                           | GeV  |
  /// | cells_gev  | (n, nx, ny, nz)                               | GeV  |
  /// | latents    | (n, latent_columns), empty if there are none  |      |
  /// | mev_rests  | (n, 1 + cells), of energy and cells; or empty |      |
  ///
  /// Errors: bad_input for an energy or a cell that is not finite, naming the shower.
  void append(std::span<const float> energy_gev, std::span<const float> cells_gev, std::span<const float> latents = {},
              std::span<const std::int8_t> mev_rests = {});
  void append(const ShowerBatch& batch, std::span<const float> latents = {}) {
    append(batch.energy_gev, batch.cells_gev, latents);
  }

  /// Appends the showers of one chunk, whose cells a CellPacker of the same geometry and compression has packed behind
  /// drop_small_cells(); tensors as above. Only writes: packing many chunks at a time is up to threads of the caller.
  /// The bytes of the file are those that append() of the same showers makes.
  /// Precondition: written() is a multiple of showers_in_chunk(), 1 to as many showers; energies are finite; the file has
  /// no rests.
  void append_packed(std::span<const float> energy_gev, const PackedCells& cells, std::span<const float> latents = {});

  /// Text attributes of the root group, written by finish().
  void set_attribute(const std::string& name, const std::string& value);

  /// Completes the file, flushes it to disk and puts it in place.
  void finish();

  std::size_t written() const noexcept;  ///< showers so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::data
