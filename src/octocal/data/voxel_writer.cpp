// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/voxel_writer.hpp"

#include <algorithm>

#include "octocal/base/expect.hpp"
#include "octocal/data/internal/hdf5_output.hpp"

namespace octocal::data {
namespace {

constexpr unsigned kVoxelGzip = 1;  ///< of voxels, most of which are zero, higher levels gain little
constexpr std::size_t kEnergiesInChunk = 4096;
constexpr std::size_t kNumbersInChunk = 1U << 18U;  ///< 1 MiB: what HDF5's cache of chunks holds

}  // namespace

struct VoxelWriter::Impl {
  hdf5::Output file;
  std::size_t voxels;
  hdf5::Handle energies, showers;
  std::size_t energies_there = 0, showers_there = 0;

  Impl(const std::string& name, std::size_t in_shower)
      : file(name),
        voxels(in_shower),
        energies(file.create("incident_energies", H5T_IEEE_F32LE, {1}, kEnergiesInChunk, kVoxelGzip)),
        showers(file.create("showers", H5T_IEEE_F32LE, {in_shower},
                            std::max<std::size_t>(1, kNumbersInChunk / in_shower), kVoxelGzip)) {}
  ~Impl() { file.give_up(); }
};

VoxelWriter::VoxelWriter(const std::string& file, std::size_t voxels) {
  const hdf5::Lock lock;
  impl_ = std::make_unique<Impl>(file, voxels);
}

VoxelWriter::~VoxelWriter() = default;

void VoxelWriter::append(std::span<const float> energy_mev, std::span<const float> voxels_mev) {
  auto& to = *impl_;
  OCTOCAL_EXPECT(voxels_mev.size() == energy_mev.size() * to.voxels);
  const hdf5::Lock lock;
  to.file.append(to.energies, to.energies_there, energy_mev.size(), {1}, H5T_NATIVE_FLOAT, energy_mev.data());
  to.file.append(to.showers, to.showers_there, energy_mev.size(), {to.voxels}, H5T_NATIVE_FLOAT, voxels_mev.data());
}

void VoxelWriter::finish() {
  auto& to = *impl_;
  const hdf5::Lock lock;
  for (auto* dataset : {&to.showers, &to.energies})
    if (!dataset->reset()) throw to.file.failed();
  to.file.commit();
}

}  // namespace octocal::data
