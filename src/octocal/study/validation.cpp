// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/study/formats.hpp"

namespace octocal::study {
namespace {

constexpr const char* kReferenceName = "Geant4";
constexpr std::size_t kMostPerReference = 10'000;

void check(const ValidationSettings& settings) {
  if (settings.reference.empty()) throw bad_input("`reference`: no file of Geant4 showers is given; name one or more");
  if (settings.showers_per_reference < 1 || settings.showers_per_reference > kMostPerReference)
    throw bad_input(
        fmt::format("`showers_per_reference` {}: must be from 1 to {}; 10 makes the model's own error small",
                    settings.showers_per_reference, kMostPerReference));
  if (!settings.formats.empty() && settings.models.empty())
    throw bad_input("`formats`: there is no model to be shown in other formats; name a float32 one");
  resolved_formats(settings.formats);
  if (!settings.training.empty() && !settings.neighbours)
    throw bad_input(
        "`training`: is of use to the nearest neighbours only, which are left out; leave out one of the two");
}

std::vector<std::unique_ptr<SampleSource>> open_sources(const ValidationSettings& settings) {
  std::vector<std::unique_ptr<SampleSource>> sources;
  sources.push_back(open_shower_files(settings.reference, "reference", settings.showers));
  sources.front()->rename(kReferenceName);
  // Shower i is made at the energy of reference shower i modulo their number: the first ones are those of one each.
  const auto& once = sources.front()->energies_gev();
  std::vector<float> energies;
  for (std::size_t i = 0; i < settings.showers_per_reference; ++i)
    energies.insert(energies.end(), once.begin(), once.end());
  for (const auto& file : settings.models)
    sources.push_back(
        open_model_source(open_model(file, settings.engine.model_info), settings.engine, settings.seed, energies));
  CalibrationSettings calibration;
  calibration.seed = settings.seed;
  const auto formats = resolved_formats(settings.formats);
  Progress progress("quantize", "formats", formats.size());
  for (std::size_t i = 0; i < formats.size(); ++i) {
    throw_if_interrupted();
    progress.update(i, formats[i]);
    sources.push_back(open_model_source(in_format(settings.models.front(), formats[i], calibration, settings.engine),
                                        settings.engine, settings.seed, energies));
  }
  if (!formats.empty()) progress.finish();
  for (const auto& file : settings.samples) sources.push_back(open_shower_files({file}, "file", settings.showers));
  name_samples(sources);
  return sources;
}

/// A quantized model that was made of another network than the float32 models it is shown beside.
std::vector<std::string> source_warnings(const std::vector<std::unique_ptr<SampleSource>>& sources) {
  std::vector<std::string> warnings;
  for (const auto& source : sources) {
    const SampleIdentity& identity = source->identity();
    const auto origin = identity.metadata.find("octocal.source_model");
    if (identity.kind != "model" || origin == identity.metadata.end()) continue;
    const SampleIdentity* beside = nullptr;
    bool found = false;
    for (const auto& other : sources) {
      if (other->identity().kind != "model" || other->identity().precision != "float32") continue;
      beside = beside != nullptr ? beside : &other->identity();
      found = found || other->identity().model_hash == origin->second;
    }
    if (found || beside == nullptr) continue;
    warnings.push_back(fmt::format(
        "{}: was not made from {} (it says that its float32 model has the hash {}, this one has {}), so table 5 shows "
        "more than quantization; quantize {} again",
        identity.file, beside->file, origin->second, beside->model_hash.value_or("none"), beside->file));
  }
  return warnings;
}

}  // namespace

bool Validation::all_limits_met() const noexcept {
  return std::all_of(samples.begin(), samples.end(), [](const MeasuredSample& sample) {
    return std::all_of(sample.verdicts.begin(), sample.verdicts.end(),
                       [](const physics::Verdict& verdict) { return verdict.pass; });
  });
}

Validation validate(const ValidationSettings& settings) {
  check(settings);
  Validation result;
  result.settings = settings;
  result.settings.formats = resolved_formats(settings.formats);
  // Limits that cannot be read fail at once, not behind the work.
  result.limits = settings.limits.empty() ? physics::shipped_limits() : physics::read_limits(settings.limits);
  const auto sources = open_sources(settings);
  result.warnings = source_warnings(sources);
  for (const auto& warning : result.warnings) log_warning(warning);
  result.reference_files = data::expand_shower_files(settings.reference);
  result.geometry = sources.front()->geometry();

  MeasureOptions options;
  options.classifier = settings.classifier;
  options.neighbours = settings.neighbours;
  options.seed = settings.seed;
  options.training = settings.training;
  result.samples = measure(sources, table5_base(sources), "validate", options);
  if (settings.tell_by_cells) {
    for (auto& warning : classify_by_cells(sources, settings.seed, settings.tell_by_cells, result.samples)) {
      log_warning(warning);
      result.warnings.push_back(std::move(warning));
    }
  }
  for (std::size_t i = 1; i < result.samples.size(); ++i)
    result.samples[i].verdicts = physics::judge(result.samples[i].result.comparisons, result.limits, kReferenceName);
  result.reference_hash = sources.front()->files_hash();
  return result;
}

}  // namespace octocal::study
