// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"
#include "octocal/study/operation_times.hpp"
#include "octocal/study/spread.hpp"

namespace octocal::study {

/// What is timed, and how often.
struct BenchSettings {
  std::vector<std::string> models;                ///< empty: the shipped float32 and int8 models
  std::map<std::string, std::string> model_info;  ///< see EngineSettings
  /// Each model, which must be float32 then, is timed in these: "float32", "bfloat16", "int16x8" and so on
  /// (format_names()), quantized here; models empty: the shipped float32 one. Empty: models as they are.
  std::vector<std::string> precisions;
  std::int64_t repeats = 7;           ///< turns
  std::int64_t showers = 48;          ///< a repeat of a model
  std::int64_t batch = 8;             ///< showers computed at once
  std::vector<std::int64_t> batches;  ///< other numbers of showers computed at once, timed beside `batch`
  std::vector<std::int64_t> streams;  ///< numbers of streams at the same time, a thread each, timed besides one
  std::int64_t core = 0;              ///< number of the usable core, of all but `streams`
  bool peak = false;                  ///< measure the most that this core can multiply, too
  bool first_shower = false;          ///< time the way from the file to the first shower, of models in files
  std::uint64_t seed = 1;             ///< of the latents
};

/// Showers a second with some batch, or in some streams.
struct BenchedPoint {
  std::int64_t number = 0;              ///< showers computed at once, or streams
  Spread showers_per_second;            ///< wall clock, all streams together
  Spread showers_per_processor_second;  ///< of all threads
};

/// From the file to the first shower (first_shower.hpp), seconds.
struct BenchedFirstShower {
  std::vector<Spread> parts;  ///< processor time of kFirstShowerParts
  Spread wall, processor;     ///< of all together
};

/// A model, and how fast it ran.
struct BenchedModel {
  std::string name;                                ///< engine::Program::precision(): "float32", "int8" or "mixed"
  std::string file;                                ///< as it was named
  std::string format;                              ///< in which it is timed; "": as the file has it
  std::string hash;                                ///< model::graph_hash
  std::uintmax_t file_bytes = 0;                   ///< on disk, or as a file
  std::size_t weight_bytes = 0, stream_bytes = 0;  ///< packed weights, and all memory of a stream but they
  std::uint64_t macs = 0;                          ///< multiply-accumulates a shower, of the plain graph
  Spread showers_per_second;                       ///< wall clock
  Spread showers_per_processor_second;             ///< what other processes took of the core left out
  /// Over the float32 model timed before it, turn by turn, in processor time; nothing where there is none.
  std::optional<Spread> over_float32;
  std::vector<BenchedPoint> batches;               ///< in the order of the settings
  std::vector<BenchedPoint> streams;               ///< in the order of the settings
  std::optional<BenchedFirstShower> first_shower;  ///< if asked for, and the model is a file
  /// Multiply-accumulates a processor second over the best peak of its precision; nothing without such a peak.
  std::optional<double> share_of_peak;
  std::vector<engine::LayerReport> layers;  ///< what ran
  std::vector<double> layer_seconds;        ///< processor seconds a shower of each layer, from one more repeat

  /// Speed of a layer, 1e9 multiply-accumulates a second; 0 where nothing was measured.
  double giga_macs_per_second(std::size_t layer) const noexcept {
    const double seconds = layer_seconds[layer];
    return seconds > 0 ? static_cast<double>(layers[layer].macs) / seconds / 1e9 : 0;
  }
  std::vector<OperationTime> operations() const { return operation_times(layers, layer_seconds); }
};

/// The most that an instruction does (engine::PeakLoop).
struct BenchedPeak {
  std::string instruction;      ///< its name, vpdpbusd
  std::string precision;        ///< of layers that it computes, int8
  std::string isa;              ///< instruction set, as OCTOCAL_ISA has it
  Spread giga_macs_per_second;  ///< of processor time
};

/// All models, and int8 against float32.
struct BenchResult {
  std::vector<BenchedModel> models;  ///< in the order of the settings
  std::vector<BenchedPeak> peaks;    ///< if asked for
  bool has_speedup = false;          ///< both a float32 and an int8 model were timed
  Spread speedup;                    ///< first int8 model over first float32 model, of each turn, wall clock
  Spread processor_speedup;          ///< the same in processor time
  bool pinned = false;               ///< the thread was bound to the core
};

/// Times the models on one core of this machine, in turns (A B A B ...), so that what disturbs the machine disturbs all
/// alike; each warms up once. Batches, streams and peaks have their place in each turn. Timed is the network from
/// latents to cells, without random numbers and files. Errors: bad_input for settings out of range and models that
/// cannot be read or run; interrupted.
BenchResult run_bench(const BenchSettings& settings);

/// The peak that a model of this precision is held against: the highest of it. Nothing if none is of this precision.
std::optional<double> peak_of(const std::vector<BenchedPeak>& peaks, const std::string& precision);

}  // namespace octocal::study
