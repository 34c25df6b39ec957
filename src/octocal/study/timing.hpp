// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"

namespace octocal::study {

struct BenchSettings {
  std::vector<std::string> models;                ///< empty: the shipped float32 and int8 models
  std::map<std::string, std::string> model_info;  ///< see EngineSettings
  std::int64_t repeats = 7;
  std::int64_t showers = 48;  ///< a repeat of a model
  std::int64_t batch = 8;
  std::int64_t core = 0;
  std::uint64_t seed = 1;
};

/// Median and spread of some measurements; low and high are the quartiles.
struct Spread {
  double median = 0, low = 0, high = 0, min = 0, max = 0;
  std::vector<double> values;  ///< in the order of measurement
};
/// Quantiles between neighbours are interpolated. Precondition: values is not empty.
Spread spread_of(std::vector<double> values);

struct BenchedModel {
  std::string name;  ///< engine::Program::precision(): "float32", "int8" or "mixed"
  std::string file;
  std::string hash;
  std::uintmax_t file_bytes = 0;
  std::size_t weight_bytes = 0, stream_bytes = 0;
  Spread showers_per_second;            ///< wall clock
  Spread showers_per_processor_second;  ///< what other processes took of the core left out
  std::vector<engine::LayerReport> layers;
  std::vector<double> layer_seconds;  ///< processor seconds a shower of each layer, from one more repeat

  /// Speed of a layer, 1e9 multiply-accumulates a second; 0 where nothing was measured.
  double giga_macs_per_second(std::size_t layer) const noexcept {
    const double seconds = layer_seconds[layer];
    return seconds > 0 ? static_cast<double>(layers[layer].macs) / seconds / 1e9 : 0;
  }
};

struct BenchResult {
  std::vector<BenchedModel> models;
  bool has_speedup = false;
  Spread speedup;  ///< first int8 model over first float32 model, of each turn, wall clock
  Spread processor_speedup;
  bool pinned = false;
};

/// Times the models on one core of this machine, in turns (A B A B ...), so that what disturbs the machine disturbs all
/// alike; each warms up once. Timed is the network from latents to cells, without random numbers and files.
/// Errors: bad_input for settings out of range and models that cannot be read or run; interrupted.
BenchResult run_bench(const BenchSettings& settings);

}  // namespace octocal::study
