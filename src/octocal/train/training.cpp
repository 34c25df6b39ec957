#include "octocal/train/training.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/best_recipe.hpp"
#include "octocal/train/checkpoint.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/physics_metrics.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kJudgeChunk = 32;
constexpr std::int64_t kJudgeStep = std::int64_t{1} << 40;  // apart from every training step's numbers

std::unique_ptr<Recipe> make_recipe(const TrainingSettings& settings, const TrainingData& data) {
  if (settings.recipe == "best") {
    BestSettings best;
    best.seed = settings.seed;
    best.steps = settings.steps;
    best.augment = settings.augment;
    if (settings.batch > 0) best.batch = settings.batch;
    if (settings.rate > 0) best.rate = settings.rate;
    if (settings.critic_weight >= 0) best.critic_weight = settings.critic_weight;
    return make_best_recipe(best, data);
  }
  throw bad_input(fmt::format("recipe '{}' (expected best or paper)", settings.recipe));
}

/// Physics of the recipe's generator at the held-out showers' energies.
PhysicsSummary judge(const Recipe& recipe, const TrainingData& data, std::uint64_t seed, std::int64_t count) {
  const at::NoGradGuard no_gradients;
  PhysicsAccumulator generated(data.energy_min_gev, data.energy_max_gev);
  const auto sorted = std::get<0>(data.validation.energy.sort());
  for (std::int64_t done = 0; done < count; done += kJudgeChunk) {
    throw_if_interrupted();
    const BatchDraw draw(seed, kJudgeStep + done);
    const auto energy = draw.energies(kJudgeChunk, sorted);
    const auto latent = draw.latents(recipe.latent(), energy, static_cast<std::int64_t>(recipe.spec().latent_size));
    const auto image = generator_image(recipe.spec(), recipe.generator(), latent);
    generated.add(make_cells(recipe.spec(), rectify(image, recipe.sharpness()), energy), energy);
  }
  return generated.summary();
}

PhysicsSummary summarise(const ShowerSample& sample, const TrainingData& data) {
  PhysicsAccumulator geant4(data.energy_min_gev, data.energy_max_gev);
  for (std::int64_t first = 0; first < sample.size(); first += 100) {
    const auto rows = at::arange(first, std::min(first + 100, sample.size()), at::kLong);
    geant4.add(sample.cells_gev(rows), sample.energy.index_select(0, rows));
  }
  return geant4.summary();
}

/// The run's folder: metrics, last and best checkpoint.
class Journal {
 public:
  Journal(const TrainingSettings& settings, const TrainingData& data) : settings_(settings), data_hash_(data.hash) {}

  std::filesystem::path last() const { return settings_.out / "last.ckpt"; }
  std::filesystem::path best() const { return settings_.out / "best.ckpt"; }

  void save(const Recipe& recipe, std::int64_t next_step, const std::filesystem::path& file) const {
    const nlohmann::json json = {{"next_step", next_step},      {"best_score", best_score}, {"best_step", best_step},
                                 {"recipe", settings_.recipe},  {"steps", settings_.steps}, {"batch", settings_.batch},
                                 {"rate", settings_.rate},      {"seed", settings_.seed},   {"data_hash", data_hash_},
                                 {"augment", settings_.augment}};
    write_checkpoint({json.dump(), recipe.state()}, file);
  }

  /// Returns the next step.
  std::int64_t load(Recipe& recipe, const std::filesystem::path& file, bool with_scores) {
    const auto checkpoint = read_checkpoint(file);
    const auto json = nlohmann::json::parse(checkpoint.json);
    recipe.load_state(checkpoint.tensors);
    if (with_scores) {
      best_score = json.at("best_score").get<double>();
      best_step = json.at("best_step").get<std::int64_t>();
    }
    return json.at("next_step").get<std::int64_t>();
  }

  void note(const nlohmann::json& line) const {
    std::ofstream out(settings_.out / "metrics.jsonl", std::ios::app);
    out << line.dump() << '\n';
    if (!out.flush()) throw bad_input(fmt::format("{}: cannot be written; free some space", settings_.out.string()));
  }

  double best_score = 1e9;
  std::int64_t best_step = -1;

 private:
  const TrainingSettings& settings_;
  std::string data_hash_;
};

}  // namespace

void train(const TrainingSettings& settings) {
  at::set_num_threads(settings.threads);
#if defined(__GLIBC__)
  // Large tensors come and go every step: keep their pages instead of asking the kernel for zeroed ones each time.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
  std::error_code failure;
  std::filesystem::create_directories(settings.out, failure);
  if (failure)
    throw bad_input(
        fmt::format("{}: cannot be created ({}); give another --out", settings.out.string(), failure.message()));
  const auto data = load_training_data(data::expand_shower_files(settings.data), settings.validation_share);
  log_info(fmt::format("training on {} showers, {} held out", data.training.size(), data.validation.size()));
  const auto recipe = make_recipe(settings, data);
  Journal journal(settings, data);
  std::int64_t first = 0;
  if (settings.resume)
    first = journal.load(*recipe, journal.last(), true);
  else if (!settings.start_from.empty())
    first = journal.load(*recipe, settings.start_from, false);
  const auto geant4 = summarise(data.validation, data);
  journal.note({{"geant4", nlohmann::json::parse(to_json(geant4))}, {"training_showers", data.training.size()}});

  Progress progress("train", "steps", static_cast<std::uint64_t>(settings.steps));
  std::map<std::string, double> sums;
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t step = first; step < settings.steps; ++step) {
    if (interrupted()) {
      journal.save(*recipe, step, journal.last());
      throw_if_interrupted();
    }
    for (const auto& [name, value] : recipe->step(step)) sums[name] += value;
    progress.update(static_cast<std::uint64_t>(step + 1));
    if ((step + 1) % settings.steps_per_epoch != 0 && step + 1 != settings.steps) continue;

    const auto generated = judge(*recipe, data, settings.seed, settings.judged_showers);
    const double score = physics_score(generated, geant4);
    nlohmann::json line = {
        {"step", step + 1}, {"score", score}, {"physics", nlohmann::json::parse(to_json(generated))}};
    const auto passed = std::min(settings.steps_per_epoch, step + 1 - first);
    for (const auto& [name, sum] : sums) line["loss"][name] = sum / static_cast<double>(passed);
    line["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    sums.clear();
    journal.note(line);
    if (recipe->sharpness() == 0 && score < journal.best_score) {
      journal.best_score = score;
      journal.best_step = step + 1;
      journal.save(*recipe, step + 1, journal.best());
    }
    journal.save(*recipe, step + 1, journal.last());
  }
  progress.finish();
}

}  // namespace octocal::train
