// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/study/energies.hpp"

namespace octocal::study {
namespace {

constexpr std::uint64_t kDefaultSeed = 1;
constexpr std::size_t kComparedShowers = 1000;
constexpr std::size_t kMostCompared = 1'000'000'000;

/// Files of showers begin with HDF5's signature; whatever else is left to the reader of models.
bool holds_showers(const std::string& file) {
  constexpr std::array<char, 8> kSignature{'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 8> begin{};
  return stream.read(begin.data(), begin.size()) && begin == kSignature;
}

/// Energies for two models: as asked, or all over the range that both were made for.
std::vector<float> energies_for(const ComparisonSettings& settings, const OpenModel& a, const OpenModel& b) {
  std::string text = settings.energy;
  if (text.empty()) {
    const double low = std::max(a.info.energy_min_gev, b.info.energy_min_gev);
    const double high = std::min(a.info.energy_max_gev, b.info.energy_max_gev);
    if (low > high) {
      throw bad_input(fmt::format(
          "{} and {}: no energy is in the range of both ({:.6g} to {:.6g} and {:.6g} to {:.6g} "
          "GeV); give `energy` and `extrapolate`",
          a.file, b.file, a.info.energy_min_gev, a.info.energy_max_gev, b.info.energy_min_gev, b.info.energy_max_gev));
    }
    text = fmt::format("{}:{}", low, high);
  }
  const auto energies = Energies::parse(text, settings.seed.value_or(kDefaultSeed));
  const std::size_t count = settings.showers > 0 ? settings.showers : energies.count().value_or(kComparedShowers);
  if (energies.count() && count > *energies.count()) {
    throw bad_input(
        fmt::format("`showers` {}: {} holds only {} showers; ask for fewer", count, text, *energies.count()));
  }
  std::vector<float> values(count);
  energies.fill(0, values);
  return values;
}

std::vector<std::unique_ptr<SampleSource>> open_sources(const ComparisonSettings& settings) {
  if (settings.showers > kMostCompared)
    throw bad_input(
        fmt::format("`showers` {}: must be from 1 to {}; leave it out for all", settings.showers, kMostCompared));
  const std::array<bool, 2> is_file{holds_showers(settings.files[0]), holds_showers(settings.files[1])};
  if (!settings.energy.empty() && (is_file[0] || is_file[1]))
    throw bad_input(fmt::format("`energy` {}: is for two models ({} has its own energies); leave it out",
                                settings.energy, settings.files[is_file[0] ? 0 : 1]));
  std::vector<std::unique_ptr<SampleSource>> sources(2);
  std::array<std::unique_ptr<OpenModel>, 2> models;
  for (std::size_t i = 0; i < 2; ++i) {
    if (is_file[i]) {
      sources[i] = open_shower_files({settings.files[i]}, "file", settings.showers);
    } else {
      models[i] = std::make_unique<OpenModel>(open_model(settings.files[i], settings.engine.model_info));
    }
  }
  const std::size_t other[] = {1, 0};
  std::vector<float> energies;
  if (models[0] && models[1]) energies = energies_for(settings, *models[0], *models[1]);
  for (std::size_t i = 0; i < 2; ++i) {
    if (!models[i]) continue;
    std::uint64_t seed = settings.seed.value_or(kDefaultSeed);
    if (is_file[other[i]]) {
      // A model against a file: at the file's energies and, unless another is asked for, with the file's seed.
      const SampleSource& file = *sources[other[i]];
      energies = file.energies_gev();
      if (!settings.seed) seed = file.identity().seed.value_or(seed);
    }
    sources[i] = open_model_source(*models[i], settings.engine, seed, energies);
  }
  if (sources[0]->identity().name == sources[1]->identity().name) name_samples(sources);
  return sources;
}

/// One line: are the two the same, and in what sense.
std::string statement(const ComparisonSettings& settings, const std::vector<MeasuredSample>& samples, bool* identical) {
  const auto &a = settings.files[0], &b = settings.files[1];
  *identical = true;
  if (hash_file(a) == hash_file(b)) return fmt::format("{} and {} are identical, byte for byte.", a, b);
  const auto& pixels = samples[1].table5;
  const bool same_showers = pixels && pixels->differing_cells == 0;
  const auto &first = samples[0].identity, &second = samples[1].identity;
  if (first.kind == "model" && second.kind == "model" && first.model_hash == second.model_hash) {
    return fmt::format("{} and {} hold the same network (other metadata).", a, b);
  }
  if (same_showers) return fmt::format("{} and {} give the same {} showers, cell by cell.", a, b, pixels->showers);
  *identical = false;
  return fmt::format("{} and {} are not identical.", a, b);
}

std::string why_no_pairs(const std::vector<std::unique_ptr<SampleSource>>& sources) {
  if (sources[0]->energies_gev() != sources[1]->energies_gev()) {
    return "no comparison cell by cell (table 5): the primary energies differ";
  }
  return "no comparison cell by cell (table 5): the samples do not say that they were made from the same latents; if "
         "they were, give `same_latents`";
}

}  // namespace

ComparisonResult compare(const ComparisonSettings& settings) {
  const auto sources = open_sources(settings);
  const bool same_energies = sources[0]->energies_gev() == sources[1]->energies_gev();
  if (settings.same_latents && !same_energies)
    throw bad_input(fmt::format(
        "`same_latents`: {} and {} have other primary energies or another number of showers ({} and {}), so they "
        "cannot "
        "have the same latents; leave it out",
        settings.files[0], settings.files[1], sources[0]->energies_gev().size(), sources[1]->energies_gev().size()));
  ComparisonResult result;
  MeasureOptions options;
  options.whatever_latents = true;
  result.samples = measure(sources, 0, "compare", options);
  result.statement = statement(settings, result.samples, &result.identical);
  const auto &a = result.samples[0].identity.latents, &b = result.samples[1].identity.latents;
  const bool pairs = same_energies && (settings.same_latents || result.identical || (!a.empty() && a == b));
  if (!pairs) {
    result.samples[1].table5.reset();
    result.why_no_pairs = why_no_pairs(sources);
  }
  return result;
}

}  // namespace octocal::study
