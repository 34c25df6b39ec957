// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::engine {

struct GeneratorOptions {
  int streams = 0;        ///< streams (each a thread, pinned to a core); 0: one a usable core
  std::size_t batch = 8;  ///< showers a stream computes at once
  std::uint64_t seed = 1;
  std::string origin = "model";  ///< what errors call the model: the name of its file
  bool extrapolate = false;      ///< accept energies outside GeneratorInfo's range
};

/// Throws what ShowerGenerator's constructor would throw for this model, and makes no streams.
void check_generator(const model::Graph& graph, const model::GeneratorInfo& info);

/// Makes showers with a compiled generator in many streams. Shower i of a seed is the same bytes whatever the number of
/// streams, the batch size and the order of calls.
class ShowerGenerator {
 public:
  /// Compiles the graph. Errors: bad_input (see Program::compile; streams outside 0..1024).
  ShowerGenerator(const model::Graph& graph, const model::GeneratorInfo& info, const GeneratorOptions& options = {});
  ~ShowerGenerator();

  const model::GeneratorInfo& info() const noexcept;
  const Program& program() const noexcept;
  int streams() const noexcept;

  /// Showers first .. first + n - 1 at the given energies.
  ///
  /// | tensor     | shape               | unit | notes                                                        |
  /// |------------|---------------------|------|--------------------------------------------------------------|
  /// | energy_gev | (n)                 | GeV  |                                                              |
  /// | cells_gev  | (n, nx, ny, nz)     | GeV  | below info().threshold_gev: set to zero                      |
  /// | latents    | (n, L) or empty     |      | receives the generator's inputs                              |
  ///
  /// Errors, which begin with options.origin: bad_input for energies that are no positive numbers or, unless
  /// options.extrapolate, outside info()'s range, before anything is written; run_failed for a shower with a cell that
  /// is not finite (a damaged model, or far outside its range), naming the first.
  void generate(std::uint64_t first, std::span<const float> energy_gev, std::span<float> cells_gev,
                std::span<float> latents = {});

  /// The same from given latents (n, L) instead of random numbers; `first` is the number that errors give to the first.
  void generate_from(std::span<const float> latents, std::span<const float> energy_gev, std::span<float> cells_gev,
                     std::uint64_t first = 0);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::engine
