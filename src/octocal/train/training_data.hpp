// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "octocal/data/energy_response.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/shower_window.hpp"
#include "octocal/train/stored_cells.hpp"

namespace octocal::train {

/// Showers of a training. Energies (n) in GeV are in memory; cells are too (`cells`), or come from disk (`window`,
/// `source` and `places`). All tensors are on the CPU.
struct ShowerSample {
  at::Tensor energy;
  at::Tensor cells;  ///< (n, x, y, z) in units of kStoredUnitGev (stored_cells.hpp); undefined for a sample on disk

  std::shared_ptr<ShowerWindow> window;  ///< of a training sample on disk
  std::shared_ptr<SharedSource> source;  ///< of a validation sample on disk
  std::vector<std::uint64_t> places;

  std::int64_t size() const { return energy.defined() ? energy.size(0) : 0; }
  bool in_memory() const { return cells.defined(); }

  /// `count` showers for a training step, with replacement: their row numbers (count). From the whole sample if it is
  /// in memory (draw.indices), else from the window at the draw's step.
  at::Tensor rows(const BatchDraw& draw, std::int64_t count, Purpose purpose) const;

  /// Cells of the given rows in GeV, float32. Any rows; those of a sample on disk are fast if rows() has just named
  /// them, or if they are neighbours.
  at::Tensor cells_gev(const at::Tensor& rows) const;
};

/// Training showers and the held-out ones that choose the epoch.
struct TrainingData {
  ShowerSample training;
  ShowerSample validation;
  std::vector<std::string> files;
  std::string hash;  ///< of the files' contents; a packed file has that of the files it is made from
  double energy_min_gev = 0;
  double energy_max_gev = 0;
  data::EnergyResponse response;  ///< mean ECAL of the training showers
  data::Geometry geometry;
};

/// Reads all showers of the files, once. A shower belongs to validation if a hash of its contents says so (about
/// `validation_share` of them): it stays there whatever the order or number of files, and so do its copies. Cells stay
/// in memory if stream.memory_bytes is 0 or holds them, else they are streamed; as float32 if float16 does not hold the
/// largest of them (stored_cells.hpp; all files are read a second time then). Errors: bad_input, also if the cells would
/// not fit into the machine's memory.
TrainingData load_training_data(const std::vector<std::string>& files, double validation_share,
                                const StreamSettings& stream = {});

/// One of the eight symmetries of the square in x and y, 0..7: bit 0 flips x, bit 1 flips y, bit 2 swaps them.
/// images: (n, x, y, ...).
at::Tensor transform_transverse(const at::Tensor& images, int symmetry);

}  // namespace octocal::train
