// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/showers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/random.hpp"
#include "octocal/model/latent.hpp"

namespace octocal::quant {
namespace {

// Intermediate values of the paper's generator are 6 MB a shower: a chunk stays within a few caches' worth of memory.
constexpr std::size_t kChunk = 8;

// The latents use indices from 0 on.
constexpr std::uint32_t kEnergyIndex = std::numeric_limits<std::uint32_t>::max();

/// Numbers a shower has in a value (N, ...).
std::size_t row_size(const model::Value& value) {
  return model::elements(model::Shape(value.shape.begin() + 1, value.shape.end()));
}

void check_output(const model::Value& output) {
  const bool whole = !output.shape.empty() && output.shape.front() == model::kBatch &&
                     std::find(output.shape.begin() + 1, output.shape.end(), model::kBatch) == output.shape.end();
  if (!whole || output.type != model::DataType::kFloat32)
    throw bad_input(
        fmt::format("value {}: {} {}, expected float32 with the showers as its first axis; it cannot be "
                    "calibrated, keep the layer that reads it in float32",
                    output.name, model::name_of(output.type), model::to_string(output.shape)));
}

}  // namespace

std::vector<float> uniform_energies(const model::GeneratorInfo& info, std::size_t n, std::uint64_t seed) {
  std::vector<float> energies(n);
  for (std::size_t i = 0; i < n; ++i)
    energies[i] = static_cast<float>(info.energy_min_gev + (info.energy_max_gev - info.energy_min_gev) *
                                                               uniform01(seed, Draw::kCalibration, i, kEnergyIndex));
  return energies;
}

std::vector<float> spread_energies(std::span<const float> energies, std::size_t n) {
  n = std::min(n, energies.size());
  std::vector<float> spread(n);
  for (std::size_t i = 0; i < n; ++i) spread[i] = energies[i * energies.size() / n];
  return spread;
}

ShowerInputs make_inputs(const model::GeneratorInfo& info, std::vector<float> energy_gev, std::uint64_t seed) {
  ShowerInputs inputs;
  inputs.latents.resize(energy_gev.size() * info.latent_size);
  model::make_latents(info.latent, seed, Draw::kCalibration, 0, energy_gev, inputs.latents);
  inputs.noise.resize(energy_gev.size() * info.noise_size);
  model::make_noise(seed, Draw::kCalibration, 0, energy_gev.size(), inputs.noise);
  inputs.energy_gev = std::move(energy_gev);
  return inputs;
}

ShowerInputs some_showers(const ShowerInputs& showers, std::size_t first, std::size_t last) {
  const auto part = [&](const std::vector<float>& all) {
    const auto row = static_cast<std::ptrdiff_t>(all.size() / showers.size());
    return std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(first) * row,
                              all.begin() + static_cast<std::ptrdiff_t>(last) * row);
  };
  return {part(showers.energy_gev), part(showers.latents), part(showers.noise)};
}

ShowerInputs spread_showers(const ShowerInputs& showers, std::size_t n) {
  n = std::min(n, showers.size());
  ShowerInputs some;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = i * showers.size() / n;
    some.energy_gev.push_back(showers.energy_gev[from]);
    const auto add_row = [&](const std::vector<float>& all, std::vector<float>& rows) {
      const auto size = static_cast<std::ptrdiff_t>(all.size() / showers.size());
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(from) * size;
      rows.insert(rows.end(), first, first + size);
    };
    add_row(showers.latents, some.latents);
    add_row(showers.noise, some.noise);
  }
  return some;
}

void run_showers(const model::Graph& graph, const ShowerInputs& showers, const Backend& backend,
                 const ChunkSink& sink) {
  std::vector<std::span<const float>> sources;
  std::vector<std::size_t> columns;
  for (const auto& input : graph.inputs) {
    sources.push_back(showers.of(input.name));
    columns.push_back(row_size(input));
    if (sources.back().size() != showers.size() * columns.back())
      throw bad_input(fmt::format("input {}: {} numbers a shower, expected {}; check the model's latent size",
                                  input.name, columns.back(),
                                  sources.back().size() / std::max<std::size_t>(1, showers.size())));
  }
  std::vector<std::vector<float>> results;
  for (const auto& output : graph.outputs) {
    check_output(output);
    results.emplace_back(kChunk * row_size(output));
  }

  const auto runner = backend(graph, kChunk);
  std::vector<std::span<const float>> inputs(sources.size());
  std::vector<std::span<float>> outputs(results.size());
  std::vector<std::span<const float>> finished(results.size());
  for (std::size_t first = 0; first < showers.size(); first += kChunk) {
    throw_if_interrupted();
    const std::size_t count = std::min(kChunk, showers.size() - first);
    for (std::size_t k = 0; k < inputs.size(); ++k)
      inputs[k] = sources[k].subspan(first * columns[k], count * columns[k]);
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      outputs[k] = std::span(results[k]).first(count * (results[k].size() / kChunk));
      finished[k] = outputs[k];
    }
    runner->run(count, inputs, outputs);
    sink(count, finished);
  }
}

}  // namespace octocal::quant
