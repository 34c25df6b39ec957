// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/log.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::study {
namespace {

/// 0 for float32 itself, so that a tolerance can always be met: the response's shift and what the mean shower loses,
/// each relative. Against Geant4 only what int8 makes worse counts.
double score_of(const Int8Difference& difference) {
  const double mse = difference.mse_int8_to_reference
                         ? *difference.mse_int8_to_reference - *difference.mse_float32_to_reference
                         : difference.projection_mse;
  return std::abs(difference.ecal_shift) + std::sqrt(std::max(0.0, mse));
}

/// The float32 showers, and Geant4's at the same energies if there is a reference.
std::unique_ptr<Float32Showers> make_float32(const TuningSettings& settings, const OpenModel& source) {
  const auto seed = settings.calibration.seed;
  if (settings.reference.empty())
    return std::make_unique<Float32Showers>(source, quant::uniform_energies(source.info, settings.showers, seed + 1),
                                            settings.engine, seed);
  data::ShowerReader reader(data::expand_shower_files(settings.reference));
  data::ShowerBatch reference;
  reader.read(0, std::min(settings.showers, reader.size()), reference);
  const auto energies = std::minmax_element(reference.energy_gev.begin(), reference.energy_gev.end());
  check_energy_range(source, static_cast<double>(*energies.first), static_cast<double>(*energies.second), false);
  auto float32 = std::make_unique<Float32Showers>(source, reference.energy_gev, settings.engine, seed);
  float32->set_reference(reference);
  return float32;
}

}  // namespace

Tuning tune(const TuningSettings& settings) {
  Tuning tuning;
  tuning.source = open_model(settings.model, settings.engine.model_info);
  const auto& options = settings.calibration.options;
  const auto calibration = make_calibration(settings.calibration, tuning.source);
  const auto float32 = make_float32(settings, tuning.source);
  const quant::Quantizer quantizer(tuning.source.graph, calibration.showers, options,
                                   quant::engine_backend(tuning.source.file), settings.model);

  Progress progress("tune", "trials", settings.budget);
  std::uint64_t done = 0;
  const auto note = [&](const quant::Trial& trial) {
    progress.update(++done, fmt::format("{}: {:.5f}", trial.what, trial.score));
    log_verbose(fmt::format("trial {}: {}: score {:.6f}, {:.1f} % of the work in int8", done, trial.what, trial.score,
                            100 * trial.int8_share));
  };
  const auto score = [&](const model::Graph& graph) { return score_of(float32->compare(graph)); };
  tuning.result = quant::tune(quantizer, score, {settings.tolerance, settings.budget, settings.sensitivity}, note);
  progress.finish();

  tuning.model = build_quantized(quantizer, model::Precision::kInt8, tuning.result.keep_float32, tuning.source, options,
                                 calibration.record);
  tuning.model.graph.metadata["octocal.tuning"] =
      nlohmann::json(
          {{"score", tuning.result.score}, {"tolerance", settings.tolerance}, {"trials", tuning.result.trials.size()}})
          .dump();
  if (settings.check_showers > 0) {
    const auto seed = settings.calibration.seed;
    const Float32Showers fresh(tuning.source,
                               quant::uniform_energies(tuning.source.info, settings.check_showers, seed + 2),
                               settings.engine, seed + 2);
    tuning.difference = fresh.compare(tuning.model.graph);
    judge_shift(*tuning.difference, model::Precision::kInt8, settings.max_shift, settings.model);
  }
  return tuning;
}

}  // namespace octocal::study
