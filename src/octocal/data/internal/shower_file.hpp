// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "octocal/data/internal/hdf5_handle.hpp"
#include "octocal/data/shower_batch.hpp"

// Not installed.

namespace octocal::data {

/// One CLIC file, open for reading, its layout checked. Every member function takes the HDF5 lock.
/// Errors: bad_input naming the file, as ShowerReader promises.
class ShowerFile {
 public:
  ShowerFile() = default;
  explicit ShowerFile(const std::string& name);

  const std::string& name() const noexcept { return name_; }
  std::size_t size() const noexcept { return size_; }
  const Geometry& geometry() const noexcept { return geometry_; }
  hid_t root() const noexcept { return file_.get(); }

  /// Energies and cells of showers first .. first + energy_gev.size() - 1, checked, cells below threshold set to zero.
  void read(std::size_t first, std::span<float> energy_gev, std::span<float> cells_gev) const;
  void read_energies(std::size_t first, std::span<float> energy_gev) const;

  /// Rows of a dataset of rank 2 besides ECAL and target, one row a shower; returns its number of columns.
  std::size_t read_rows(const std::string& dataset, std::size_t first, std::size_t count,
                        std::vector<float>& values) const;

 private:
  hdf5::Handle open_dataset(const std::string& dataset, const std::string& remedy) const;
  std::vector<hsize_t> shape_of(const hdf5::Handle& dataset, const std::string& name) const;
  void read_slab(const hdf5::Handle& dataset, const std::string& dataset_name, const std::vector<hsize_t>& start,
                 const std::vector<hsize_t>& count, float* out) const;

  std::string name_;
  hdf5::Handle file_;
  hdf5::Handle ecal_;
  hdf5::Handle target_;
  Geometry geometry_;
  std::size_t size_ = 0;
};

}  // namespace octocal::data
