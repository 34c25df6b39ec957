// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "octocal/engine/program.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {

/// Seconds by the wall clock and of processor time.
struct Times {
  double wall = 0;       ///< s
  double processor = 0;  ///< s
};

/// Times laps of the calling thread; its processor time leaves out what other processes took of the core.
class Stopwatch {
 public:
  Stopwatch();  ///< starts
  Times lap();  ///< since the last lap or the start

 private:
  std::chrono::steady_clock::time_point wall_;
  double processor_;
};

/// Inputs of some showers, evenly over the model's energies, and room for the cells of one batch.
class NetworkInputs {
 public:
  /// Latents and noise of the seed.
  NetworkInputs(const model::GeneratorInfo& info, std::size_t showers, std::uint64_t seed);
  std::size_t showers() const noexcept { return energies_.size(); }  ///< how many

  /// Runs all showers once through the stream, `batch` at a time, with `cells` to write to. Thread-safe.
  void run(const engine::Program& program, engine::Stream& stream, std::size_t batch, std::vector<float>& cells) const;
  /// The same with memory of its own.
  void run(const engine::Program& program, engine::Stream& stream, std::size_t batch) const;

 private:
  std::size_t latent_size_, noise_size_, cells_;
  std::vector<float> energies_, latents_, noise_;
};

/// A network that is timed from latents to cells, without random numbers and files.
class BenchedNetwork {
 public:
  /// Errors: bad_input for a model that cannot run.
  BenchedNetwork(OpenModel model, std::size_t showers, std::size_t max_batch, std::uint64_t seed);

  const OpenModel& model() const noexcept { return model_; }             ///< that is timed
  const engine::Program& program() const noexcept { return *program_; }  ///< compiled for max_batch showers

  /// All showers once in this thread.
  Times run(std::size_t batch);
  /// All showers once in each of `streams` threads, which start together, stream s on the s-th usable core (and again
  /// from the first); processor time is that of all. Error: run_failed if there is no thread.
  Times run_streams(std::size_t streams, std::size_t batch);
  /// Processor seconds a shower of each layer, from one run.
  std::vector<double> layer_seconds(std::size_t batch);

 private:
  engine::Stream& stream(std::size_t number);

  OpenModel model_;
  std::shared_ptr<const engine::Program> program_;
  NetworkInputs inputs_;
  std::vector<engine::Stream> streams_;
  std::vector<float> cells_;
};

}  // namespace octocal::study
