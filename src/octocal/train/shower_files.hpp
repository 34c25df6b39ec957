// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "octocal/data/shower_batch.hpp"

namespace octocal::train {

/// Files of showers as one long sample, whatever their form: HDF5 (where octocal is built with it) or packed files.
/// Used by one thread at a time.
class ShowerFiles {
 public:
  virtual ~ShowerFiles() = default;

  virtual std::size_t size() const = 0;
  virtual data::Geometry geometry() const = 0;
  virtual const std::vector<std::string>& files() const = 0;

  /// Showers first .. first + count - 1 (any range inside the sample).
  virtual void read(std::size_t first, std::size_t count, data::ShowerBatch& batch) = 0;

  /// Split keys (data/sample_identity.hpp) of the showers that read() has just put into `batch` from `first` on.
  virtual std::vector<std::uint32_t> split_keys(std::size_t first, const data::ShowerBatch& batch) const = 0;

  /// What octocal.training_data records: a packed file answers with the hash of the files it was made from.
  virtual std::string hash() const = 0;
};

/// Opens files: all HDF5 or all packed. Errors: bad_input (missing, unreadable, mixed, of different geometry; HDF5 in a
/// build without it).
std::unique_ptr<ShowerFiles> open_showers(const std::vector<std::string>& files);

}  // namespace octocal::train
