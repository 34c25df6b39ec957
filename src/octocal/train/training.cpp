// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/training.hpp"

#include <ATen/ops/arange.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/output_place.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/device.hpp"
#include "octocal/train/epoch_report.hpp"
#include "octocal/train/freed_memory.hpp"
#include "octocal/train/initial_weights.hpp"
#include "octocal/train/journal.hpp"
#include "octocal/train/onnx_exchange.hpp"
#include "octocal/train/physics_metrics.hpp"
#include "octocal/train/precision.hpp"
#include "octocal/train/recipe_choice.hpp"
#include "octocal/train/run_lock.hpp"
#include "octocal/train/thread_count.hpp"
#include "octocal/train/together/shared_state.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kJudgeChunk = 32;
constexpr std::int64_t kUsualBatch = 32;  // by which a stream moves on where --batch is not given

/// Physics of the recipe's generator at the held-out showers' energies.
PhysicsAccumulator judge(const TrainedGenerator& generator, const TrainingData& data, std::uint64_t seed,
                         std::int64_t count) {
  PhysicsAccumulator generated(data.energy_min_gev, data.energy_max_gev);
  const auto sorted = std::get<0>(data.validation.energy.sort());
  for (std::int64_t done = 0; done < count; done += kJudgeChunk) {
    throw_if_interrupted();
    const auto energy = BatchDraw(seed, kJudgeSteps + done).energies(std::min(kJudgeChunk, count - done), sorted);
    generated.add(generator.generate(energy, seed, done), energy);
  }
  return generated;
}

PhysicsAccumulator summarise(const ShowerSample& sample, const TrainingData& data) {
  PhysicsAccumulator geant4(data.energy_min_gev, data.energy_max_gev);
  for (std::int64_t first = 0; first < sample.size(); first += 100) {
    throw_if_interrupted();
    const auto rows = at::arange(first, std::min(first + 100, sample.size()), at::kLong);
    geant4.add(sample.cells_gev(rows), sample.energy.index_select(0, rows));
  }
  return geant4;
}

/// All that decides the numbers of a run, and where it comes from: what --resume compares (resume_check.hpp).
nlohmann::json describe(const TrainingSettings& settings, const TrainingData& data) {
  nlohmann::json about = {
      {"recipe", settings.recipe},
      {"steps", settings.steps},
      {"steps_per_epoch", settings.steps_per_epoch},
      {"seed", settings.seed},
      {"augment", settings.augment},
      {"precision", settings.precision},
      {"device", settings.device},
      {"tf32", settings.tf32},
      {"threads", settings.threads},
      {"patience", settings.patience},
      {"started_from", !settings.initial.empty() ? settings.initial.string() : settings.start_from.string()},
      {"first_step", settings.first_step},
      {"network", model::network_text(network_of(settings))},
      {"stream_blocks", data.training.window ? data.training.window->window_blocks() : 0},
      {"validation_share", settings.validation_share},
      {"judged_showers", settings.judged_showers},
      {"training_showers", data.training.size()},
      {"validation_showers", data.validation.size()},
      {"data_hash", data.hash},
      {"energy_min_gev", data.energy_min_gev},
      {"energy_max_gev", data.energy_max_gev},
      {"response", data.response.coefficients}};
  about.update(recipe_settings(settings));
  return about;
}

std::string note_of(const std::map<std::string, double>& losses) {
  std::string note;
  for (const auto& [name, value] : losses) note += fmt::format("{}{} {:.3g}", note.empty() ? "" : ", ", name, value);
  return note;
}

/// A line of the table of epochs, on stderr; clears what the progress line leaves on a terminal.
void print_row(const std::string& row) {
  if (verbosity() == Verbosity::kQuiet) return;
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r{:<130}\r", "");
  fmt::print(stderr, "{}\n", row);
}

/// The run itself: steps, and after each epoch a look at the physics.
class Run {
 public:
  Run(const TrainingSettings& settings, const TrainingData& data, at::Device device, ranks::Ranks& ranks)
      : settings_(settings),
        data_(data),
        ranks_(ranks),
        recipe_(make_recipe(settings, data, device, ranks)),
        journal_(settings.out, describe(settings, data)),
        geant4_(data.energy_min_gev, data.energy_max_gev) {
    ranks.agree([&] {
      if (ranks.first()) begin();
    });
    share();
  }

  void to_end() {
    Progress progress("train", "steps", static_cast<std::uint64_t>(settings_.steps),
                      static_cast<std::uint64_t>(standing_.next_step));
    if (ranks_.first()) print_row(table_heading(geant4_json_));
    try {
      bool enough = is_patience_over();
      while (!enough) {
        const auto done = standing_.next_step;
        const bool whole_epoch = done % settings_.steps_per_epoch == 0 || done >= settings_.steps;
        if (whole_epoch && done > standing_.judged_step) look();
        enough = is_patience_over();
        if (done >= settings_.steps || enough) break;
        ranks_.agree(throw_if_interrupted);
        step(done);
        progress.update(static_cast<std::uint64_t>(done + 1), note_of(losses_));
      }
      if (enough)
        log_info(fmt::format("no better physics for {} epochs (--patience); {} holds the best, step {}",
                             settings_.patience, journal_.best().string(), standing_.best_step));
    } catch (const Error& error) {
      // A step fails in all ranks or in none: they have the same gradients and losses.
      if (error.code() == ErrorCode::kBadInput) throw;
      ranks_.agree([&] {
        if (!ranks_.first()) return;
        if (error.code() == ErrorCode::kFailed) throw broken(error.what());
        journal_.save(*recipe_, standing_, journal_.last());
        throw Error(ErrorCode::kInterrupted, fmt::format("interrupted at step {}; {} holds it, go on with --resume",
                                                         standing_.next_step, journal_.last().string()));
      });
    }
    progress.finish();
    ranks_.agree([&] {
      if (ranks_.first()) write_page(false);
    });
  }

 private:
  /// Where it starts from, and the first line of the journal. Rank 0's.
  void begin() {
    geant4_ = summarise(data_.validation, data_);
    if (settings_.resume) {
      standing_ = journal_.load(*recipe_, journal_.last(), true);
    } else if (!settings_.start_from.empty()) {
      standing_.next_step = journal_.load(*recipe_, settings_.start_from, false).next_step;
      if (standing_.next_step >= settings_.steps)
        throw bad_input(
            fmt::format("{}: is at step {} and --steps is {}, so nothing is left to train; give --steps above",
                        settings_.start_from.string(), standing_.next_step, settings_.steps));
    } else if (!settings_.initial.empty()) {
      start_from_model(*recipe_, read_model(settings_.initial), settings_.initial.string(), settings_.first_step);
      standing_.next_step = settings_.first_step;
    }
    standing_.judged_step = std::max(standing_.judged_step, settings_.resume ? 0 : standing_.next_step);
    watch_.state = standing_.watch;
    const auto summary = geant4_.summary();
    geant4_json_ = nlohmann::json::parse(to_json(summary));
    if (!settings_.resume || !journal_.forget_after(standing_.judged_step))
      journal_.note({{"geant4", geant4_json_},
                     {"geant4_errors", nlohmann::json::parse(errors_to_json(summary, geant4_.errors()))},
                     {"about", journal_.about()}});
  }

  /// Rank 0's weights, bit for bit, and where it stands.
  void share() {
    share_state(ranks_, *recipe_);
    if (!ranks_.alone()) standing_ = standing_of(nlohmann::json::parse(ranks_.told(to_json(standing_).dump())));
  }

  void step(std::int64_t index) {
    const auto start = Clock::now();
    {
      const PrecisionGuard precision(settings_.precision == "bf16" ? Precision::kBf16 : Precision::kFloat32);
      losses_ = recipe_->step(index);
    }
    step_seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
    if (const auto what = watch_.after_step(losses_); !what.empty()) throw run_failed(what);
    for (const auto& [name, value] : losses_) sums_[name] += value;
    ++summed_;
    standing_.next_step = index + 1;
  }

  bool is_patience_over() const { return settings_.patience > 0 && standing_.worse_epochs >= settings_.patience; }

  void look() {
    const auto held_out = recipe_->held_out_loss();
    ranks_.agree([&] {
      if (ranks_.first()) look_at_physics(held_out);
    });
    share();
  }

  /// What a look at the physics says, and the checkpoints. Where there is a likelihood, its fall is far sharper than the
  /// physics of some hundred showers.
  void look_at_physics(std::optional<double> held_out) {
    const auto generator = recipe_->trained();
    const auto generated = judge(generator, data_, settings_.seed, settings_.judged_showers);
    const auto summary = generated.summary();
    const auto wanted = geant4_.summary();
    const auto what = watch_.after_epoch(summary, wanted);
    const auto score = physics_score(generated, geant4_);
    nlohmann::json line = {{"step", standing_.next_step},
                           {"score", score.value},
                           {"score_error", score.error},
                           {"physics", nlohmann::json::parse(to_json(summary))},
                           {"errors", nlohmann::json::parse(errors_to_json(summary, generated.errors()))},
                           {"diversity", diversity(summary, wanted)}};
    for (const auto& [name, sum] : sums_) line["loss"][name] = sum / static_cast<double>(summed_);
    line["seconds"] = std::chrono::duration<double>(Clock::now() - start_).count();
    if (step_seconds_ > 0)
      line["showers_per_second"] = static_cast<double>(summed_ * recipe_->showers_per_step()) / step_seconds_;
    sums_.clear();
    summed_ = 0;
    step_seconds_ = 0;
    standing_.judged_step = standing_.next_step;
    standing_.watch = watch_.state;
    standing_.history.push_back({standing_.next_step, score.value, score.error});
    if (held_out) line["loss"]["held out"] = *held_out;
    const double judged = held_out.value_or(score.value);
    const bool better = what.empty() && generator.sharpness == 0 && judged < standing_.best_score;
    if (better) {
      standing_.best_score = judged;
      standing_.best_error = held_out ? 0 : score.error;
      standing_.best_step = standing_.next_step;
      standing_.worse_epochs = 0;
    } else if (standing_.best_step >= 0) {
      ++standing_.worse_epochs;
    }
    line["best_step"] = standing_.best_step;
    journal_.note(line);
    print_row(table_row(line));
    if (!what.empty()) throw run_failed(what);  // before this epoch's weights take the place of good ones
    auto scores = line.at("physics");
    for (const char* key : {"score", "score_error", "errors", "step"}) scores[key] = line.at(key);
    scores["judged_showers"] = settings_.judged_showers;
    scores["geant4"] = geant4_json_;
    if (better) journal_.save(*recipe_, standing_, journal_.best(), scores);
    journal_.save(*recipe_, standing_, journal_.last(), scores);
    write_page(true);
  }

  /// What happened, and which checkpoint is good.
  Error broken(const std::string& what) {
    std::string good = "nothing good has been saved, start again with a lower --rate";
    if (standing_.best_step >= 0)
      good = fmt::format("{} is good (step {}, score {:.3f} +- {:.3f}), go on from it with --from and a lower --rate",
                         journal_.best().string(), standing_.best_step, standing_.best_score, standing_.best_error);
    else if (std::filesystem::exists(journal_.last()))
      good =
          fmt::format("{} is from before that, go on from it with --from and a lower --rate", journal_.last().string());
    const std::string start = what.starts_with("training: ") ? "" : "training: ";
    const auto sentence = fmt::format("{}{} at step {}; {}", start, what, standing_.next_step, good);
    journal_.note({{"step", standing_.next_step}, {"stopped", sentence}});
    write_page(false);
    return run_failed(sentence);
  }

  void write_page(bool running) const {
    write_text_file(journal_.page(), training_page(journal_.lines(), "Training " + settings_.out.string(), running));
  }

  const TrainingSettings& settings_;
  const TrainingData& data_;
  ranks::Ranks& ranks_;
  std::unique_ptr<Recipe> recipe_;
  Journal journal_;
  PhysicsAccumulator geant4_;
  nlohmann::json geant4_json_;
  Standing standing_;
  TrainingWatch watch_;
  std::map<std::string, double> losses_, sums_;
  std::int64_t summed_ = 0;
  double step_seconds_ = 0;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

void train(const TrainingSettings& settings, ranks::Ranks& ranks) {
  std::optional<at::Device> device;
  std::optional<RunLock> lock;
  std::optional<ThreadCount> threads;
  ranks.agree([&] {
    check_settings(settings);
    if (!ranks.alone()) check_shared(settings, ranks.size());
    device = find_device(settings.device);
    allow_tf32(settings.tf32);
    threads.emplace(settings.threads);
    keep_freed_memory();
    if (!ranks.first()) return;
    std::error_code failure;
    std::filesystem::create_directories(settings.out, failure);
    if (failure) throw refused_output(settings.out, failure.value());
    lock.emplace(settings.out);
  });
  std::optional<TrainingData> data;
  ranks.agree([&] {
    StreamSettings stream;
    stream.memory_bytes = settings.memory_bytes;
    stream.seed = settings.seed;
    stream.showers_per_step = settings.batch.value_or(kUsualBatch);
    data = load_training_data(data::expand_shower_files(settings.data), settings.validation_share, stream);
  });
  const auto hash = ranks.told(data->hash);
  ranks.agree([&] {
    if (data->hash != hash)
      throw bad_input(fmt::format("{}: holds other showers than on rank 0's machine; give all of them the same --data",
                                  data->files.front()));
  });
  log_info(fmt::format("training on {} showers, {} held out", data->training.size(), data->validation.size()));
  Run(settings, *data, *device, ranks).to_end();
}

}  // namespace octocal::train
