// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/timing.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/base/statistics.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/study/open_model.hpp"
#include "octocal/study/shipped_files.hpp"

namespace octocal::study {
namespace {

void check(const char* setting, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high)
    throw bad_input(fmt::format("`{}` {}: must be from {} to {}", setting, value, low, high));
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Times {
  double wall = 0, processor = 0;
};

/// One model with its stream, inputs and measurements so far.
class Contestant {
 public:
  Contestant(const std::string& file, const BenchSettings& settings)
      : model_(open_model(file, settings.model_info)),
        program_(engine::Program::compile(model_.graph, {static_cast<std::size_t>(settings.batch), file})),
        stream_(program_),
        showers_(static_cast<std::size_t>(settings.showers)) {
    engine::warn_of_remarks(*program_);
    const auto& info = model_.info;
    energies_.resize(showers_);
    const double width = info.energy_max_gev - info.energy_min_gev;
    for (std::size_t i = 0; i < showers_; ++i)
      energies_[i] = static_cast<float>(info.energy_min_gev +
                                        width * (static_cast<double>(i) + 0.5) / static_cast<double>(showers_));
    latents_.resize(showers_ * info.latent_size);
    model::make_latents(info.latent, settings.seed, Draw::kLatent, 0, energies_, latents_);
    noise_.resize(showers_ * info.noise_size);
    model::make_noise(settings.seed, Draw::kLatent, 0, showers_, noise_);
    cells_.resize(program_->max_batch() * info.nx * info.ny * info.nz);
  }

  /// All showers once.
  Times run() {
    const auto wall = std::chrono::steady_clock::now();
    const double processor = processor_seconds();
    const std::size_t batch = program_->max_batch();
    const std::size_t columns = model_.info.latent_size;
    const std::size_t noise = model_.info.noise_size;
    for (std::size_t first = 0; first < showers_; first += batch) {
      const std::size_t count = std::min(batch, showers_ - first);
      std::vector<std::span<const float>> inputs;
      for (const auto& input : program_->inputs())
        inputs.push_back(input.name == "energy" ? std::span<const float>(energies_).subspan(first, count)
                         : input.name == "noise" && !noise_.empty()
                             ? std::span<const float>(noise_).subspan(first * noise, count * noise)
                             : std::span<const float>(latents_).subspan(first * columns, count * columns));
      const std::vector<std::span<float>> outputs = {std::span<float>(cells_)};
      stream_.run(count, inputs, outputs);
    }
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(),
            processor_seconds() - processor};
  }

  void measure() { times_.push_back(run()); }
  const std::vector<Times>& times() const noexcept { return times_; }

  BenchedModel result() {
    BenchedModel result;
    result.name = program_->precision();
    result.file = model_.file;
    result.hash = model_.hash;
    result.file_bytes = std::filesystem::file_size(model_.file);
    result.weight_bytes = program_->weight_bytes();
    result.stream_bytes = program_->scratch_bytes();
    std::vector<double> wall;
    std::vector<double> processor;
    const auto showers = static_cast<double>(showers_);
    for (const auto& time : times_) {
      wall.push_back(showers / time.wall);
      processor.push_back(showers / time.processor);
    }
    result.showers_per_second = spread_of(wall);
    result.showers_per_processor_second = spread_of(processor);
    result.layers = program_->layers();
    stream_.profile(true);
    run();
    stream_.profile(false);
    result.layer_seconds = stream_.layer_seconds();
    for (double& seconds : result.layer_seconds) seconds /= showers;
    return result;
  }

 private:
  OpenModel model_;
  std::shared_ptr<const engine::Program> program_;
  engine::Stream stream_;
  std::size_t showers_;
  std::vector<float> energies_, latents_, cells_, noise_;
  std::vector<Times> times_;
};

}  // namespace

Spread spread_of(std::vector<double> values) {
  OCTOCAL_EXPECT(!values.empty());
  Spread spread;
  spread.values = values;
  std::sort(values.begin(), values.end());
  spread.min = values.front();
  spread.low = quantile(values, 0.25);
  spread.median = quantile(values, 0.5);
  spread.high = quantile(values, 0.75);
  spread.max = values.back();
  return spread;
}

BenchResult run_bench(const BenchSettings& settings) {
  check("repeats", settings.repeats, 1, 1000);
  check("showers", settings.showers, 1, 1'000'000);
  check("batch", settings.batch, 1, 1024);
  check("core", settings.core, 0, usable_cores() - 1);
  auto files = settings.models;
  if (files.empty()) files = {shipped_file("models/generator.onnx"), shipped_file("models/generator-int8.onnx")};

  BenchResult result;
  // Before the streams are made: their memory is then near this core.
  result.pinned = pin_current_thread(static_cast<int>(settings.core));
  std::vector<Contestant> contestants;
  contestants.reserve(files.size());
  for (const auto& file : files) contestants.emplace_back(file, settings);

  Progress progress("bench", "runs", static_cast<std::uint64_t>(settings.repeats + 1) * files.size());
  std::uint64_t done = 0;
  for (std::int64_t repeat = -1; repeat < settings.repeats; ++repeat)  // -1: warm-up
    for (auto& contestant : contestants) {
      throw_if_interrupted();
      if (repeat < 0) {
        contestant.run();
      } else {
        contestant.measure();
      }
      progress.update(++done);
    }
  progress.finish();

  for (auto& contestant : contestants) result.models.push_back(contestant.result());
  const auto place_of = [&](const std::string& name) {
    const auto found =
        std::find_if(result.models.begin(), result.models.end(), [&](const auto& m) { return m.name == name; });
    return static_cast<std::size_t>(found - result.models.begin());
  };
  const std::size_t slow = place_of("float32");
  const std::size_t fast = place_of("int8");
  result.has_speedup = slow < contestants.size() && fast < contestants.size();
  if (!result.has_speedup) return result;
  std::vector<double> wall;
  std::vector<double> processor;
  for (std::size_t turn = 0; turn < contestants[slow].times().size(); ++turn) {
    wall.push_back(contestants[slow].times()[turn].wall / contestants[fast].times()[turn].wall);
    processor.push_back(contestants[slow].times()[turn].processor / contestants[fast].times()[turn].processor);
  }
  result.speedup = spread_of(wall);
  result.processor_speedup = spread_of(processor);
  return result;
}

}  // namespace octocal::study
