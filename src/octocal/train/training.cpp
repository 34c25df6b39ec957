#include "octocal/train/training.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/best_recipe.hpp"
#include "octocal/train/export.hpp"
#include "octocal/train/journal.hpp"
#include "octocal/train/paper_recipe.hpp"
#include "octocal/train/physics_metrics.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kJudgeChunk = 32;
constexpr std::int64_t kJudgeStep = std::int64_t{1} << 40;  // apart from every training step's numbers
constexpr std::uint64_t kExportSeed = 20260101;

std::unique_ptr<Recipe> make_recipe(const TrainingSettings& settings, const TrainingData& data) {
  if (settings.recipe == "best") {
    BestSettings best;
    best.seed = settings.seed;
    best.steps = settings.schedule_steps > 0 ? settings.schedule_steps : settings.steps;
    best.augment = settings.augment;
    if (settings.batch > 0) best.batch = settings.batch;
    if (settings.rate > 0) best.rate = settings.rate;
    if (settings.critic_from >= 0) best.match_from = settings.critic_from;
    if (settings.critic_weight >= 0) best.critic_weight = settings.critic_weight;
    return make_best_recipe(best, data);
  }
  if (settings.recipe == "paper") {
    PaperSettings paper;
    paper.seed = settings.seed;
    paper.augment = settings.augment;
    if (settings.batch > 0) paper.batch = settings.batch;
    if (settings.rate > 0) paper.generator_rate = settings.rate;
    return make_paper_recipe(paper, data);
  }
  throw bad_input(fmt::format("recipe '{}' (expected best or paper)", settings.recipe));
}

/// Physics of the recipe's generator at the held-out showers' energies.
PhysicsSummary judge(const TrainedGenerator& generator, const TrainingData& data, std::uint64_t seed,
                     std::int64_t count) {
  PhysicsAccumulator generated(data.energy_min_gev, data.energy_max_gev);
  const auto sorted = std::get<0>(data.validation.energy.sort());
  for (std::int64_t done = 0; done < count; done += kJudgeChunk) {
    throw_if_interrupted();
    const auto energy = BatchDraw(seed, kJudgeStep + done).energies(std::min(kJudgeChunk, count - done), sorted);
    generated.add(generator.generate(energy, seed, done), energy);
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

nlohmann::json describe(const TrainingSettings& settings, const TrainingData& data) {
  return {{"recipe", settings.recipe},
          {"steps", settings.steps},
          {"batch", settings.batch},
          {"rate", settings.rate},
          {"seed", settings.seed},
          {"augment", settings.augment},
          {"training_showers", data.training.size()},
          {"validation_showers", data.validation.size()},
          {"data_hash", data.hash},
          {"energy_min_gev", data.energy_min_gev},
          {"energy_max_gev", data.energy_max_gev},
          {"response", data.response.coefficients}};
}

void keep_freed_memory() {
#if defined(__GLIBC__)
  // Large tensors come and go every step: keep their pages instead of asking the kernel for zeroed ones each time.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

std::string note_of(const std::map<std::string, double>& losses) {
  std::string note;
  for (const auto& [name, value] : losses) note += fmt::format("{}{} {:.3g}", note.empty() ? "" : ", ", name, value);
  return note;
}

/// The run itself: steps, and after each epoch a look at the physics.
class Run {
 public:
  Run(const TrainingSettings& settings, const TrainingData& data)
      : settings_(settings),
        data_(data),
        recipe_(make_recipe(settings, data)),
        journal_(settings.out, describe(settings, data)) {
    if (settings.resume)
      standing_ = journal_.load(*recipe_, journal_.last(), true);
    else if (!settings.start_from.empty())
      standing_.next_step = journal_.load(*recipe_, settings.start_from, false).next_step;
    standing_.judged_step = std::max(standing_.judged_step, settings.resume ? 0 : standing_.next_step);
    geant4_ = summarise(data.validation, data);
    journal_.note({{"geant4", nlohmann::json::parse(to_json(geant4_))}, {"about", describe(settings, data)}});
  }

  void to_end() {
    Progress progress("train", "steps", static_cast<std::uint64_t>(settings_.steps),
                      static_cast<std::uint64_t>(standing_.next_step));
    try {
      while (true) {
        const auto done = standing_.next_step;
        const bool whole_epoch = done % settings_.steps_per_epoch == 0 || done >= settings_.steps;
        if (whole_epoch && done > standing_.judged_step) look();
        if (done >= settings_.steps) break;
        throw_if_interrupted();
        const auto losses = recipe_->step(done);
        for (const auto& [name, value] : losses) sums_[name] += value;
        ++summed_;
        standing_.next_step = done + 1;
        progress.update(static_cast<std::uint64_t>(done + 1), note_of(losses));
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInterrupted) throw;
      journal_.save(*recipe_, standing_, journal_.last());
      throw Error(ErrorCode::kInterrupted, fmt::format("interrupted at step {}; {} holds it, go on with --resume",
                                                       standing_.next_step, journal_.last().string()));
    }
    progress.finish();
  }

 private:
  void look() {
    const auto generator = recipe_->trained();
    const auto generated = judge(generator, data_, settings_.seed, settings_.judged_showers);
    const double score = physics_score(generated, geant4_);
    const auto physics = nlohmann::json::parse(to_json(generated));
    nlohmann::json line = {{"step", standing_.next_step}, {"score", score}, {"physics", physics}};
    for (const auto& [name, sum] : sums_) line["loss"][name] = sum / static_cast<double>(summed_);
    line["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    sums_.clear();
    summed_ = 0;
    standing_.judged_step = standing_.next_step;
    const bool better = generator.sharpness == 0 && score < standing_.best_score;
    if (better) {
      standing_.best_score = score;
      standing_.best_step = standing_.next_step;
    }
    journal_.note(line);
    if (better) journal_.save(*recipe_, standing_, journal_.best(), physics);
    journal_.save(*recipe_, standing_, journal_.last(), physics);
  }

  const TrainingSettings& settings_;
  const TrainingData& data_;
  std::unique_ptr<Recipe> recipe_;
  Journal journal_;
  Standing standing_;
  PhysicsSummary geant4_;
  std::map<std::string, double> sums_;
  std::int64_t summed_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

void train(const TrainingSettings& settings) {
  at::set_num_threads(settings.threads);
  keep_freed_memory();
  std::error_code failure;
  std::filesystem::create_directories(settings.out, failure);
  if (failure)
    throw bad_input(
        fmt::format("{}: cannot be created ({}); give another --out", settings.out.string(), failure.message()));
  const auto data = load_training_data(data::expand_shower_files(settings.data), settings.validation_share);
  log_info(fmt::format("training on {} showers, {} held out", data.training.size(), data.validation.size()));
  Run(settings, data).to_end();
}

void export_checkpoint(const std::filesystem::path& checkpoint, const std::filesystem::path& onnx,
                       std::int64_t calibration_showers, int threads) {
  at::set_num_threads(threads);
  keep_freed_memory();
  auto stored = read_stored_generator(checkpoint);
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
  const double ratio = calibration_showers == 0
                           ? 1
                           : response_ratio(stored.generator, response, record.info.energy_min_gev,
                                            record.info.energy_max_gev, calibration_showers, kExportSeed);
  if (!(ratio > 0))
    throw run_failed(fmt::format("{}: the generator's showers are empty; train longer", checkpoint.string()));
  stored.generator.spec.output_scale /= ratio;
  auto training = stored.about;
  training["step"] = stored.standing.next_step;
  training["response_before_export"] = ratio;
  record.training = training.dump();
  if (!stored.physics.is_null()) record.scores = stored.physics.dump();
  model::write_onnx(export_graph(stored.generator, record), onnx.string());
  log_info(fmt::format("{}: step {}, response corrected by {:+.2f} %", onnx.string(), stored.standing.next_step,
                       100 * (1 / ratio - 1)));
}

}  // namespace octocal::train
