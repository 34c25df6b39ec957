// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/generate_to_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <sstream>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/base/run_files.hpp"
#include "octocal/data/shower_check.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/model/onnx_beside.hpp"
#include "octocal/study/energies.hpp"
#include "octocal/study/latent_identity.hpp"
#include "octocal/study/layer_table.hpp"
#include "octocal/study/layers_json.hpp"

namespace octocal::study {
namespace {

constexpr std::int64_t kMostShowers = 1'000'000'000'000;
constexpr std::size_t kDefaultShowers = 1000;
/// Showers in memory at once at most (64 MB for the CLIC window), and batches of each stream between two writes.
constexpr std::size_t kMostAtOnce = 1024;
constexpr std::size_t kBatchesAtOnce = 4;  // a second or so: that long Ctrl-C may take

/// Where energies and the generator's inputs come from, chunk by chunk.
class ShowerInputs {
 public:
  virtual ~ShowerInputs() = default;

  double min_gev() const noexcept { return min_gev_; }
  double max_gev() const noexcept { return max_gev_; }
  /// Where the energies come from, as GenerateSettings::energy would say it, or the file of latents.
  const std::string& origin() const noexcept { return origin_; }
  /// How many showers there are, if that is settled.
  std::optional<std::size_t> count() const noexcept { return count_; }
  /// See latent_identity().
  virtual std::string identity() const = 0;

  /// Makes showers first .. first + batch.size() - 1; `latents` (n, L) or empty receives the generator's inputs.
  virtual void make(engine::ShowerGenerator& generator, std::size_t first, data::ShowerBatch& batch,
                    std::span<float> latents) = 0;

 protected:
  std::string origin_;
  std::optional<std::size_t> count_;
  double min_gev_ = 0, max_gev_ = 0;
};

/// Energies as asked, random latents.
class RandomInputs final : public ShowerInputs {
 public:
  RandomInputs(const GenerateSettings& settings, const model::GeneratorInfo& info)
      : identity_(latent_identity(settings.seed, info)) {
    origin_ =
        settings.energy.empty() ? fmt::format("{}:{}", info.energy_min_gev, info.energy_max_gev) : settings.energy;
    energies_ = Energies::parse(origin_, settings.seed);
    count_ = energies_.count();
    min_gev_ = energies_.min_gev();
    max_gev_ = energies_.max_gev();
  }

  std::string identity() const override { return identity_; }

  void make(engine::ShowerGenerator& generator, std::size_t first, data::ShowerBatch& batch,
            std::span<float> latents) override {
    energies_.fill(first, batch.energy_gev);
    generator.generate(first, batch.energy_gev, batch.cells_gev, latents);
  }

 private:
  std::string identity_;
  Energies energies_;
};

/// Energies and latents of a file.
class KeptInputs final : public ShowerInputs {
 public:
  KeptInputs(const GenerateSettings& settings, const model::GeneratorInfo& info) {
    origin_ = settings.latents;
    const auto energies = data::ShowerReader({origin_}).energies();
    const auto columns = data::read_latents(origin_, 0, 1).columns;
    if (columns != info.latent_size)
      throw bad_input(
          fmt::format("{}: latents of {} numbers, but {} takes {}; keep latents with the same kind of model", origin_,
                      columns, settings.model, info.latent_size));
    count_ = energies.size();
    const auto [least, most] = std::minmax_element(energies.begin(), energies.end());
    min_gev_ = static_cast<double>(*least);
    max_gev_ = static_cast<double>(*most);
  }

  std::string identity() const override {
    const auto original = data::ShowerReader({origin_}).attribute("octocal.latents");
    return original.empty() ? "file " + hash_file(origin_) : original;
  }

  void make(engine::ShowerGenerator& generator, std::size_t first, data::ShowerBatch& batch,
            std::span<float> latents) override {
    const auto kept = data::read_latents(origin_, first, batch.size());
    batch.energy_gev = kept.energy_gev;
    generator.generate_from(kept.values, batch.energy_gev, batch.cells_gev, first);
    if (!latents.empty()) std::copy(kept.values.begin(), kept.values.end(), latents.begin());
  }
};

std::unique_ptr<ShowerInputs> open_inputs(const GenerateSettings& settings, const model::GeneratorInfo& info) {
  if (settings.latents.empty()) return std::make_unique<RandomInputs>(settings, info);
  if (!settings.energy.empty())
    throw bad_input("`energy`: the file of `latents` has its own energies; leave out one of the two");
  return std::make_unique<KeptInputs>(settings, info);
}

/// How many showers to make. Error: bad_input.
std::size_t shower_count(const GenerateSettings& settings, const ShowerInputs& inputs) {
  if (!settings.showers) return inputs.count().value_or(kDefaultShowers);
  const auto showers = static_cast<std::size_t>(*settings.showers);
  if (inputs.count() && showers > *inputs.count())
    throw bad_input(fmt::format("`showers` {}: {} holds only {} showers; ask for fewer", showers, inputs.origin(),
                                *inputs.count()));
  return showers;
}

/// Tells (verbosely) what runs.
void tell_layers(const std::vector<engine::LayerReport>& layers, bool every) {
  std::istringstream lines(layer_table(layers, every));
  for (std::string line; std::getline(lines, line);) log_verbose(line);
}

/// Makes all showers and writes them, a chunk at a time. Returns their hash.
std::string write_showers(const GenerateSettings& settings, std::size_t showers, ShowerInputs& inputs,
                          engine::ShowerGenerator& generator, data::ShowerWriter& writer) {
  const auto& info = generator.info();
  const std::size_t at_once =
      std::min(kMostAtOnce, static_cast<std::size_t>(generator.streams()) * settings.engine.batch * kBatchesAtOnce);
  Hasher hasher;
  data::ShowerBatch batch{{info.nx, info.ny, info.nz}, {}, {}};
  std::vector<float> latents;
  Progress progress("generate", "showers", showers);
  for (std::size_t first = 0; first < showers; first += at_once) {
    throw_if_interrupted();
    batch.resize(std::min(at_once, showers - first));
    latents.resize(settings.keep_latents ? batch.size() * info.latent_size : 0);
    inputs.make(generator, first, batch, latents);
    if (first == 0) data::warn_of_model_units(settings.model, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      hasher.update(std::span<const float>(&batch.energy_gev[i], 1));
      hasher.update(std::span<const float>(batch.shower(i)));
    }
    writer.append(batch, latents);
    progress.update(first + batch.size());
  }
  progress.finish();
  return hasher.hex();
}

/// A text in double quotes, as TOML has it.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    if (static_cast<unsigned char>(letter) < 0x20)
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
    else
      result += letter;
  }
  return result + "\"";
}

/// What `octocal generate --config` would read to make the same showers: TOML. What does not change the showers stays
/// out, so that the same showers are the same file.
std::string recipe_of(const GenerateSettings& settings) {
  std::string text = fmt::format("model={}\n", quoted(settings.model));
  if (!settings.energy.empty()) text += fmt::format("energy={}\n", quoted(settings.energy));
  if (settings.showers) text += fmt::format("showers={}\n", *settings.showers);
  text += fmt::format("seed={}\n", settings.seed);
  if (!settings.latents.empty()) text += fmt::format("latents={}\n", quoted(settings.latents));
  text += fmt::format("keep-latents={}\nextrapolate={}\n", settings.keep_latents, settings.engine.extrapolate);
  std::vector<std::string> pairs;
  for (const auto& [key, value] : settings.engine.model_info) pairs.push_back(quoted(key + "=" + value));
  if (!pairs.empty()) text += fmt::format("model-info=[{}]\n", fmt::join(pairs, ", "));
  return text;
}

/// How the file came to be; docs/formats.md has the table.
void write_provenance(const GenerateSettings& settings, const GenerateResult& result, const ShowerInputs& inputs,
                      data::ShowerWriter& writer) {
  writer.set_attribute("octocal.version", version());
  writer.set_attribute("octocal.model", std::filesystem::path(settings.model).filename().string());
  writer.set_attribute("octocal.model_hash", result.model_hash);
  writer.set_attribute("octocal.precision", result.precision);
  writer.set_attribute("octocal.seed", std::to_string(settings.seed));
  writer.set_attribute("octocal.energy", inputs.origin());
  writer.set_attribute("octocal.latents", inputs.identity());
  writer.set_attribute("octocal.layers", layers_json(result.layers).dump());
  writer.set_attribute("octocal.settings", recipe_of(settings));
  writer.set_attribute("octocal.showers_hash", result.showers_hash);
}

}  // namespace

GenerateResult generate_to_file(const GenerateSettings& settings) {
  // Cheap checks first, then the model; the output file before the first shower, because making them may take hours.
  RunFiles files;
  files.reads("`model`", settings.model);
  files.reads("`model`", model::onnx_files_beside(settings.model));
  files.reads("`latents`", settings.latents);
  files.reads("`energy`", Energies::files_of(settings.energy));
  files.writes("`output`", settings.output);
  files.claim();
  const auto asked = settings.showers.value_or(1);
  if (asked < 1 || asked > kMostShowers)
    throw bad_input(fmt::format("`showers` {}: must be from 1 to {}; make larger samples in parts, with other seeds",
                                asked, kMostShowers));
  const auto model = open_model(settings.model, settings.engine.model_info);
  const auto& info = model.info;
  const auto inputs = open_inputs(settings, info);
  GenerateResult result;
  result.showers = shower_count(settings, *inputs);
  result.energy_min_gev = inputs->min_gev();
  result.energy_max_gev = inputs->max_gev();
  check_energy_range(model, inputs->min_gev(), inputs->max_gev(), settings.engine.extrapolate);

  data::WriterOptions layout;
  layout.geometry = {info.nx, info.ny, info.nz};
  if (settings.keep_latents) layout.latent_columns = info.latent_size;
  data::ShowerWriter writer(settings.output, layout);

  const auto generator = make_generator(model, settings.engine, settings.seed);
  result.streams = generator->streams();
  result.model_hash = model.hash;
  result.precision = generator->program().precision();
  result.layers = generator->program().layers();
  tell_layers(result.layers, settings.every_layer);

  const auto start = std::chrono::steady_clock::now();
  result.showers_hash = write_showers(settings, result.showers, *inputs, *generator, writer);
  write_provenance(settings, result, *inputs, writer);
  throw_if_interrupted();
  writer.finish();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace octocal::study
