// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/train/cell_calibration.hpp"
#include "octocal/train/export.hpp"
#include "octocal/train/freed_memory.hpp"
#include "octocal/train/journal.hpp"
#include "octocal/train/onnx_exchange.hpp"
#include "octocal/train/thread_count.hpp"
#include "octocal/train/training.hpp"

namespace octocal::train {
namespace {

constexpr std::uint64_t kExportSeed = 20260101;

/// The cells of a generator with profiles: calibrated where the checkpoint knows Geant4's mean shower.
std::string calibrated(TrainedGenerator& generator, const TensorMap& tensors, std::int64_t showers) {
  if (showers == 0 || !tensors.contains("cells")) return "cells as trained";
  const MeanShower wanted{tensors.at("cells"), tensors.at("energy"), tensors.at("hits").item<double>(),
                          static_cast<int>(tensors.at("symmetries").item<std::int64_t>())};
  const auto found = calibrate_cells(generator, wanted, showers, kExportSeed);
  return fmt::format(
      "cells calibrated with {} showers (worst core cell off by {:.1f} %, hits from {:.0f} to {:.0f} of {:.0f}, lift "
      "{:.3g})",
      showers, 100 * found.worst_core_cell, found.hits_before, found.hits, wanted.hits, found.lift);
}

}  // namespace

void export_checkpoint(const std::filesystem::path& checkpoint, const std::filesystem::path& onnx,
                       std::int64_t calibration_showers, int threads) {
  const ThreadCount as_many(threads);
  keep_freed_memory();
  auto stored = read_stored_generator(checkpoint);
  if (stored.generator.spec.architecture == model::Architecture::kCells &&
      !stored.generator.parameters.contains("head0.local.weight"))
    throw bad_input(
        fmt::format("{}: a network of cells whose heads draw the colours of a checkerboard (before they drew every "
                    "second pixel); train anew, or export it with the octocal that trained it",
                    checkpoint.string()));
  ExportRecord record;
  try {
    // Outwards to whole GeV: a sample of 100 to 500 GeV has no shower at exactly 100.
    record.info.energy_min_gev = std::floor(stored.about.at("energy_min_gev").get<double>());
    record.info.energy_max_gev = std::ceil(stored.about.at("energy_max_gev").get<double>());
    record.info.response = stored.about.at("response").get<std::vector<double>>();
    record.training_data = stored.about.at("data_hash").get<std::string>();
  } catch (const nlohmann::json::exception& error) {
    throw bad_input(fmt::format("{}: unreadable state ({}); give a checkpoint that octocal train has written",
                                checkpoint.string(), error.what()));
  }
  const data::EnergyResponse response{record.info.response, record.info.energy_min_gev, record.info.energy_max_gev};
  // With profiles ECAL is what the profile network says: there is no scale to correct.
  const bool as_trained = calibration_showers == 0 || stored.generator.spec.output == model::OutputTransform::kProfiles;
  const double ratio = as_trained ? 1
                                  : response_ratio(stored.generator, response, record.info.energy_min_gev,
                                                   record.info.energy_max_gev, calibration_showers, kExportSeed);
  if (!(ratio > 0))
    throw run_failed(fmt::format("{}: the generator's showers are empty; train longer", checkpoint.string()));
  stored.generator.spec.output_scale /= ratio;
  std::string said =
      as_trained ? "response as trained" : fmt::format("response corrected by {:+.2f} %", 100 * (1 / ratio - 1));
  if (stored.generator.spec.output == model::OutputTransform::kProfiles)
    said = calibrated(stored.generator, stored.geant4, calibration_showers);
  if (stored.generator.spec.architecture == model::Architecture::kCells)
    balance_trunk(stored.generator, record.info.energy_min_gev, record.info.energy_max_gev, kExportSeed);
  auto training = stored.about;
  training["calibration"] = said;
  training["step"] = stored.standing.next_step;
  if (!as_trained) training["response_before_export"] = ratio;
  training["best_step"] = stored.standing.best_step;
  training["log"] = stored.standing.history;  // [step, score, its error] of every epoch
  record.training = training.dump();
  if (!stored.physics.is_null()) record.scores = stored.physics.dump();
  write_model(export_graph(stored.generator, record), onnx);
  log_info(fmt::format("{}: step {}, {}", onnx.string(), stored.standing.next_step, said));
}

}  // namespace octocal::train
