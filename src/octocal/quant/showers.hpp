// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::quant {

/// The generator's inputs for some showers.
///
/// | tensor     | shape  | type    | unit        |
/// |------------|--------|---------|-------------|
/// | energy_gev | (n)    | float32 | GeV         |
/// | latents    | (n, L) | float32 | 1 or Ep/100 |
/// | noise      | (n, U) | float32 | 1, uniform; empty for a model that draws no cells |
struct ShowerInputs {
  std::vector<float> energy_gev;
  std::vector<float> latents;
  std::vector<float> noise = {};

  /// Of the graph's input of this name: "energy", "noise", or the latents, whatever they are called.
  std::span<const float> of(const std::string& input) const noexcept {
    return input == "energy" ? energy_gev : input == "noise" && !noise.empty() ? noise : latents;
  }

  std::size_t size() const noexcept { return energy_gev.size(); }  ///< showers
};

/// n energies uniform in the model's range; shower i's energy depends on the seed and i alone.
std::vector<float> uniform_energies(const model::GeneratorInfo& info, std::size_t n, std::uint64_t seed);

/// At most n of the given energies, evenly spaced over them, in their order.
std::vector<float> spread_energies(std::span<const float> energies, std::size_t n);

/// Latents by the model's convention, from the calibration's random numbers.
ShowerInputs make_inputs(const model::GeneratorInfo& info, std::vector<float> energy_gev, std::uint64_t seed);

/// Showers first to last - 1.
ShowerInputs some_showers(const ShowerInputs& showers, std::size_t first, std::size_t last);
/// At most n of the showers, evenly spaced over them, in their order.
ShowerInputs spread_showers(const ShowerInputs& showers, std::size_t n);

/// A graph made ready to run: `batch` showers from its inputs to its outputs, all float32 in C order.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Runs 1 to max_batch showers; inputs and outputs in the order of the graph's.
  virtual void run(std::size_t batch, std::span<const std::span<const float>> inputs,
                   std::span<const std::span<float>> outputs) = 0;
};

/// Makes a graph ready for batches up to a size. Calibration does not care what runs the graph: the program uses the
/// engine, tests a slow reference as well.
using Backend = std::function<std::unique_ptr<Runner>(const model::Graph& graph, std::size_t max_batch)>;

/// Runs graphs with engine::Program, in the calling thread.
Backend engine_backend(const std::string& origin = "model");

/// Runs all showers through the graph in chunks, so that memory does not grow with their number, and hands each chunk's
/// outputs to `sink` in order: outputs[k] is (count, elements of graph.outputs[k]).
/// The graph's inputs are `energy` (N, 1), `noise` (N, ...) and any one other, the latents; it may lack any.
/// Errors: bad_input for another input, or latents of another length; what the backend throws.
using ChunkSink = std::function<void(std::size_t count, std::span<const std::span<const float>> outputs)>;
void run_showers(const model::Graph& graph, const ShowerInputs& showers, const Backend& backend, const ChunkSink& sink);

}  // namespace octocal::quant
