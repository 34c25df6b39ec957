// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/engine/affinity.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// Streams that a generator may have.
constexpr int kMostStreams = 1024;

/// How a generator runs.
struct GeneratorOptions {
  int streams = 0;         ///< 1: all work is done in the caller's thread; more: a thread each; 0: one a usable core
  std::size_t batch = 8;   ///< showers a stream computes at once
  std::uint64_t seed = 1;  ///< of the latents
  std::string origin = "model";         ///< what errors call the model: the name of its file
  bool extrapolate = false;             ///< accept energies outside GeneratorInfo's range
  Affinity affinity = Affinity::kNone;  ///< where the threads of several streams run
};

/// Some showers that one stream makes, and the memory where.
///
/// | tensor     | shape            | unit | notes                                                                     |
/// |------------|------------------|------|---------------------------------------------------------------------------|
/// | energy_gev | (n)              | GeV  |                                                                           |
/// | cells_gev  | (n, nx, ny, nz)  | GeV  | receives the showers                                                      |
/// | latents    | (n, L) or empty  |      | receives the generator's inputs, or holds them if they are given          |
struct ShowerBlock {
  ShowerNumber first;  ///< of the first shower
  std::span<const float> energy_gev;
  std::span<float> cells_gev;
  std::span<float> latents;
  bool latents_given = false;  ///< no random ones
};

/// Where ShowerGenerator::make_blocks has blocks from, and what becomes of them: packing, hashing and writing go on in
/// the streams while others compute. Functions are called in the streams' threads, several at a time.
class BlockWork {
 public:
  virtual ~BlockWork() = default;
  /// What block `block` is to be. Blocks are begun in the order of their numbers. False: leave it out. May wait for
  /// blocks before it to be finished.
  virtual bool begin(std::size_t block, ShowerBlock& memory) = 0;
  /// The block's showers are there.
  virtual void finish(std::size_t block) = 0;
  /// A block failed: who waits in begin() must return.
  virtual void stop() noexcept = 0;
};

/// Throws what ShowerGenerator's constructor would throw for this model, and makes no streams.
void check_generator(const model::Graph& graph, const model::GeneratorInfo& info, const std::string& origin);

/// Makes showers with a compiled generator in many streams. Shower i of a seed is the same bytes whatever the number of
/// streams, the batch size, the order of calls and the caller's floating-point modes (rounding, flushing to zero).
///
/// Thread-safe: any number of threads may call one generator; a call waits until the one before it is done and then has
/// all streams to itself. For calls that run at the same time make a generator of one stream for each thread. In a
/// forked child a generator of its parent works only if it has one stream.
class ShowerGenerator {
 public:
  /// Compiles the graph. Errors: bad_input that begins with options.origin (see Program::compile; a graph that is no
  /// generator as `info` describes it; streams outside 0..kMostStreams); run_failed if a thread or the memory of a
  /// stream cannot be had.
  ShowerGenerator(const model::Graph& graph, const model::GeneratorInfo& info, const GeneratorOptions& options = {});
  ~ShowerGenerator();

  /// A generator of one stream, which works in its caller's thread, with this one's options and its compiled program:
  /// packed weights are in memory once, only the stream's memory is its own. The same showers as this one makes.
  /// Thread-safe; either may end first. Errors: run_failed if the memory cannot be had.
  ShowerGenerator share() const;

  /// What is known of the model.
  const model::GeneratorInfo& info() const noexcept;
  /// What runs, layer by layer.
  const Program& program() const noexcept;
  int streams() const noexcept;  ///< that were made

  /// Showers first .. first + n - 1 (of first's series) at the given energies.
  ///
  /// | tensor     | shape               | unit | notes                                                        |
  /// |------------|---------------------|------|--------------------------------------------------------------|
  /// | energy_gev | (n)                 | GeV  |                                                              |
  /// | cells_gev  | (n, nx, ny, nz)     | GeV  | below info().threshold_gev: set to zero                      |
  /// | latents    | (n, L) or empty     |      | receives the generator's inputs                              |
  ///
  /// Errors, which begin with options.origin: bad_input if the sizes do not fit, for a series that is not below
  /// ShowerNumber::kSeries, for energies that are no positive numbers or, unless options.extrapolate, outside info()'s
  /// range, before anything is written; run_failed for a shower with a cell that is not finite (a damaged model, or far
  /// outside its range), naming the first.
  void generate(ShowerNumber first, std::span<const float> energy_gev, std::span<float> cells_gev,
                std::span<float> latents = {});

  /// The same from given latents (n, L) instead of random numbers; `first` is the number that errors give to the first,
  /// and whose noise it gets if the model draws its cells.
  void generate_from(std::span<const float> latents, std::span<const float> energy_gev, std::span<float> cells_gev,
                     std::uint64_t first = 0);

  /// Showers in blocks 0 .. blocks - 1, each made by one stream, a batch at a time; no stream waits for another at the
  /// end of a block. The same showers as generate() and generate_from() make. Errors: as theirs; and what `work` throws.
  /// Of several the one of the lowest block is thrown, when all streams have stopped.
  void make_blocks(std::size_t blocks, BlockWork& work);

 private:
  struct Impl;
  explicit ShowerGenerator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::engine
