// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/voxel_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_dataset.hpp"
#include "octocal/data/internal/hdf5_file.hpp"
#include "octocal/data/internal/hdf5_probe.hpp"
#include "octocal/data/internal/hdf5_state.hpp"
#include "octocal/data/internal/shower_file.hpp"

namespace octocal::data {
namespace {

constexpr const char* kVoxelLayout =
    "CaloChallenge has `incident_energies (N, 1)` and `showers (N, voxels)`, both in MeV";

/// Whether the open file is CaloChallenge's. Error: bad_input if it is neither that nor octocal's, or both.
bool has_voxels(const hdf5::Handle& file, const std::string& name) {
  const auto has = [&](const char* dataset) { return H5Lexists(file.get(), dataset, H5P_DEFAULT) > 0; };
  const bool cells = has("ECAL"), voxels = has("showers") && has("incident_energies");
  if (cells != voxels) return voxels;
  throw bad_input(
      fmt::format("{}: holds {} showers of CaloChallenge (`incident_energies`, `showers`) {} of octocal "
                  "(`ECAL`, `target`); give a file of {}",
                  name, cells ? "both" : "neither", cells ? "and" : "nor", cells ? "one of the two" : "showers"));
}

}  // namespace

/// The two datasets of an open file.
struct VoxelDatasets {
  hdf5::Handle file;
  std::optional<hdf5::FileState> state;
  hdf5::Dataset energies, showers;

  explicit VoxelDatasets(const std::string& name)
      : file(hdf5::open_file(name)),
        state(hdf5::state_of(file.get())),
        energies(file.get(), name, "incident_energies", kVoxelLayout),
        showers(file.get(), name, "showers", kVoxelLayout) {
    const auto& shape = showers.shape();
    const auto& of_energies = energies.shape();
    if (shape.size() != 2)
      throw bad_input(fmt::format("{}: `showers` has shape {}; {}", name, hdf5::text_of(shape), kVoxelLayout));
    const bool is_column = of_energies.size() == 1 || (of_energies.size() == 2 && of_energies[1] == 1);
    if (!is_column || of_energies[0] != shape[0])
      throw bad_input(fmt::format("{}: `incident_energies` has shape {}, `showers` {}; {}", name,
                                  hdf5::text_of(of_energies), hdf5::text_of(shape), kVoxelLayout));
    if (shape[0] == 0) throw bad_input(name + ": holds no showers (`showers` has 0 rows); give a file with showers");
    for (const auto* dataset : {&energies, &showers})
      if (dataset->unwritten())
        throw bad_input(fmt::format("{}: `{}` was not written to its end (was its writer killed?); make the file again",
                                    name, dataset->name()));
  }

  /// For a child process: all that HDF5 could crash at.
  static void prove(const std::string& name) {
    const VoxelDatasets datasets(name);
    for (const auto* dataset : {&datasets.energies, &datasets.showers}) {
      hdf5::probe_goes_on();
      dataset->prove();
    }
  }
};

namespace {

/// A file is looked into by a child process once, so whatever it may be is proved there. Returns its state then.
std::optional<hdf5::FileState> look_at(const std::string& name) {
  return hdf5::probe(name, [&] {
    if (has_voxels(hdf5::open_file(name), name))
      VoxelDatasets::prove(name);
    else
      ShowerFile::prove(name);
  });
}

}  // namespace

bool is_voxel_file(const std::string& file) {
  const hdf5::Lock lock;
  look_at(file);
  return has_voxels(hdf5::open_file(file), file);
}

struct VoxelReader::Impl {
  std::string name;
  CylinderBinning binning;
  VoxelDatasets datasets;
  std::size_t position = 0;

  std::size_t size() const noexcept { return datasets.showers.shape()[0]; }

  void check(std::size_t first, const VoxelBatch& batch) const {
    const auto wrong = [](float value) { return !(value >= 0) || std::isinf(value); };
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (const float energy = batch.energy_mev[i]; wrong(energy) || energy == 0)
        throw bad_input(
            fmt::format("{}: shower {}: its primary energy is {} ({} MeV in `incident_energies`); mend or "
                        "drop this shower",
                        name, first + i, energy == 0 ? "zero" : hdf5::defect_of(energy), energy));
    const auto bad = std::find_if(batch.voxels_mev.begin(), batch.voxels_mev.end(), wrong);
    if (bad == batch.voxels_mev.end()) return;
    const auto at = static_cast<std::size_t>(bad - batch.voxels_mev.begin());
    const std::size_t voxel = at % binning.voxels(), in_layer = voxel % (binning.angles * binning.radii);
    throw bad_input(
        fmt::format("{}: shower {}: voxel {} (layer {}, angle {}, radius {}) is {} ({} MeV); mend or drop "
                    "this shower",
                    name, first + at / binning.voxels(), voxel, voxel / (binning.angles * binning.radii),
                    in_layer / binning.radii, in_layer % binning.radii, hdf5::defect_of(*bad), *bad));
  }
};

VoxelReader::VoxelReader(const std::string& file, const CylinderBinning& binning) {
  const hdf5::Lock lock;
  const auto proved = look_at(file);
  if (!has_voxels(hdf5::open_file(file), file))
    throw bad_input(fmt::format("{}: is no file of CaloChallenge; {}", file, kVoxelLayout));
  impl_.reset(new Impl{file, binning, VoxelDatasets(file), 0});
  if (const auto& state = impl_->datasets.state; state && state != proved) throw hdf5::changed(file);
  const auto& shape = impl_->datasets.showers.shape();
  if (shape[1] != binning.voxels())
    throw bad_input(
        fmt::format("{}: `showers` has {} voxels a shower, the binning {} x {} x {} = {} (layer x angle x "
                    "radius); give the binning XML of this file",
                    file, shape[1], binning.layers, binning.angles, binning.radii, binning.voxels()));
}

VoxelReader::~VoxelReader() = default;

std::size_t VoxelReader::size() const noexcept { return impl_->size(); }

bool VoxelReader::next(VoxelBatch& batch, std::size_t most) {
  auto& own = *impl_;
  const std::size_t count = std::min(most, own.size() - own.position), voxels = own.binning.voxels();
  batch.energy_mev.resize(count);
  batch.voxels_mev.resize(count * voxels);
  if (count == 0) return false;
  {
    const hdf5::Lock lock;
    const bool has_axis = own.datasets.energies.shape().size() == 2;
    const auto& from = own.datasets;
    hdf5::read_unchanged(from.file.get(), own.name, from.state, [&] {
      from.energies.read(has_axis ? std::vector<hsize_t>{own.position, 0} : std::vector<hsize_t>{own.position},
                         has_axis ? std::vector<hsize_t>{count, 1} : std::vector<hsize_t>{count},
                         batch.energy_mev.data());
      from.showers.read({own.position, 0}, {count, voxels}, batch.voxels_mev.data());
    });
  }
  own.check(own.position, batch);
  own.position += count;
  return true;
}

}  // namespace octocal::data
