// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/training_request.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/model/architecture.hpp"
#include "octocal/ranks/ranks.hpp"
#include "octocal/train/fine_tuning.hpp"
#include "octocal/train/journal.hpp"
#include "octocal/train/onnx_exchange.hpp"
#include "octocal/train/recipe_choice.hpp"

namespace octocal::train {

std::size_t parse_memory(const std::string& text) {
  if (text.empty()) return 0;
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  const double factor = unit.empty() || unit == "B" ? 1
                        : unit == "K"               ? 1e3
                        : unit == "M"               ? 1e6
                        : unit == "G"               ? 1e9
                        : unit == "T"               ? 1e12
                                                    : 0;
  if (failure != std::errc() || factor == 0 || !(number >= 0) || number * factor > 1e15)
    throw bad_input(fmt::format("--memory {}: not a size; write 8G, 500M or a number of bytes", text));
  return static_cast<std::size_t>(number * factor);
}

namespace {

constexpr const char* kDefaultRecipe = "cells";

/// The recipe that an exported model was trained by. Models of other programs do not say; only recipe cells draws cells.
std::string recipe_of_model(const std::string& file) {
  const auto graph = read_model(file);
  if (const auto found = graph.metadata.find("octocal.training"); found != graph.metadata.end()) {
    const auto training = nlohmann::json::parse(found->second, nullptr, false);
    if (training.is_object() && training.contains("recipe") && training["recipe"].is_string())
      return training["recipe"].get<std::string>();
  }
  return "best";
}

/// The checkpoint that a run goes on from or starts from; empty: none.
std::filesystem::path start_of(const TrainingRequest& request, const TrainingSettings& training) {
  const auto last = std::filesystem::path(request.out) / "last.ckpt";
  if (training.resume && std::filesystem::exists(last)) return last;
  return request.start_from;
}

/// What a run is of that does not say: what it starts from, or what its network is for.
std::string recipe_of(const TrainingRequest& request, const TrainingSettings& training) {
  if (!request.recipe.empty()) return request.recipe;
  if (const auto start = start_of(request, training); !start.empty()) return recipe_of_checkpoint(start);
  if (!request.initial.empty()) return recipe_of_model(request.initial);
  const bool says = !request.network_file.empty() || !request.architecture.empty();
  const bool cells = training.network.generator.architecture == model::Architecture::kCells;
  return says && !cells ? "best" : kDefaultRecipe;
}

/// Options that the recipe would not look at.
void refuse_idle_options(const TrainingRequest& request, const TrainingSettings& training) {
  const auto refuse = [&](bool given, const char* option, const char* recipes) {
    if (given)
      throw bad_input(fmt::format("{}: recipe {} does not have it; leave it out, or give --recipe {}", option,
                                  training.recipe, recipes));
  };
  const bool best = training.recipe == "best", paper = training.recipe == "paper";
  refuse(!best && training.critic_from.has_value(), "--critic-from", "best");
  refuse(!best && training.critic_weight.has_value(), "--critic-weight", "best");
  refuse(paper && training.profile_steps.has_value(), "--profile-steps", "cells or best");
  refuse(paper && training.schedule_steps.has_value(), "--schedule-steps", "cells or best");
  refuse(!best && !paper && !request.architecture.empty(), "--architecture", "best or paper");
}

TrainingSettings settings_of(const TrainingRequest& request) {
  auto training = request.training;
  training.out = request.out;
  training.steps = request.steps.value_or(training.steps);
  training.start_from = request.start_from;
  training.initial = request.initial;
  training.memory_bytes = parse_memory(request.memory);
  if (training.threads == 0) training.threads = usable_cores();
  if (!request.network_file.empty()) training.network = model::read_network(request.network_file);
  if (request.architecture == "conv3d" && !request.network_file.empty())
    throw bad_input(
        "--architecture conv3d: has its own layers and 25x25x25 cells; leave --network out, or write architecture = "
        "\"conv3d\" in its file");
  if (!request.architecture.empty())
    training.network.generator.architecture = *model::parse_architecture(request.architecture);
  if (!training.data.empty() || request.dump_network) {
    training.recipe = recipe_of(request, training);
    // Networks of cells of before do not know distances, and a run goes on with the network that it has.
    const auto start = start_of(request, training);
    if (training.recipe == "cells" && !start.empty() && request.network_file.empty())
      training.network.generator.cells.distance = read_stored_generator(start).generator.spec.cells.distance;
    refuse_idle_options(request, training);
  }
  return training;
}

void check_start(const TrainingRequest& request) {
  const auto& training = request.training;
  if ((training.resume ? 1 : 0) + (request.start_from.empty() ? 0 : 1) + (request.initial.empty() ? 0 : 1) > 1)
    throw bad_input("--resume, --from and --init: only one can say where to start; leave the others out");
  if (training.first_step > 0 && request.initial.empty())
    throw bad_input("--first-step: only goes with --init (a checkpoint knows its step); leave it out");
  if (training.data.empty() && (request.export_file.empty() || request.start_from.empty()))
    throw bad_input("nothing to train on; give --data FILE..., or --from CHECKPOINT with --export FILE");
}

void run_fine_tuning(const TrainingRequest& request) {
  const auto& training = request.training;
  if (!training.data.empty())
    throw bad_input("--quantization-aware: learns from the float32 generator and takes no showers; leave --data out");
  if (request.start_from.empty() || request.quantized.empty())
    throw bad_input(
        "--quantization-aware: give the float32 generator as --from MODEL and what quantize or tune made of it as "
        "--quantized MODEL, or the precision of each layer as --plan PLAN (octocal train)");
  FineTuningSettings settings;
  settings.teacher = request.start_from;
  settings.model = request.quantized;
  settings.out = request.out;
  settings.steps = request.steps.value_or(settings.steps);
  settings.batch = training.batch.value_or(settings.batch);
  settings.rate = training.rate.value_or(settings.rate);
  settings.seed = training.seed;
  settings.threads = training.threads == 0 ? usable_cores() : training.threads;
  settings.resume = training.resume;
  settings.scales = request.learned_scales;
  const auto result = fine_tune(settings);
  const auto text = [](const FineTuningScore& score) {
    return fmt::format("cells differ by {:.3g} % of ECAL, ECAL by {:+.3g} %", 100 * score.cells, 100 * score.ecal);
  };
  const auto best = (settings.out / "best.onnx").string();
  if (result.best_step == 0)
    log_warning(fmt::format("{}: the model as it came, no step was better ({}); try another --rate or more --steps",
                            best, text(result.before)));
  else
    std::fputs(fmt::format("{}: step {} of {}; before: {}; now: {} ({} held-out showers)\n", best, result.best_step,
                           result.steps, text(result.before), text(result.best), settings.judged_showers)
                   .c_str(),
               stdout);
  if (!request.export_file.empty()) write_model(read_model(best), request.export_file);
}

void run_alone(const TrainingRequest& request) {
  if (request.quantization_aware) return run_fine_tuning(request);
  if (!request.plan.empty() || request.learned_scales)
    throw bad_input("--plan, --learn-scales: only go with --quantization-aware; give that, or leave them out");
  if (!request.quantized.empty())
    throw bad_input("--quantized: only goes with --quantization-aware; give that, or leave it out");
  if (!request.dump_network) check_start(request);
  const auto training = settings_of(request);
  if (request.dump_network)
    std::fputs(model::network_text(network_of(training)).c_str(), stdout);
  else if (!request.export_file.empty())
    export_checkpoint(request.start_from, request.export_file, request.calibration_showers, training.threads);
}

}  // namespace

void run_training(const TrainingRequest& request) {
  ranks::run_together([&](ranks::Ranks& ranks) {
    // Only a training is shared out; whatever else is asked, one rank does.
    const bool trains = !request.quantization_aware && request.quantized.empty() && !request.dump_network &&
                        !request.training.data.empty();
    TrainingSettings training;
    ranks.agree([&] {
      if (trains) {
        check_start(request);
        training = settings_of(request);
      } else if (ranks.first()) {
        run_alone(request);
      }
    });
    if (!trains) return;
    train(training, ranks);
    ranks.agree([&] {
      if (ranks.first() && !request.export_file.empty())
        export_checkpoint(training.out / "best.ckpt", request.export_file, request.calibration_showers,
                          training.threads);
    });
  });
}

}  // namespace octocal::train
