// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/shower_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/data/internal/hdf5_attribute.hpp"
#include "octocal/data/internal/hdf5_file.hpp"
#include "octocal/data/internal/hdf5_probe.hpp"

namespace octocal::data {

using hdf5::defect_of;
using hdf5::text_of;

namespace {

constexpr const char* kShowerLayout =
    "octocal reads `ECAL (N, x, y, z)` in GeV and `target (N, >= 2)`, column 1 = Ep in GeV";
constexpr const char* kLatentsRemedy = "make the file with octocal generate --keep-latents";
constexpr std::size_t kMostColumns = std::size_t{1} << 20U;

}  // namespace

ShowerFile::ShowerFile(const std::string& name) : name_(name) {
  const hdf5::Lock lock;
  const auto proved = hdf5::probe(name, [&] { prove(name); });
  open();
  if (state_ && proved != state_) throw hdf5::changed(name);
  check_ = ShowerCheck(name, !hdf5::read_text(file_.get(), "octocal.model").empty());
  if (const auto missing = ecal_.unwritten()) {
    check_.expect_empty();
    const auto which = missing->row ? fmt::format(", from shower {} on", *missing->row) : "";
    log_warning_once("unwritten parts of " + name,
                     fmt::format("{}: `ECAL` was not written to its end ({} of its {} {} are missing{}: was its writer "
                                 "killed?), and those showers hold nothing; make the file again",
                                 name, missing->missing, missing->of, missing->parts, which));
  }
}

/// Everything that is done to the file before showers are read; logs nothing, for it is done in a child process first.
void ShowerFile::open() {
  file_ = hdf5::open_file(name_);
  state_ = hdf5::state_of(file_.get());
  ecal_ = hdf5::Dataset(file_.get(), name_, "ECAL", kShowerLayout);
  target_ = hdf5::Dataset(file_.get(), name_, "target", kShowerLayout);
  check_shapes();
  refuse_unwritten(target_);
}

void ShowerFile::prove(const std::string& name) {
  ShowerFile file;
  file.name_ = name;
  file.open();
  hdf5::probe_goes_on();
  file.ecal_.prove();
  hdf5::probe_goes_on();
  file.target_.prove();
  hdf5::probe_goes_on();
  for (const auto& attribute : hdf5::text_names(file.root())) hdf5::read_text(file.root(), attribute);
  for (const char* rows : {"latent", "mev_rest"}) {
    if (H5Lexists(file.root(), rows, H5P_DEFAULT) <= 0) continue;
    try {
      hdf5::Dataset(file.root(), name, rows, kLatentsRemedy).prove();
    } catch (const Error&) {  // whoever reads them says so
    }
    hdf5::probe_goes_on();
  }
}

bool ShowerFile::has(const std::string& dataset) const {
  const hdf5::Lock lock;
  return H5Lexists(root(), dataset.c_str(), H5P_DEFAULT) > 0;
}

void ShowerFile::refuse_unwritten(const hdf5::Dataset& dataset) const {
  if (dataset.unwritten())
    throw bad_input(fmt::format("{}: `{}` was not written to its end (was its writer killed?); make the file again",
                                name_, dataset.name()));
}

void ShowerFile::check_shapes() {
  const auto& cells = ecal_.shape();
  if (cells.size() != 4)
    throw bad_input(fmt::format("{}: `ECAL` has rank {}, shape {}, expected rank 4 (N, x, y, z); {}", name_,
                                cells.size(), text_of(cells), kShowerLayout));
  const auto& target = target_.shape();
  if (target.size() != 2 || target[1] < 2)
    throw bad_input(
        fmt::format("{}: `target` has shape {}, expected (N, >= 2); {}", name_, text_of(target), kShowerLayout));
  if (cells[0] == 0) throw bad_input(name_ + ": holds no showers (`ECAL` has 0 rows); give a file with showers");
  if (cells[1] == 0 || cells[2] == 0 || cells[3] == 0)
    throw bad_input(
        fmt::format("{}: `ECAL` has shape {}, a shower without cells; {}", name_, text_of(cells), kShowerLayout));
  geometry_ = {cells[1], cells[2], cells[3]};
  if (!is_possible(geometry_))
    throw bad_input(fmt::format("{}: `ECAL` has shape {}, more than {} cells a shower; {}", name_, text_of(cells),
                                kMostCells, kShowerLayout));
  if (target[0] != cells[0])
    throw bad_input(fmt::format("{}: `ECAL` has {} showers and `target` {} (they must be equal); make the file again",
                                name_, cells[0], target[0]));
  size_ = cells[0];
}

void ShowerFile::look() const {
  check_.look(geometry_, size_, [this](std::size_t first, ShowerBatch& batch) {
    read_unweighed(first, batch.energy_gev, batch.cells_gev);
  });
}

void ShowerFile::read_energies(std::size_t first, std::span<float> energy_gev) const {
  if (energy_gev.empty()) return;
  const hdf5::Lock lock;
  hdf5::read_unchanged(root(), name_, state_, [&] {
    target_.read({first, 1}, {energy_gev.size(), 1}, energy_gev.data());
  });
  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    const float energy = energy_gev[i];
    if (std::isfinite(energy) && energy > 0) continue;
    throw bad_input(
        fmt::format("{}: shower {}: its primary energy is {} ({} GeV in column 1 of `target`); mend or drop "
                    "this shower",
                    name_, first + i, energy == 0 ? "zero" : defect_of(energy), energy));
  }
}

void ShowerFile::read_unweighed(std::size_t first, std::span<float> energy_gev, std::span<float> cells_gev) const {
  if (energy_gev.empty()) return;
  read_energies(first, energy_gev);
  {
    const hdf5::Lock lock;
    hdf5::read_unchanged(root(), name_, state_, [&] {
      ecal_.read({first, 0, 0, 0}, {energy_gev.size(), geometry_.nx, geometry_.ny, geometry_.nz}, cells_gev.data());
    });
  }
  for (std::size_t i = 0; i < cells_gev.size(); ++i) {
    const float cell = cells_gev[i];
    if (!(cell > -kCellThresholdGev) || std::isinf(cell)) {
      const std::size_t in_shower = i % geometry_.cells();
      throw bad_input(fmt::format(
          "{}: shower {}: cell ({}, {}, {}) is {} ({}; cells must be finite and not below -{:g} GeV); mend "
          "or drop this shower",
          name_, first + i / geometry_.cells(), in_shower / (geometry_.ny * geometry_.nz),
          in_shower / geometry_.nz % geometry_.ny, in_shower % geometry_.nz, defect_of(cell), cell, kCellThresholdGev));
    }
    if (cell < kCellThresholdGev) cells_gev[i] = 0;
  }
}

void ShowerFile::read(std::size_t first, std::span<float> energy_gev, std::span<float> cells_gev) const {
  read_unweighed(first, energy_gev, cells_gev);
  check_.pass(first, energy_gev, cells_gev);
}

std::size_t ShowerFile::read_rows(const std::string& dataset, std::size_t first, std::size_t count,
                                  std::vector<float>& values) const {
  const hdf5::Lock lock;
  const char* remedy = dataset == "latent" ? kLatentsRemedy : "make the file again";
  const hdf5::Dataset opened(file_.get(), name_, dataset, remedy);
  const auto& shape = opened.shape();
  if (shape.size() != 2 || shape[0] != size_ || shape[1] == 0 || shape[1] > kMostColumns)
    throw bad_input(
        fmt::format("{}: `{}` has shape {}, expected ({}, columns), one row a shower, at most {} columns; {}", name_,
                    dataset, text_of(shape), size_, kMostColumns, remedy));
  refuse_unwritten(opened);  // also: what is not in the file is no reason to ask for memory
  values.resize(count * shape[1]);
  if (count > 0)
    hdf5::read_unchanged(root(), name_, state_, [&] { opened.read({first, 0}, {count, shape[1]}, values.data()); });
  const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end())
    throw bad_input(fmt::format("{}: shower {}: `{}` holds a value that is not finite; mend or drop this shower", name_,
                                first + static_cast<std::size_t>(bad - values.begin()) / shape[1], dataset));
  return shape[1];
}

}  // namespace octocal::data
