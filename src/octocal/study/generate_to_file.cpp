// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/generate_to_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/study/energies.hpp"
#include "octocal/study/layers_json.hpp"

namespace octocal::study {
namespace {

constexpr std::int64_t kMostShowers = 1'000'000'000'000;
constexpr std::size_t kDefaultShowers = 1000;
/// Showers in memory at once at most (64 MB for the CLIC window), and batches of each stream between two writes.
constexpr std::size_t kMostAtOnce = 1024;
constexpr std::size_t kBatchesAtOnce = 4;  // a second or so: that long Ctrl-C may take

/// Where energies and, with --latents, the generator's inputs come from, chunk by chunk.
class Source {
 public:
  Source(const GenerateSettings& settings, const model::GeneratorInfo& info)
      : settings_(settings), energy_(fmt::format("{}:{}", info.energy_min_gev, info.energy_max_gev)) {
    if (settings.latents.empty()) {
      if (!settings.energy.empty()) energy_ = settings.energy;
      energies_ = Energies::parse(energy_, settings.seed);
      count_ = energies_->count();
      min_gev_ = energies_->min_gev();
      max_gev_ = energies_->max_gev();
      return;
    }
    const auto energies = data::ShowerReader({settings.latents}).energies();
    const auto columns = data::read_latents(settings.latents, 0, 1).columns;
    if (columns != info.latent_size)
      throw bad_input(
          fmt::format("{}: latents of {} numbers, but {} takes {}; keep latents with the same kind of model",
                      settings.latents, columns, settings.model, info.latent_size));
    energy_ = settings.latents;
    count_ = energies.size();
    const auto [least, most] = std::minmax_element(energies.begin(), energies.end());
    min_gev_ = static_cast<double>(*least);
    max_gev_ = static_cast<double>(*most);
  }

  double min_gev() const noexcept { return min_gev_; }
  double max_gev() const noexcept { return max_gev_; }

  /// Where the energies come from, as --energy would say it.
  const std::string& energy() const noexcept { return energy_; }

  /// How many showers to make. Error: bad_input.
  std::size_t showers() const {
    if (!settings_.showers) return count_.value_or(kDefaultShowers);
    const auto showers = static_cast<std::size_t>(*settings_.showers);
    if (count_ && showers > *count_)
      throw bad_input(fmt::format("--showers {}: {} holds only {} showers; ask for fewer", showers,
                                  settings_.latents.empty() ? settings_.energy : settings_.latents, *count_));
    return showers;
  }

  /// Which latents these are: two samples with the same text and energies are made of the same ones, shower by shower.
  std::string provenance(const model::GeneratorInfo& info) const {
    if (settings_.latents.empty())
      return fmt::format("seed {}, {}, {} numbers", settings_.seed, model::name_of(info.latent), info.latent_size);
    const auto original = data::ShowerReader({settings_.latents}).attribute("octocal.latents");
    return original.empty() ? "file " + hash_file(settings_.latents) : original;
  }

  /// Energies of the showers from `first` on; `latents` is filled if they come from a file.
  void next(std::size_t first, std::vector<float>& energy_gev, std::vector<float>& latents) {
    if (energies_) return energies_->fill(first, energy_gev);
    auto read = data::read_latents(settings_.latents, first, energy_gev.size());
    energy_gev = std::move(read.energy_gev);
    latents = std::move(read.values);
  }

 private:
  const GenerateSettings& settings_;
  std::string energy_;
  std::optional<Energies> energies_;
  std::optional<std::size_t> count_;
  double min_gev_ = 0, max_gev_ = 0;
};

void refuse_nan(const data::ShowerBatch& batch, std::size_t first, const std::string& model) {
  const auto bad =
      std::find_if(batch.cells_gev.begin(), batch.cells_gev.end(), [](float c) { return !std::isfinite(c); });
  if (bad == batch.cells_gev.end()) return;
  const std::size_t shower = static_cast<std::size_t>(bad - batch.cells_gev.begin()) / batch.geometry.cells();
  throw run_failed(
      fmt::format("{}: shower {} at {:.6g} GeV holds {} (the model is damaged or far outside its range); "
                  "train it again, or stay inside its range",
                  model, first + shower, batch.energy_gev[shower], *bad));
}

}  // namespace

GenerateResult generate_to_file(const GenerateSettings& settings, const std::string& settings_toml) {
  // Cheap checks first, then the model; the output file before the first shower, because making them may take hours.
  const auto asked = settings.showers.value_or(1);
  if (asked < 1 || asked > kMostShowers)
    throw bad_input(fmt::format("--showers {}: must be from 1 to {}; make larger samples in parts, with other seeds",
                                asked, kMostShowers));
  const auto model = open_model(settings.model, settings.engine.model_info);
  const auto& info = model.info;
  Source source(settings, info);
  GenerateResult result;
  result.showers = source.showers();
  result.energy_min_gev = source.min_gev();
  result.energy_max_gev = source.max_gev();
  check_energy_range(info, settings.model, source.min_gev(), source.max_gev(), settings.extrapolate);

  data::WriterOptions layout;
  layout.geometry = {info.nx, info.ny, info.nz};
  if (settings.keep_latents) layout.latent_columns = info.latent_size;
  data::ShowerWriter writer(settings.output, layout);

  const auto generator = make_generator(model, settings.engine, settings.seed);
  result.streams = generator->streams();
  result.model_hash = model.hash;
  result.precision = precision_of(generator->program());
  result.layers = generator->program().layers();
  std::istringstream table(layers_table(result.layers));
  for (std::string line; std::getline(table, line);) log_verbose(line);
  for (const auto& layer : result.layers)
    if (!layer.reason.empty())
      log_warning(
          fmt::format("layer {} runs in {}, not in {} ({})", layer.layer, layer.ran, layer.asked, layer.reason));

  const auto start = std::chrono::steady_clock::now();
  const std::size_t at_once =
      std::min(kMostAtOnce, static_cast<std::size_t>(result.streams) * settings.engine.batch * kBatchesAtOnce);
  Hasher hasher;
  data::ShowerBatch batch{layout.geometry, {}, {}};
  std::vector<float> latents;
  Progress progress("generate", "showers", result.showers);
  for (std::size_t first = 0; first < result.showers; first += at_once) {
    throw_if_interrupted();
    batch.resize(std::min(at_once, result.showers - first));
    latents.resize(settings.keep_latents ? batch.size() * info.latent_size : 0);
    source.next(first, batch.energy_gev, latents);
    if (settings.latents.empty())
      generator->generate(first, batch.energy_gev, batch.cells_gev, latents);
    else
      generator->generate_from(latents, batch.energy_gev, batch.cells_gev);
    refuse_nan(batch, first, settings.model);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      hasher.update(std::span<const float>(&batch.energy_gev[i], 1));
      hasher.update(std::span<const float>(batch.shower(i)));
    }
    writer.append(batch, settings.keep_latents ? std::span<const float>(latents) : std::span<const float>());
    progress.update(first + batch.size());
  }
  progress.finish();
  result.showers_hash = hasher.hex();

  writer.set_attribute("octocal.version", version());
  writer.set_attribute("octocal.model", std::filesystem::path(settings.model).filename().string());
  writer.set_attribute("octocal.model_hash", result.model_hash);
  writer.set_attribute("octocal.precision", result.precision);
  writer.set_attribute("octocal.seed", std::to_string(settings.seed));
  writer.set_attribute("octocal.energy", source.energy());
  writer.set_attribute("octocal.latents", source.provenance(info));
  writer.set_attribute("octocal.layers", layers_json(result.layers).dump());
  writer.set_attribute("octocal.settings", settings_toml);
  writer.set_attribute("octocal.showers_hash", result.showers_hash);
  throw_if_interrupted();
  writer.finish();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace octocal::study
