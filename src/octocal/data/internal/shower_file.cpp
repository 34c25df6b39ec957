// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/shower_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <vector>

#include "octocal/base/error.hpp"

namespace octocal::data {
namespace {

constexpr const char* kLayout = "octocal reads `ECAL (N, x, y, z)` in GeV and `target (N, >= 2)`, column 1 = Ep in GeV";

hdf5::Handle open_file(const std::string& name) {
  std::error_code ignored;
  if (!std::filesystem::exists(name, ignored)) throw bad_input(name + ": no such file; check the path");
  if (std::filesystem::is_directory(name, ignored))
    throw bad_input(fmt::format("{}: is a folder; name files, for example '{}/*.h5'", name, name));
  if (!std::ifstream(name, std::ios::binary)) throw bad_input(name + ": cannot be read; check its permissions");
  if (H5Fis_hdf5(name.c_str()) <= 0)
    throw bad_input(name + ": is not an HDF5 file; give a file of showers in the CLIC layout");
  hdf5::Handle file(H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file)
    throw bad_input(name + ": is HDF5 but cannot be opened (it is truncated or damaged); copy or make it again");
  return file;
}

std::string text_of(std::vector<hsize_t> shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

/// Why an energy or a cell is refused.
const char* defect_of(float value) { return std::isnan(value) ? "NaN" : std::isinf(value) ? "infinite" : "negative"; }

}  // namespace

hdf5::Handle ShowerFile::open_dataset(const std::string& dataset, const std::string& remedy) const {
  if (H5Lexists(file_.get(), dataset.c_str(), H5P_DEFAULT) <= 0)
    throw bad_input(fmt::format("{}: has no dataset `{}`; {}", name_, dataset, remedy));
  hdf5::Handle opened(H5Dopen2(file_.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!opened) throw bad_input(fmt::format("{}: `{}` is not a dataset that can be opened; {}", name_, dataset, remedy));
  const hdf5::Handle type(H5Dget_type(opened.get()), H5Tclose);
  const auto kind = H5Tget_class(type.get());
  if (kind != H5T_FLOAT && kind != H5T_INTEGER)
    throw bad_input(fmt::format("{}: dataset `{}` does not hold numbers; {}", name_, dataset, remedy));

  // The default chunk cache is 1 MiB; with larger chunks every read would unpack the same chunk again.
  const hdf5::Handle layout(H5Dget_create_plist(opened.get()), H5Pclose);
  if (H5Pget_layout(layout.get()) != H5D_CHUNKED) return opened;
  std::vector<hsize_t> chunk(H5S_MAX_RANK);
  chunk.resize(static_cast<std::size_t>(std::max(0, H5Pget_chunk(layout.get(), H5S_MAX_RANK, chunk.data()))));
  std::size_t bytes = H5Tget_size(type.get());
  for (const auto extent : chunk) bytes *= extent;
  constexpr std::size_t kLeast = 1U << 20U;
  constexpr std::size_t kMost = 256U << 20U;
  if (bytes <= kLeast || bytes > kMost) return opened;
  const hdf5::Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_chunk_cache(access.get(), 101, bytes, 1.0);
  opened.reset();
  return {H5Dopen2(file_.get(), dataset.c_str(), access.get()), H5Dclose};
}

std::vector<hsize_t> ShowerFile::shape_of(const hdf5::Handle& dataset, const std::string& name) const {
  const hdf5::Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) throw bad_input(fmt::format("{}: the shape of `{}` cannot be read; make the file again", name_, name));
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
  return shape;
}

ShowerFile::ShowerFile(const std::string& name) : name_(name) {
  const hdf5::Lock lock;
  file_ = open_file(name);
  ecal_ = open_dataset("ECAL", kLayout);
  target_ = open_dataset("target", kLayout);
  const auto cells = shape_of(ecal_, "ECAL");
  if (cells.size() != 4)
    throw bad_input(fmt::format("{}: `ECAL` has rank {}, shape {}, expected rank 4 (N, x, y, z); {}", name,
                                cells.size(), text_of(cells), kLayout));
  const auto target = shape_of(target_, "target");
  if (target.size() != 2 || target[1] < 2)
    throw bad_input(fmt::format("{}: `target` has shape {}, expected (N, >= 2); {}", name, text_of(target), kLayout));
  if (cells[0] == 0) throw bad_input(name + ": holds no showers (`ECAL` has 0 rows); give a file with showers");
  if (cells[1] == 0 || cells[2] == 0 || cells[3] == 0)
    throw bad_input(fmt::format("{}: `ECAL` has shape {}, a shower without cells; {}", name, text_of(cells), kLayout));
  if (target[0] != cells[0])
    throw bad_input(fmt::format("{}: `ECAL` has {} showers and `target` {} (they must be equal); make the file again",
                                name, cells[0], target[0]));
  size_ = cells[0];
  geometry_ = {cells[1], cells[2], cells[3]};
}

void ShowerFile::read_slab(const hdf5::Handle& dataset, const std::string& dataset_name,
                           const std::vector<hsize_t>& start, const std::vector<hsize_t>& count, float* out) const {
  const hdf5::Lock lock;
  const hdf5::Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const hdf5::Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dread(dataset.get(), H5T_NATIVE_FLOAT, memory.get(), space.get(), H5P_DEFAULT, out) < 0)
    throw bad_input(
        fmt::format("{}: rows {} to {} of `{}` cannot be read (the file is truncated or damaged); copy or "
                    "make it again",
                    name_, start[0], start[0] + count[0] - 1, dataset_name));
}

void ShowerFile::read_energies(std::size_t first, std::span<float> energy_gev) const {
  if (energy_gev.empty()) return;
  read_slab(target_, "target", {first, 1}, {energy_gev.size(), 1}, energy_gev.data());
  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    const float energy = energy_gev[i];
    if (std::isfinite(energy) && energy > 0) continue;
    throw bad_input(
        fmt::format("{}: shower {}: its primary energy is {} ({} GeV in column 1 of `target`); mend or drop "
                    "this shower",
                    name_, first + i, energy == 0 ? "zero" : defect_of(energy), energy));
  }
}

void ShowerFile::read(std::size_t first, std::span<float> energy_gev, std::span<float> cells_gev) const {
  if (energy_gev.empty()) return;
  read_energies(first, energy_gev);
  read_slab(ecal_, "ECAL", {first, 0, 0, 0}, {energy_gev.size(), geometry_.nx, geometry_.ny, geometry_.nz},
            cells_gev.data());
  for (std::size_t i = 0; i < cells_gev.size(); ++i) {
    const float cell = cells_gev[i];
    if (!(cell >= 0) || std::isinf(cell)) {
      const std::size_t in_shower = i % geometry_.cells();
      throw bad_input(
          fmt::format("{}: shower {}: cell ({}, {}, {}) is {} ({}; cells must be finite and not negative); mend or "
                      "drop this shower",
                      name_, first + i / geometry_.cells(), in_shower / (geometry_.ny * geometry_.nz),
                      in_shower / geometry_.nz % geometry_.ny, in_shower % geometry_.nz, defect_of(cell), cell));
    }
    if (cell < kCellThresholdGev) cells_gev[i] = 0;
  }
}

std::size_t ShowerFile::read_rows(const std::string& dataset, std::size_t first, std::size_t count,
                                  std::vector<float>& values) const {
  const hdf5::Lock lock;
  const auto opened = open_dataset(dataset, "make the file with octocal generate --keep-latents");
  const auto shape = shape_of(opened, dataset);
  if (shape.size() != 2 || shape[0] != size_ || shape[1] == 0)
    throw bad_input(
        fmt::format("{}: `{}` has shape {}, expected ({}, columns), one row a shower; make the file with "
                    "octocal generate --keep-latents",
                    name_, dataset, text_of(shape), size_));
  values.resize(count * shape[1]);
  if (count > 0) read_slab(opened, dataset, {first, 0}, {count, shape[1]}, values.data());
  const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end())
    throw bad_input(fmt::format("{}: shower {}: `{}` holds a value that is not finite; mend or drop this shower", name_,
                                first + static_cast<std::size_t>(bad - values.begin()) / shape[1], dataset));
  return shape[1];
}

}  // namespace octocal::data
