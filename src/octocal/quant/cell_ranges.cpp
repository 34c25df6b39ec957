// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/cell_ranges.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace octocal::quant {
namespace {

constexpr int kMostRefinements = 8;

using Numbers = std::map<std::string, std::vector<float>>;  // of values, all showers one behind the other

/// Can be handed from one run to another: float32, the showers as its first axis.
bool storable(const model::Value& value) {
  return value.type == model::DataType::kFloat32 && !value.shape.empty() && value.shape.front() == model::kBatch;
}

/// The part of the graph behind some values, which become its inputs with all else that it reads.
model::Graph behind(const model::Graph& graph, const std::map<std::string, model::Value>& shapes,
                    const std::vector<std::string>& values) {
  std::set<std::string> moved(values.begin(), values.end());  // depend on the values
  for (const auto& node : graph.nodes)
    if (std::any_of(node.inputs.begin(), node.inputs.end(), [&](const auto& input) { return moved.contains(input); }))
      moved.insert(node.outputs.begin(), node.outputs.end());

  model::Graph part = graph;
  part.nodes.clear();
  part.inputs.clear();
  std::set<std::string> needed;
  for (const auto& output : graph.outputs) needed.insert(output.name);
  const std::set<std::string> start(values.begin(), values.end());
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const auto wanted = [&](const std::string& output) {
      // What does not depend on the values is handed in, if it can be.
      return needed.contains(output) && !start.contains(output) &&
             (moved.contains(output) || !storable(shapes.at(output)));
    };
    if (!std::any_of(node->outputs.begin(), node->outputs.end(), wanted)) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    part.nodes.push_back(*node);
  }
  std::reverse(part.nodes.begin(), part.nodes.end());
  std::set<std::string> made;
  for (const auto& node : part.nodes) made.insert(node.outputs.begin(), node.outputs.end());
  for (const auto& name : needed)
    if (!name.empty() && !made.contains(name) && graph.constant(name) == nullptr)
      part.inputs.push_back(shapes.at(name));
  drop_unused_constants(part);
  return part;
}

/// Rounds and clips numbers to a grid.
void round_to(const Grid& grid, std::vector<float>& numbers) {
  for (float& x : numbers) x = grid.dequantize(grid.quantize(x));
}

/// Runs what lies behind a site with its values changed.
class Judge {
 public:
  Judge(model::Graph part, const Numbers& numbers, std::size_t showers, const Backend& backend)
      : part_(std::move(part)), numbers_(numbers), showers_(showers), runner_(backend(part_, showers)) {
    for (const auto& output : part_.outputs) cells_.emplace_back(numbers.at(output.name).size());
  }

  /// Summed difference of cells where the site's values lie on the grid.
  double difference(const Site& site, const Grid& grid) {
    Numbers rounded;
    for (const auto& value : site.values) round_to(grid, rounded[value] = numbers_.at(value));
    std::vector<std::span<const float>> inputs;
    for (const auto& input : part_.inputs)
      inputs.emplace_back(rounded.contains(input.name) ? rounded.at(input.name) : numbers_.at(input.name));
    std::vector<std::span<float>> outputs(cells_.begin(), cells_.end());
    runner_->run(showers_, inputs, outputs);
    double sum = 0;
    for (std::size_t k = 0; k < cells_.size(); ++k) {
      const auto& expected = numbers_.at(part_.outputs[k].name);
      for (std::size_t i = 0; i < expected.size(); ++i)
        sum += std::abs(static_cast<double>(cells_[k][i]) - static_cast<double>(expected[i]));
    }
    return sum;
  }

 private:
  model::Graph part_;
  const Numbers& numbers_;
  std::size_t showers_;
  std::unique_ptr<Runner> runner_;
  std::vector<std::vector<float>> cells_;
};

/// A share of a range's ends, kept within another.
Range share_of(const Range& range, float low, float high, const Range& whole) {
  return {std::max(range.low * low, whole.low), std::min(range.high * high, whole.high)};
}

}  // namespace

std::map<std::string, Range> cell_ranges(const model::Graph& graph, const Structure& structure,
                                         const std::map<std::string, Range>& whole,
                                         const std::map<std::string, Range>& start, ActivationScheme scheme,
                                         const ShowerInputs& all_showers, const Backend& backend,
                                         const std::string& origin) {
  const auto showers = spread_showers(all_showers, kJudgingShowers);
  const auto shapes = model::infer_shapes(graph, origin);
  std::vector<model::Graph> parts;
  std::set<std::string> stored;
  for (const auto& output : graph.outputs) stored.insert(output.name);
  for (const auto& site : structure.sites) {
    parts.push_back(behind(graph, shapes, site.values));
    for (const auto& input : parts.back().inputs) stored.insert(input.name);
    stored.insert(site.values.begin(), site.values.end());
  }
  Numbers numbers;
  std::vector<std::string> computed;
  for (const auto& value : stored) {
    if (graph.producer(value) != nullptr)
      computed.push_back(value);
    else
      numbers[value].assign(showers.of(value).begin(), showers.of(value).end());
  }
  run_showers(cut_graph(graph, computed, origin), showers, backend, [&](std::size_t, auto outputs) {
    for (std::size_t k = 0; k < computed.size(); ++k)
      numbers[computed[k]].insert(numbers[computed[k]].end(), outputs[k].begin(), outputs[k].end());
  });

  std::map<std::string, Range> ranges;
  for (std::size_t s = 0; s < structure.sites.size(); ++s) {
    const auto& site = structure.sites[s];
    Judge judge(std::move(parts[s]), numbers, showers.size(), backend);
    const auto& limits = whole.at(site.name);
    Range best = start.at(site.name);
    double least = std::numeric_limits<double>::infinity();
    const auto consider = [&](const Range& range) {
      const double difference = judge.difference(site, activation_grid(range, scheme));
      if (!(difference < least)) return false;
      least = difference, best = range;
      return true;
    };
    consider(best);
    const auto first = best;
    for (const float share : {1.25F, 0.8F, 0.64F}) consider(share_of(first, share, share, limits));
    consider(limits);
    // Either end alone, on as long as it gets better.
    for (const float share : {0.85F, 1.15F})
      for (const bool low : {true, false})
        for (int step = 0; step < kMostRefinements; ++step)
          if (!consider(share_of(best, low ? share : 1, low ? 1 : share, limits))) break;
    ranges[site.name] = best;
  }
  return ranges;
}

}  // namespace octocal::quant
