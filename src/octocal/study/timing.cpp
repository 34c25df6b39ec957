// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/engine/peak_loops.hpp"
#include "octocal/engine/shower_generator.hpp"
#include "octocal/study/benched_network.hpp"
#include "octocal/study/first_shower.hpp"
#include "octocal/study/formats.hpp"
#include "octocal/study/shipped_files.hpp"

namespace octocal::study {
namespace {

constexpr std::int64_t kMostAtOnce = 1024;
constexpr const char* kAsItIs = "float32";       ///< the precision that needs no quantizing
constexpr std::size_t kCalibrationShowers = 32;  ///< ranges hardly change a speed
constexpr std::int64_t kPeakRounds = 2'000'000;  ///< some milliseconds

void check(const char* setting, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high)
    throw bad_input(fmt::format("`{}` {}: must be from {} to {}", setting, value, low, high));
}

void check(const BenchSettings& settings) {
  check("repeats", settings.repeats, 1, 1000);
  check("showers", settings.showers, 1, 1'000'000);
  check("batch", settings.batch, 1, kMostAtOnce);
  for (const auto batch : settings.batches) check("batches", batch, 1, kMostAtOnce);
  for (const auto streams : settings.streams) check("streams", streams, 1, engine::kMostStreams);
  check("core", settings.core, 0, usable_cores() - 1);
  std::vector<std::string> formats;
  for (const auto& precision : settings.precisions)
    if (precision != kAsItIs) formats.push_back(precision);
  resolved_formats(formats);
}

/// Showers a second of turns, by the wall clock and in processor time.
std::pair<Spread, Spread> speeds_of(const std::vector<Times>& turns, double showers) {
  std::vector<double> wall, processor;
  for (const auto& turn : turns) {
    wall.push_back(showers / turn.wall);
    processor.push_back(showers / turn.processor);
  }
  return {spread_of(wall), spread_of(processor)};
}

/// One network and its measurements so far.
class Contestant {
 public:
  Contestant(OpenModel model, const BenchSettings& settings)
      : settings_(&settings),
        network_(std::move(model), static_cast<std::size_t>(settings.showers),
                 static_cast<std::size_t>(largest_batch(settings)), settings.seed),
        batches_(settings.batches.size()),
        streams_(settings.streams.size()) {}

  /// One turn.
  void measure() {
    const auto batch = static_cast<std::size_t>(settings_->batch);
    turns_.push_back(network_.run(batch));
    for (std::size_t i = 0; i < batches_.size(); ++i)
      batches_[i].push_back(network_.run(static_cast<std::size_t>(settings_->batches[i])));
    for (std::size_t i = 0; i < streams_.size(); ++i)
      streams_[i].push_back(network_.run_streams(static_cast<std::size_t>(settings_->streams[i]), batch));
  }
  /// Forgets the turns so far: they were to warm up.
  void start() {
    turns_.clear();
    for (auto& point : batches_) point.clear();
    for (auto& point : streams_) point.clear();
  }
  const std::vector<Times>& turns() const noexcept { return turns_; }

  BenchedModel result() {
    BenchedModel result;
    const auto& model = network_.model();
    const auto& program = network_.program();
    result.name = program.precision();
    result.file = model.file;
    result.format = model.format;
    result.hash = model.hash;
    result.file_bytes = model.format.empty() ? std::filesystem::file_size(model.file) : model.bytes;
    result.weight_bytes = program.weight_bytes();
    result.stream_bytes = program.scratch_bytes();
    const auto showers = static_cast<double>(settings_->showers);
    std::tie(result.showers_per_second, result.showers_per_processor_second) = speeds_of(turns_, showers);
    const auto points = [](const std::vector<std::int64_t>& numbers, const std::vector<std::vector<Times>>& turns,
                           auto showers_of) {
      std::vector<BenchedPoint> all;
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto [wall, processor] = speeds_of(turns[i], showers_of(numbers[i]));
        all.push_back({numbers[i], wall, processor});
      }
      return all;
    };
    result.batches = points(settings_->batches, batches_, [&](std::int64_t) { return showers; });
    result.streams =
        points(settings_->streams, streams_, [&](std::int64_t s) { return static_cast<double>(s) * showers; });
    result.layers = program.layers();
    for (const auto& layer : result.layers) result.macs += layer.macs;
    result.layer_seconds = network_.layer_seconds(static_cast<std::size_t>(settings_->batch));
    return result;
  }

 private:
  static std::int64_t largest_batch(const BenchSettings& settings) {
    std::int64_t largest = settings.batch;
    for (const auto batch : settings.batches) largest = std::max(largest, batch);
    return largest;
  }

  const BenchSettings* settings_;
  BenchedNetwork network_;
  std::vector<Times> turns_;
  std::vector<std::vector<Times>> batches_, streams_;
};

/// A loop that is as fast as the core can be, and its measurements.
struct PeakContestant {
  engine::PeakLoop loop;
  std::vector<double> giga_macs_per_second;

  void measure() {
    Stopwatch watch;
    loop.run(kPeakRounds);
    giga_macs_per_second.push_back(static_cast<double>(loop.macs) * static_cast<double>(kPeakRounds) /
                                   watch.lap().processor / 1e9);
  }
};

/// The models in the precisions that were asked for.
std::vector<OpenModel> models_to_bench(const std::vector<std::string>& files, const BenchSettings& settings) {
  std::vector<OpenModel> models;
  CalibrationSettings calibration;
  calibration.showers = kCalibrationShowers;
  EngineSettings engine;
  engine.model_info = settings.model_info;
  engine.streams = 1;
  for (const auto& file : files) {
    if (settings.precisions.empty()) models.push_back(open_model(file, settings.model_info));
    for (const auto& precision : settings.precisions)
      models.push_back(precision == kAsItIs ? open_model(file, settings.model_info)
                                            : in_format(file, precision, calibration, engine));
  }
  return models;
}

std::vector<std::string> files_of(const BenchSettings& settings) {
  if (!settings.models.empty()) return settings.models;
  const auto float32 = shipped_file("models/generator.onnx");
  if (!settings.precisions.empty()) return {float32};
  return {float32, shipped_file("models/generator-int8.onnx")};
}

/// Before the engine is used in this process, so that the children start as fresh as it did.
std::map<std::string, BenchedFirstShower> first_showers_of(const std::vector<std::string>& files,
                                                           const BenchSettings& settings) {
  std::map<std::string, std::vector<FirstShowerTimes>> turns;
  Progress progress("first showers", "runs", static_cast<std::uint64_t>(settings.repeats + 1) * files.size());
  std::uint64_t done = 0;
  for (std::int64_t repeat = -1; repeat < settings.repeats; ++repeat)  // -1: the files get into memory
    for (const auto& file : files) {
      throw_if_interrupted();
      const auto times = time_first_shower(file, settings.model_info);
      if (repeat >= 0) turns[file].push_back(times);
      progress.update(++done);
    }
  progress.finish();
  std::map<std::string, BenchedFirstShower> results;
  for (const auto& [file, times] : turns) {
    const auto spread = [&all = times](auto number) {
      std::vector<double> values;
      for (const auto& one : all) values.push_back(number(one));
      return spread_of(values);
    };
    auto& result = results[file];
    for (std::size_t part = 0; part < kFirstShowerParts.size(); ++part)
      result.parts.push_back(spread([part](const auto& one) { return one.processor[part]; }));
    result.wall = spread([](const auto& one) { return one.total_wall(); });
    result.processor = spread([](const auto& one) { return one.total_processor(); });
  }
  return results;
}

/// One model's times over another's, turn by turn.
Spread ratio_of(const Contestant& slow, const Contestant& fast, double Times::*clock) {
  std::vector<double> ratios;
  for (std::size_t turn = 0; turn < slow.turns().size(); ++turn)
    ratios.push_back(slow.turns()[turn].*clock / (fast.turns()[turn].*clock));
  return spread_of(ratios);
}

void compare(const std::vector<Contestant>& contestants, BenchResult& result) {
  auto& models = result.models;
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::size_t before = kNone;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].name == kAsItIs && models[i].format.empty()) before = i;
    if (before != kNone) models[i].over_float32 = ratio_of(contestants[before], contestants[i], &Times::processor);
    if (const auto peak = peak_of(result.peaks, models[i].name))
      models[i].share_of_peak =
          static_cast<double>(models[i].macs) * models[i].showers_per_processor_second.median / 1e9 / *peak;
  }
  const auto place_of = [&](const std::string& name) {
    const auto found = std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.name == name; });
    return static_cast<std::size_t>(found - models.begin());
  };
  const std::size_t slow = place_of("float32");
  const std::size_t fast = place_of("int8");
  result.has_speedup = slow < models.size() && fast < models.size();
  if (!result.has_speedup) return;
  result.speedup = ratio_of(contestants[slow], contestants[fast], &Times::wall);
  result.processor_speedup = ratio_of(contestants[slow], contestants[fast], &Times::processor);
}

}  // namespace

std::optional<double> peak_of(const std::vector<BenchedPeak>& peaks, const std::string& precision) {
  std::optional<double> highest;
  for (const auto& peak : peaks)
    if (peak.precision == precision) highest = std::max(highest.value_or(0), peak.giga_macs_per_second.median);
  return highest;
}

BenchResult run_bench(const BenchSettings& settings) {
  check(settings);
  const auto files = files_of(settings);
  BenchResult result;
  // Before the streams are made: their memory is then near this core.
  result.pinned = pin_current_thread(static_cast<int>(settings.core));
  std::map<std::string, BenchedFirstShower> first_showers;
  if (settings.first_shower) first_showers = first_showers_of(files, settings);

  std::vector<Contestant> contestants;
  for (auto& model : models_to_bench(files, settings)) contestants.emplace_back(std::move(model), settings);
  std::vector<PeakContestant> peaks;
  if (settings.peak)
    for (const auto& loop : engine::peak_loops(machine_isa())) peaks.push_back({loop, {}});

  Progress progress("bench", "runs", static_cast<std::uint64_t>(settings.repeats + 1) * contestants.size());
  std::uint64_t done = 0;
  for (std::int64_t repeat = -1; repeat < settings.repeats; ++repeat) {  // -1: warm-up
    for (auto& contestant : contestants) {
      throw_if_interrupted();
      contestant.measure();
      if (repeat < 0) contestant.start();
      progress.update(++done);
    }
    for (auto& peak : peaks) {
      peak.measure();
      if (repeat < 0) peak.giga_macs_per_second.clear();
    }
  }
  progress.finish();

  for (const auto& peak : peaks)
    result.peaks.push_back(
        {peak.loop.instruction, peak.loop.precision, isa_name(peak.loop.isa), spread_of(peak.giga_macs_per_second)});
  for (auto& contestant : contestants) {
    result.models.push_back(contestant.result());
    auto& model = result.models.back();
    const auto first = first_showers.find(model.file);
    if (model.format.empty() && first != first_showers.end()) model.first_shower = first->second;
  }
  compare(contestants, result);
  return result;
}

}  // namespace octocal::study
