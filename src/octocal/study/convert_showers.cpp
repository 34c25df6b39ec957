// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/convert_showers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/base/run_files.hpp"
#include "octocal/data/mev_rest.hpp"
#include "octocal/data/shower_check.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/data/voxel_reader.hpp"
#include "octocal/data/voxel_writer.hpp"

namespace octocal::study {
namespace {

/// Numbers that are held at once: 16 MiB of float32.
constexpr std::size_t kConvertedAtOnce = std::size_t{1} << 22U;

std::size_t showers_at_once(const data::CylinderBinning& binning) {
  return std::max<std::size_t>(1, kConvertedAtOnce / binning.voxels());
}

std::string cylinder_text(const data::CylinderBinning& binning) {
  return fmt::format("layers={} angles={} radii={} particle={}", binning.layers, binning.angles, binning.radii,
                     binning.particle);
}

/// Calls visit(voxel, cell) for each place of a shower.
template <typename Visit>
void for_each_place(const data::CylinderBinning& binning, Visit visit) {
  for (std::size_t layer = 0; layer < binning.layers; ++layer)
    for (std::size_t angle = 0; angle < binning.angles; ++angle)
      for (std::size_t radius = 0; radius < binning.radii; ++radius)
        visit(binning.voxel(layer, angle, radius), binning.cell(layer, angle, radius));
}

void convert_to_cells(const ConversionSettings& settings, ConversionResult& result) {
  const auto& binning = result.binning;
  std::size_t all = 0;
  for (const auto& file : settings.inputs) all += data::VoxelReader(file, binning).size();
  data::WriterOptions layout;
  layout.geometry = binning.geometry();
  layout.compression = settings.compression;
  layout.pdg_code = binning.pdg_code;
  layout.mev_rests = true;
  data::ShowerWriter writer(settings.output, layout);
  Progress progress("convert", "showers", all);
  data::VoxelBatch voxels;
  data::ShowerBatch cells;
  cells.geometry = binning.geometry();
  std::vector<std::int8_t> rests;
  const std::size_t in_shower = binning.voxels();
  for (const auto& file : settings.inputs) {
    data::VoxelReader reader(file, binning);
    const data::ShowerCheck check(file, false);
    for (std::size_t first = 0; reader.next(voxels, showers_at_once(binning)); first += voxels.size()) {
      throw_if_interrupted();
      cells.resize(voxels.size());
      rests.resize(voxels.size() * (1 + in_shower));
      for (std::size_t i = 0; i < voxels.size(); ++i) {
        cells.energy_gev[i] = data::gev_of_mev(voxels.energy_mev[i]);
        auto* const own_rests = &rests[i * (1 + in_shower)];
        own_rests[0] = data::mev_rest(voxels.energy_mev[i]);
        const float* const from = &voxels.voxels_mev[i * in_shower];
        const auto to = cells.shower(i);
        for_each_place(binning, [&](std::size_t voxel, std::size_t cell) {
          const float gev = data::gev_of_mev(from[voxel]);
          const bool is_small = gev < data::kCellThresholdGev;
          result.dropped += is_small && from[voxel] > 0 ? 1 : 0;
          to[cell] = is_small ? 0.0F : gev;
          own_rests[1 + cell] = is_small ? std::int8_t{0} : data::mev_rest(from[voxel]);
        });
      }
      if (first == 0)
        check.look(cells.geometry, std::min<std::size_t>(cells.size(), 32),
                   [&](std::size_t from, data::ShowerBatch& some) {
                     const auto begin = static_cast<std::ptrdiff_t>(from * in_shower);
                     std::copy_n(cells.energy_gev.begin() + static_cast<std::ptrdiff_t>(from), some.size(),
                                 some.energy_gev.begin());
                     std::copy_n(cells.cells_gev.begin() + begin, some.cells_gev.size(), some.cells_gev.begin());
                   });
      check.pass(first, cells.energy_gev, cells.cells_gev);
      writer.append(cells.energy_gev, cells.cells_gev, {}, rests);
      progress.update(result.showers += voxels.size());
    }
  }
  progress.finish();
  writer.set_attribute("octocal.cylinder", cylinder_text(binning));
  if (result.dropped > 0)
    log_warning(
        fmt::format("{}: {} below {:g} MeV became 0 (files of showers have nothing smaller); converted back "
                    "they stay 0",
                    settings.output, count_text(result.dropped, "voxel"), data::kCellThresholdGev * 1e3));
  writer.finish();
}

void convert_to_voxels(const ConversionSettings& settings, ConversionResult& result) {
  const auto& binning = result.binning;
  data::ShowerReader whole(settings.inputs);
  const auto wanted = binning.geometry();
  if (const auto& found = whole.geometry(); found != wanted)
    throw bad_input(
        fmt::format("{}: showers of {} x {} x {} cells, the binning has {} x {} x {} (angle x radius x "
                    "layer); give showers of that calorimeter, or its binning XML",
                    settings.inputs.front(), found.nx, found.ny, found.nz, wanted.nx, wanted.ny, wanted.nz));
  data::VoxelWriter writer(settings.output, binning.voxels());
  Progress progress("convert", "showers", whole.size());
  data::ShowerBatch cells;
  std::vector<std::int8_t> rests;
  std::vector<float> energies, voxels;
  const std::size_t in_shower = binning.voxels();
  for (const auto& file : settings.inputs) {
    data::ShowerReader reader({file});
    data::MevRestReader rest_reader(file);
    result.has_rests = result.has_rests && rest_reader.has_rests();
    for (std::size_t first = 0; reader.next(cells, showers_at_once(binning)); first += cells.size()) {
      throw_if_interrupted();
      rest_reader.read(first, cells.size(), rests);
      energies.resize(cells.size());
      voxels.resize(cells.cells_gev.size());
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto* const own_rests = &rests[i * (1 + in_shower)];
        energies[i] = data::mev_of_gev(cells.energy_gev[i], own_rests[0]);
        const auto from = cells.shower(i);
        float* const to = &voxels[i * in_shower];
        for_each_place(binning, [&](std::size_t voxel, std::size_t cell) {
          to[voxel] = from[cell] > 0 ? data::mev_of_gev(from[cell], own_rests[1 + cell]) : 0.0F;
        });
      }
      writer.append(energies, voxels);
      progress.update(result.showers += cells.size());
    }
  }
  progress.finish();
  writer.finish();
}

}  // namespace

ConversionResult convert_showers(const ConversionSettings& settings) {
  RunFiles files;
  files.reads("`inputs`", settings.inputs);
  files.reads("`binning`", settings.binning);
  files.writes("`output`", settings.output);
  files.claim();
  if (settings.inputs.empty()) throw bad_input("no file to convert is given; name at least one");
  ConversionResult result;
  result.binning = data::read_binning(settings.binning);
  const bool voxels = data::is_voxel_file(settings.inputs.front());
  for (const auto& file : settings.inputs)
    if (data::is_voxel_file(file) != voxels)
      throw bad_input(
          fmt::format("{} and {}: one is a file of CaloChallenge, the other of octocal (the first says what "
                      "is converted into what); convert them apart",
                      settings.inputs.front(), file));
  result.to_voxels = !voxels;
  if (voxels)
    convert_to_cells(settings, result);
  else
    convert_to_voxels(settings, result);
  return result;
}

}  // namespace octocal::study
