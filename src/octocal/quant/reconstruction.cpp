// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/reconstruction.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "octocal/base/parallel_jobs.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/base/random.hpp"
#include "octocal/quant/depth.hpp"
#include "octocal/quant/input_moments.hpp"
#include "octocal/quant/input_rows.hpp"
#include "octocal/quant/learned_rounding.hpp"

namespace octocal::quant {
namespace {

constexpr std::size_t kShowers = 64;
// Rows of a layer: four for each weight of a channel, within limits of sense and of time.
constexpr std::size_t kRowsPerInput = 4;
constexpr std::size_t kFewestRows = 4096;
constexpr std::size_t kMostRows = 16384;
// The square of it is a matrix in memory: 256 MB.
constexpr std::size_t kMostInputs = 8192;
// Showers that a thread runs at a time; run_showers has as many in flight.
constexpr std::size_t kSlice = 8;
// Picks pixels by random numbers that no shower uses.
constexpr std::uint64_t kPixelSeries = 1;

/// All numbers of the graph's outputs, (showers, ...) each.
std::vector<std::vector<float>> run_all(const model::Graph& part, const ShowerInputs& showers, const Backend& backend,
                                        int threads) {
  const std::size_t slices = (showers.size() + kSlice - 1) / kSlice;
  std::vector<std::vector<std::vector<float>>> found(slices);
  // Few jobs of several slices each: a job makes the graph ready to run.
  const std::size_t jobs = std::min(static_cast<std::size_t>(threads), slices);
  parallel_jobs(jobs, threads, [&](std::size_t job) {
    const std::size_t begin = job * slices / jobs;
    const std::size_t end = (job + 1) * slices / jobs;
    std::size_t slice = begin;
    run_showers(part, some_showers(showers, begin * kSlice, std::min(end * kSlice, showers.size())), backend,
                [&](std::size_t, auto outputs) {
                  for (const auto& output : outputs) found[slice].emplace_back(output.begin(), output.end());
                  ++slice;
                });
  });
  std::vector<std::vector<float>> all(part.outputs.size());
  for (auto& slice : found)
    for (std::size_t k = 0; k < all.size(); ++k) all[k].insert(all[k].end(), slice[k].begin(), slice[k].end());
  return all;
}

/// One layer, and how its weights lie.
struct Target {
  const Layer* layer = nullptr;
  model::ConvolutionGeometry geometry;
};

/// Moments of a layer's inputs (showers, channels, cells) at pixels picked at random.
InputMoments input_moments(const Target& target, std::span<const float> inputs, int threads) {
  const InputRows rows(target.geometry);
  const std::size_t width = static_cast<std::size_t>(target.geometry.input_channels) * rows.cells();
  const std::size_t showers = inputs.size() / width;
  const auto wanted = std::clamp(kRowsPerInput * rows.size(), kFewestRows, kMostRows);
  const double share = static_cast<double>(wanted) / static_cast<double>(showers * rows.pixels());
  std::vector<std::size_t> picked;
  for (std::size_t i = 0; i < showers * rows.pixels(); ++i)
    if (share >= 1 || uniform01(0, Draw::kCalibration, {i, kPixelSeries}, 0) < share) picked.push_back(i);
  if (picked.empty()) picked.push_back(0);

  InputMomentSums sums(rows.size());
  std::vector<float> chunk(InputMomentSums::kChunk * rows.size());
  for (std::size_t first = 0; first < picked.size(); first += InputMomentSums::kChunk) {
    const std::size_t count = std::min(InputMomentSums::kChunk, picked.size() - first);
    parallel_jobs(count, threads, [&](std::size_t i) {
      const std::size_t at = picked[first + i];
      rows.gather(inputs.subspan(at / rows.pixels() * width, width), at % rows.pixels(),
                  std::span(chunk).subspan(i * rows.size(), rows.size()));
    });
    sums.add(std::span(chunk).first(count * rows.size()), threads);
  }
  return sums.moments();
}

class Reconstruction {
 public:
  Reconstruction(const model::Graph& graph, const Structure& structure, const Recipe& recipe,
                 const ShowerInputs& showers, const Backend& backend, const std::string& origin, int threads)
      : graph_(graph),
        structure_(structure),
        recipe_(recipe),
        showers_(spread_showers(showers, kShowers)),
        backend_(backend),
        origin_(origin),
        threads_(threads),
        shapes_(model::infer_shapes(graph, origin)) {
    recipe_.learned.clear();
    for (const auto& layer : structure.layers) add_target(layer);
  }

  std::map<std::string, ReconstructedLayer> run() {
    std::map<std::string, ReconstructedLayer> result;
    if (targets_.empty()) return result;
    Progress progress("learned rounding", "layers", targets_.size());
    const auto chosen = [&](const Layer& layer) { return targets_.contains(layer.name); };
    for (const auto& level : layers_by_depth(graph_, structure_, chosen)) {
      const auto quantized = insert_quantization(graph_, structure_, recipe_);
      std::vector<std::string> values;
      for (const auto* layer : level) {
        const auto& value = quantized.producer(layer->convolution)->inputs[0];
        if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
      }
      const auto inputs = run_all(cut_graph(quantized, values, origin_), showers_, backend_, threads_);
      for (const auto* layer : level) {
        const auto& value = quantized.producer(layer->convolution)->inputs[0];
        const auto k = std::find(values.begin(), values.end(), value) - values.begin();
        result[layer->name] = learn(targets_.at(layer->name), inputs[static_cast<std::size_t>(k)]);
        progress.update(result.size(), layer->name);
      }
      for (const auto* layer : level) recipe_.learned[layer->name] = result.at(layer->name).values;
    }
    progress.finish();
    return result;
  }

 private:
  void add_target(const Layer& layer) {
    const auto precision = precision_of(recipe_.plan, layer.name);
    // Weights of 12 bits have nothing to learn: what they round is far below what their sums are read with.
    const bool in_8_bits = precision == model::Precision::kInt8 || precision == model::Precision::kInt16x8;
    if (!in_8_bits || graph_.producer(layer.input) == nullptr) return;
    const auto& node = *graph_.producer(layer.convolution);
    const auto& weight = graph_.constant(layer.weight)->shape;
    Target target{&layer, model::convolution_geometry(node, shapes_.at(layer.input).shape, weight, origin_)};
    if (target.geometry.groups != 1 || InputRows(target.geometry).size() > kMostInputs) return;
    targets_.emplace(layer.name, std::move(target));
  }

  ReconstructedLayer learn(const Target& target, std::span<const float> inputs) const {
    const auto& layer = *target.layer;
    const auto moments = input_moments(target, inputs, threads_);

    const auto& weight = *graph_.constant(layer.weight);
    const auto nearest = quantize_weight(weight, layer.weight_axis, recipe_.weights);
    const auto learned =
        learn_rounding(moments, weight_rows(target.geometry, weight.as<float>()),
                       weight_rows(target.geometry, nearest.values.as<std::int8_t>()), nearest.scale, threads_);
    return {weight_rows(target.geometry, std::span<const std::int8_t>(learned.values), true), learned.nearest_error,
            learned.error};
  }

  const model::Graph& graph_;
  const Structure& structure_;
  Recipe recipe_;
  ShowerInputs showers_;
  const Backend& backend_;
  const std::string& origin_;
  int threads_;
  std::map<std::string, model::Value> shapes_;
  std::map<std::string, Target> targets_;  // by layer
};

}  // namespace

std::map<std::string, ReconstructedLayer> reconstruct_layers(const model::Graph& graph, const Structure& structure,
                                                             const Recipe& recipe, const ShowerInputs& showers,
                                                             const Backend& backend, const std::string& origin,
                                                             int threads) {
  return Reconstruction(graph, structure, recipe, showers, backend, origin, threads).run();
}

}  // namespace octocal::quant
