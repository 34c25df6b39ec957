// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "octocal/data/internal/hdf5_dataset.hpp"
#include "octocal/data/internal/hdf5_handle.hpp"
#include "octocal/data/internal/hdf5_state.hpp"
#include "octocal/data/shower_batch.hpp"
#include "octocal/data/shower_check.hpp"

// Not installed.

namespace octocal::data {

/// One CLIC file, open for reading, its layout checked. Every member function takes the HDF5 lock.
/// Errors: bad_input naming the file, as ShowerReader promises, also if it is written to while it is open.
class ShowerFile {
 public:
  ShowerFile() = default;
  explicit ShowerFile(const std::string& name);

  const std::string& name() const noexcept { return name_; }
  std::size_t size() const noexcept { return size_; }
  const Geometry& geometry() const noexcept { return geometry_; }
  hid_t root() const noexcept { return file_.get(); }
  /// When it was opened.
  const std::optional<hdf5::FileState>& state() const noexcept { return state_; }

  /// What is done to a file before showers are read, for a child process (hdf5_probe.hpp); logs nothing.
  static void prove(const std::string& name);

  /// Whether there is a dataset (or anything else) of this name.
  bool has(const std::string& dataset) const;

  /// Judges by the first showers whether the file holds showers in GeV at all (shower_check.hpp).
  void look() const;

  /// Energies and cells of showers first .. first + energy_gev.size() - 1, checked, cells below threshold set to zero.
  /// Refuses showers that leave far more than they have, warns of the first empty one.
  void read(std::size_t first, std::span<float> energy_gev, std::span<float> cells_gev) const;
  void read_energies(std::size_t first, std::span<float> energy_gev) const;

  /// Rows of a dataset of rank 2 besides ECAL and target, one row a shower; returns its number of columns.
  std::size_t read_rows(const std::string& dataset, std::size_t first, std::size_t count,
                        std::vector<float>& values) const;

 private:
  void open();
  void check_shapes();
  void refuse_unwritten(const hdf5::Dataset& dataset) const;
  void read_unweighed(std::size_t first, std::span<float> energy_gev, std::span<float> cells_gev) const;

  std::string name_;
  hdf5::Handle file_;
  std::optional<hdf5::FileState> state_;
  hdf5::Dataset ecal_;
  hdf5::Dataset target_;
  Geometry geometry_;
  std::size_t size_ = 0;
  ShowerCheck check_;
};

}  // namespace octocal::data
