// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <sstream>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/model/latent.hpp"

namespace octocal::study {
namespace {

constexpr int kRepeats = 3;
constexpr int kBatches = 2;  ///< a run

using LayerTimes = std::map<std::string, double>;  ///< seconds a shower by layer; "" is what comes behind the last

double bytes_of(model::Precision precision, bool weight) noexcept {
  switch (precision) {
    case model::Precision::kFloat32:
      return 4;
    case model::Precision::kFloat16:
    case model::Precision::kBfloat16:
      return 2;
    case model::Precision::kInt16x12:
      return 2;
    case model::Precision::kInt16x8:
      return weight ? 1 : 2;
    case model::Precision::kInt8:
      return 1;
  }
  return 4;
}

LayerTimes measure(const model::Graph& graph, const OpenModel& source, const std::set<std::string>& layers,
                   std::size_t batch, std::uint64_t seed) {
  const auto program = engine::Program::compile(graph, {batch, source.file});
  engine::Stream stream(program);
  const auto& info = source.info;
  std::vector<float> energies(batch, static_cast<float>((info.energy_min_gev + info.energy_max_gev) / 2));
  std::vector<float> latents(batch * info.latent_size);
  model::make_latents(info.latent, seed, Draw::kLatent, 0, energies, latents);
  std::vector<float> noise(batch * info.noise_size);
  model::make_noise(seed, Draw::kLatent, 0, batch, noise);
  std::vector<float> cells(batch * info.nx * info.ny * info.nz);
  std::vector<std::span<const float>> inputs;
  for (const auto& input : program->inputs())
    inputs.emplace_back(input.name == "energy"                    ? std::span<const float>(energies)
                        : input.name == "noise" && !noise.empty() ? std::span<const float>(noise)
                                                                  : std::span<const float>(latents));
  const std::vector<std::span<float>> outputs = {std::span<float>(cells)};
  stream.run(batch, inputs, outputs);

  std::vector<double> least(program->layers().size(), 1e30);
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    throw_if_interrupted();
    stream.profile(true);
    for (int i = 0; i < kBatches; ++i) stream.run(batch, inputs, outputs);
    stream.profile(false);
    const auto seconds = stream.layer_seconds();
    for (std::size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], seconds[i]);
  }
  LayerTimes times;
  double waiting = 0;
  bool first = true;
  for (std::size_t i = 0; i < least.size(); ++i) {
    const double seconds = least[i] / static_cast<double>(batch * kBatches);
    if (!layers.contains(program->layers()[i].layer)) {
      waiting += seconds;
      continue;
    }
    // What stands in front of the first layer is the network's way to its image, whatever the precisions.
    times[first ? "" : program->layers()[i].layer] += waiting;
    times[program->layers()[i].layer] += seconds;
    waiting = 0;
    first = false;
  }
  times[""] += waiting;
  return times;
}

std::filesystem::path cache_folder() {
  const char* given = std::getenv("XDG_CACHE_HOME");
  if (given != nullptr && *given == '/') return std::filesystem::path(given) / "octocal" / "layer_times";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return std::filesystem::path(home) / ".cache" / "octocal" / "layer_times";
  return {};
}

/// What a table of times depends on.
nlohmann::json key_of(const OpenModel& source, const quant::Quantizer& quantizer,
                      const std::vector<model::Precision>& rungs, std::size_t batch) {
  auto names = nlohmann::json::array();
  for (const auto rung : rungs) names.push_back(model::name_of(rung));
  return {{"processor", processor_name()},
          {"isa", isa_name(machine_isa())},
          {"octocal", version()},
          {"model", source.hash},
          {"precisions", names},
          {"batch", batch},
          {"layers", quantizer.layer_names()}};
}

/// True if the file holds this key's table.
bool read_cache(const std::filesystem::path& file, const nlohmann::json& key, LayerCosts& costs) {
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return false;
  try {
    const auto json = nlohmann::json::parse(read_text_file(file));
    if (json.at("key") != key) return false;
    LayerCosts read = costs;
    for (const auto& [layer, times] : json.at("seconds").items())
      for (const auto& [rung, seconds] : times.items())
        read.layers[layer][model::parse_precision(rung)] = seconds.get<double>();
    read.fixed = json.at("fixed_seconds").get<double>();
    read.cached = true;
    costs = read;
    return true;
  } catch (const std::exception& error) {
    log_verbose(fmt::format("{}: is no table of layer times ({}); measured again", file.string(), error.what()));
    return false;
  }
}

void write_cache(const std::filesystem::path& file, const nlohmann::json& key, LayerCosts& costs) {
  auto seconds = nlohmann::json::object();
  for (const auto& [layer, times] : costs.layers)
    for (const auto& [rung, time] : times) seconds[layer][model::name_of(rung)] = time;
  try {
    std::filesystem::create_directories(file.parent_path());
    write_text_file(file, nlohmann::json({{"key", key}, {"seconds", seconds}, {"fixed_seconds", costs.fixed}}).dump(2));
  } catch (const std::exception& error) {
    costs.file.clear();
    log_verbose(fmt::format("{}: the table of layer times is not kept ({})", file.string(), error.what()));
  }
}

LayerCosts layer_times(const quant::Quantizer& quantizer, const OpenModel& source,
                       const std::vector<model::Precision>& rungs, std::size_t batch, std::uint64_t seed,
                       bool use_cache) {
  LayerCosts costs;
  const auto key = key_of(source, quantizer, rungs, batch);
  if (const auto folder = cache_folder(); use_cache && !folder.empty()) {
    Hasher hasher;
    const auto text = key.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    hasher.update(std::as_bytes(std::span(text)));
    costs.file = (folder / (hasher.hex() + ".json")).string();
    if (read_cache(costs.file, key, costs)) return costs;
  }
  const auto names = quantizer.layer_names();
  const std::set<std::string> layers(names.begin(), names.end());
  for (const auto rung : rungs) {
    model::PrecisionPlan plan;
    for (const auto& layer : names) plan[layer] = rung;
    auto times = measure(quantizer.build(plan, false).graph, source, layers, batch, seed);
    for (const auto& layer : names) costs.layers[layer][rung] = times[layer];
    costs.fixed = rung == rungs.front() ? times[""] : std::min(costs.fixed, times[""]);
  }
  if (!costs.file.empty()) write_cache(costs.file, key, costs);
  return costs;
}

LayerCosts layer_bytes(Objective objective, const quant::Quantizer& quantizer, const OpenModel& source,
                       const std::vector<model::Precision>& rungs, std::size_t batch) {
  LayerCosts costs;
  const auto& graph = quantizer.source();
  const auto values = model::infer_shapes(graph, source.file);
  const auto names = quantizer.layer_names();
  for (const auto& node : graph.nodes) {
    if (std::find(names.begin(), names.end(), node.name) == names.end()) continue;
    const auto weights = static_cast<double>(model::elements(graph.constant(node.inputs[1])->shape));
    auto shape = values.at(node.inputs[0]).shape;
    if (!shape.empty()) shape[0] = static_cast<std::int64_t>(batch);
    const auto numbers = objective == Objective::kMemory ? static_cast<double>(model::elements(shape)) : 0.0;
    for (const auto rung : rungs)
      costs.layers[node.name][rung] = weights * bytes_of(rung, true) + numbers * bytes_of(rung, false);
  }
  return costs;
}

/// What all layers cost in one rung.
double whole_cost(const LayerCosts& costs, model::Precision rung) {
  double sum = costs.fixed;
  for (const auto& [layer, rungs] : costs.layers) sum += rungs.at(rung);
  return sum;
}

double& share_of(ObjectiveShares& shares, Objective objective) {
  return objective == Objective::kSpeed ? shares.speed : objective == Objective::kSize ? shares.size : shares.memory;
}

constexpr Objective kMixed[] = {Objective::kSpeed, Objective::kSize, Objective::kMemory};

}  // namespace

const char* name_of(Objective objective) noexcept {
  switch (objective) {
    case Objective::kSpeed:
      return "speed";
    case Objective::kSize:
      return "size";
    case Objective::kMemory:
      return "memory";
    case Objective::kMix:
      return "mix";
  }
  return "";
}

Objective parse_objective(const std::string& text, ObjectiveShares& shares) {
  for (const auto objective : {Objective::kSpeed, Objective::kSize, Objective::kMemory, Objective::kMix})
    if (text == name_of(objective)) return objective;
  const auto refuse = [&] {
    return bad_input(
        fmt::format("`objective` {}: must be speed, size, memory, mix, or shares such as speed:2,size:1", text));
  };
  ObjectiveShares given{0, 0, 0};
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto colon = part.find(':');
    const auto named =
        std::ranges::find_if(kMixed, [&](auto mixed) { return part.substr(0, colon) == name_of(mixed); });
    if (colon == std::string::npos || named == std::end(kMixed)) throw refuse();
    char* end = nullptr;
    const double share = std::strtod(part.c_str() + colon + 1, &end);
    if (*end != '\0' || end == part.c_str() + colon + 1 || !std::isfinite(share) || share < 0) throw refuse();
    share_of(given, *named) = share;
  }
  if (!(given.speed + given.size + given.memory > 0)) throw refuse();
  shares = given;
  return Objective::kMix;
}

LayerCosts layer_costs(Objective objective, const ObjectiveShares& shares, const quant::Quantizer& quantizer,
                       const OpenModel& source, const std::vector<model::Precision>& rungs, std::size_t batch,
                       std::uint64_t seed, bool use_cache) {
  if (objective == Objective::kSpeed) return layer_times(quantizer, source, rungs, batch, seed, use_cache);
  if (objective != Objective::kMix) return layer_bytes(objective, quantizer, source, rungs, batch);
  LayerCosts mixed;
  auto counted = shares;
  const double sum = shares.speed + shares.size + shares.memory;
  for (const auto part : kMixed) {
    const double share = share_of(counted, part) / sum;
    if (!(share > 0)) continue;
    const auto costs = layer_costs(part, shares, quantizer, source, rungs, batch, seed, use_cache);
    const double unit = share / whole_cost(costs, rungs.front());
    for (const auto& [layer, of_rungs] : costs.layers)
      for (const auto& [rung, cost] : of_rungs) mixed.layers[layer][rung] += unit * cost;
    mixed.fixed += unit * costs.fixed;
    if (part != Objective::kSpeed) continue;
    mixed.file = costs.file;
    mixed.cached = costs.cached;
  }
  return mixed;
}

}  // namespace octocal::study
