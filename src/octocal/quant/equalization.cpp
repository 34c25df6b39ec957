// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/equalization.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace octocal::quant {
namespace {

constexpr float kMostFactor = 64;
constexpr int kRounds = 8;

const Layer* layer_at_end(const Structure& structure, const std::string& value) {
  const auto found = std::find_if(structure.layers.begin(), structure.layers.end(),
                                  [&](const Layer& layer) { return layer.output == value; });
  return found == structure.layers.end() ? nullptr : &*found;
}

const Layer& layer_named(const Structure& structure, const std::string& name) {
  return *std::find_if(structure.layers.begin(), structure.layers.end(),
                       [&](const Layer& layer) { return layer.name == name; });
}

/// Follows values to the one layer that reads them.
class Follower {
 public:
  Follower(const model::Graph& graph, const Structure& structure, const std::string& origin)
      : graph_(graph), structure_(structure), shapes_(model::infer_shapes(graph, origin)) {}

  /// The way of a value, and the layer at its end; nothing if it cannot be scaled.
  std::optional<std::pair<ScaledValue, std::string>> follow(const std::string& value) const {
    const auto* maker = layer_at_end(structure_, value);
    if (maker == nullptr || !scalable(*maker)) return std::nullopt;
    ScaledValue scaled{value, maker->name, true, 0, channels(value), {}};
    std::string at = value;
    bool joined = false;
    for (;;) {
      const auto readers = graph_.consumers(at);
      if (readers.size() != 1 || graph_.is_output(at)) return std::nullopt;
      const auto& node = *readers.front();
      if (node.op == "Conv" || node.op == "ConvTranspose") {
        if (node.inputs.at(0) != at || node.integer("group", 1) != 1 || !is_layer(node.name)) return std::nullopt;
        return std::pair{scaled, node.name};
      }
      const auto& out = node.outputs.at(0);
      if (node.op == "Concat") {
        const auto axis = node.integer("axis", 1);
        const auto rank = static_cast<std::int64_t>(shapes_.at(out).shape.size());
        if (joined || (axis < 0 ? axis + rank : axis) != 1) return std::nullopt;
        joined = true;
        for (const auto& input : node.inputs) {
          if (input == at) break;
          scaled.first += channels(input);
        }
        // The same value twice in one Concat feeds two runs of channels.
        if (std::count(node.inputs.begin(), node.inputs.end(), at) != 1) return std::nullopt;
      } else if (node.op == "Transpose") {
        const auto perm = node.integers("perm", {});
        if (perm.size() < 2 || perm[0] != 0) return std::nullopt;
        if (perm[1] != 1) {
          if (joined) return std::nullopt;
          scaled.per_channel = false;
          scaled.count = channels(out);
        }
      } else if ((node.op != "Resize" && node.op != "Pad") || channels(out) != channels(at)) {
        return std::nullopt;
      }
      at = out;
    }
  }

 private:
  std::size_t channels(const std::string& value) const {
    return static_cast<std::size_t>(shapes_.at(value).shape.at(1));
  }

  bool is_layer(const std::string& name) const {
    return std::any_of(structure_.layers.begin(), structure_.layers.end(),
                       [&](const Layer& layer) { return layer.name == name; });
  }

  /// A factor can go into the batch norm, else into weights and bias.
  bool scalable(const Layer& layer) const {
    if (!layer.batch_norm.empty()) {
      const auto& node = *graph_.producer(layer.batch_norm);
      return graph_.constant(node.inputs.at(1)) != nullptr && graph_.constant(node.inputs.at(2)) != nullptr;
    }
    const auto& node = *graph_.producer(layer.convolution);
    const bool biased = node.inputs.size() > 2 && !node.inputs[2].empty();
    return node.integer("group", 1) == 1 && (!biased || graph_.constant(node.inputs[2]) != nullptr);
  }

  const model::Graph& graph_;
  const Structure& structure_;
  std::map<std::string, model::Value> shapes_;
};

/// A weight (out, in, taps) of a Conv or (in, out, taps) of a ConvTranspose by its axes.
class WeightView {
 public:
  WeightView(const model::Tensor& weight, std::int64_t out_axis) : transposed_(out_axis == 1) {
    rows_ = static_cast<std::size_t>(weight.shape.at(0));
    columns_ = static_cast<std::size_t>(weight.shape.at(1));
    taps_ = weight.as<float>().size() / std::max<std::size_t>(1, rows_ * columns_);
  }
  std::size_t outputs() const { return transposed_ ? columns_ : rows_; }
  std::size_t inputs() const { return transposed_ ? rows_ : columns_; }
  std::size_t taps() const { return taps_; }
  std::size_t offset(std::size_t out, std::size_t in) const {
    return (transposed_ ? in * columns_ + out : out * columns_ + in) * taps_;
  }

 private:
  bool transposed_;
  std::size_t rows_ = 0, columns_ = 0, taps_ = 0;
};

/// Channels of the reader that share a factor.
struct Group {
  std::size_t value = 0;    // of the equalization
  std::size_t channel = 0;  // of the maker; without meaning where there is one factor
  std::size_t first = 0, count = 0;
  Range range;
  double mean_square = 0;
  double weights2 = 0;  // sum of the squared weights of its input channels
  double factor = 1;
};

std::vector<Group> groups_of(const Equalization& equalization,
                             const std::map<std::string, ValueStatistics>& statistics) {
  std::vector<Group> groups;
  for (std::size_t v = 0; v < equalization.values.size(); ++v) {
    const auto& value = equalization.values[v];
    const auto& seen = statistics.at(value.value);
    if (!value.per_channel) {
      Group group{v, 0, value.first, value.count, seen.range()};
      for (const double square : seen.mean_square)
        group.mean_square += square / static_cast<double>(seen.channels.size());
      groups.push_back(group);
      continue;
    }
    for (std::size_t c = 0; c < seen.channels.size(); ++c)
      groups.push_back({v, c, value.first + c, 1, seen.channels[c], seen.mean_square[c]});
  }
  for (auto& group : groups) group.range.include({0, 0});
  return groups;
}

/// Multiplies runs of `inner` numbers, each by the factor of its channel.
model::Tensor scaled(model::Tensor tensor, std::size_t inner, const std::vector<float>& factors) {
  auto numbers = tensor.as<float>();
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] *= factors[i / inner % factors.size()];
  return tensor;
}

}  // namespace

std::vector<Equalization> find_equalizations(const model::Graph& graph, const Structure& structure,
                                             const std::string& origin) {
  const Follower follower(graph, structure, origin);
  std::vector<Equalization> equalizations;
  for (const auto& site : structure.sites) {
    Equalization equalization{site.name, "", {}};
    for (const auto& value : site.values) {
      const auto way = follower.follow(value);
      if (!way || (!equalization.reader.empty() && way->second != equalization.reader)) {
        equalization.values.clear();
        break;
      }
      equalization.reader = way->second;
      equalization.values.push_back(way->first);
    }
    if (!equalization.values.empty()) equalizations.push_back(std::move(equalization));
  }
  return equalizations;
}

void choose_factors(const model::Graph& graph, const Structure& structure,
                    const std::map<std::string, ValueStatistics>& statistics, Equalization& equalization) {
  const auto& reader = layer_named(structure, equalization.reader);
  const auto& weight = *graph.constant(reader.weight);
  const auto numbers = weight.as<float>();
  const WeightView view(weight, reader.weight_axis);
  auto groups = groups_of(equalization, statistics);
  // Largest weight of each output channel in the channels of each group.
  std::vector<std::vector<double>> largest(groups.size(), std::vector<double>(view.outputs(), 0));
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (std::size_t out = 0; out < view.outputs(); ++out)
      for (std::size_t in = groups[g].first; in < groups[g].first + groups[g].count; ++in)
        for (std::size_t tap = 0; tap < view.taps(); ++tap) {
          const double w = std::abs(static_cast<double>(numbers[view.offset(out, in) + tap]));
          largest[g][out] = std::max(largest[g][out], w);
          groups[g].weights2 += w * w;
        }

  for (int round = 0; round < kRounds; ++round) {
    double low = 0;
    double high = 0;
    for (const auto& group : groups) {
      low = std::min(low, static_cast<double>(group.range.low) * group.factor);
      high = std::max(high, static_cast<double>(group.range.high) * group.factor);
    }
    double weight_noise = 0;  // of one input channel, for values of mean square 1
    for (std::size_t out = 0; out < view.outputs(); ++out) {
      double most = 0;
      for (std::size_t g = 0; g < groups.size(); ++g) most = std::max(most, largest[g][out] / groups[g].factor);
      weight_noise += static_cast<double>(view.taps()) * most * most / (127.0 * 127.0);
    }
    const double step = (high - low) / 255;
    for (auto& group : groups) {
      const double l = static_cast<double>(group.range.low);
      const double h = static_cast<double>(group.range.high);
      const double scaled_noise = weight_noise * group.mean_square * static_cast<double>(group.count);
      if (!(h > l) || !(scaled_noise > 0) || !(group.weights2 > 0)) continue;
      double factor = std::pow(step * step * group.weights2 / scaled_noise, 0.25);
      if (l < 0) factor = std::min(factor, low / l);
      if (h > 0) factor = std::min(factor, high / h);
      group.factor = std::clamp(factor, 1.0 / static_cast<double>(kMostFactor), static_cast<double>(kMostFactor));
    }
  }
  for (auto& value : equalization.values) value.factors.assign(statistics.at(value.value).channels.size(), 1);
  for (const auto& group : groups) {
    auto& value = equalization.values[group.value];
    const auto factor = static_cast<float>(group.factor);
    if (value.per_channel)
      value.factors[group.channel] = factor;
    else
      std::fill(value.factors.begin(), value.factors.end(), factor);
  }
}

Range equalized_range(const Equalization& equalization, const std::map<std::string, ValueStatistics>& statistics) {
  Range range;
  for (const auto& value : equalization.values) {
    const auto& channels = statistics.at(value.value).channels;
    for (std::size_t c = 0; c < channels.size(); ++c)
      range.include({channels[c].low * value.factors[c], channels[c].high * value.factors[c]});
  }
  return range;
}

model::Graph equalized(const model::Graph& graph, const Structure& structure,
                       const std::vector<Equalization>& equalizations, const std::set<std::string>& readers) {
  auto result = graph;
  const auto node_of = [&](const std::string& output) -> model::Node& {
    return *std::find_if(result.nodes.begin(), result.nodes.end(),
                         [&](const auto& node) { return node.outputs.front() == output; });
  };
  // New names: other nodes may read the same constants.
  const auto replace = [&](std::string& input, const std::string& name, std::size_t inner,
                           const std::vector<float>& factors) {
    auto tensor = scaled(*result.constant(input), inner, factors);
    result.constants[name] = std::move(tensor);
    input = name;
  };
  for (const auto& equalization : equalizations) {
    if (!readers.contains(equalization.reader)) continue;
    for (const auto& value : equalization.values) {
      const auto& maker = layer_named(structure, value.maker);
      if (!maker.batch_norm.empty()) {
        auto& node = node_of(maker.batch_norm);
        replace(node.inputs[1], maker.name + ".equalized_gamma", 1, value.factors);
        replace(node.inputs[2], maker.name + ".equalized_beta", 1, value.factors);
      } else {
        auto& node = node_of(maker.convolution);
        const auto& shape = result.constant(node.inputs[1])->shape;
        std::size_t inner = 1;
        for (std::size_t axis = static_cast<std::size_t>(maker.weight_axis) + 1; axis < shape.size(); ++axis)
          inner *= static_cast<std::size_t>(shape[axis]);
        replace(node.inputs[1], maker.name + ".equalized_weight", inner, value.factors);
        if (node.inputs.size() > 2 && !node.inputs[2].empty())
          replace(node.inputs[2], maker.name + ".equalized_bias", 1, value.factors);
      }
    }
    const auto& reader = layer_named(structure, equalization.reader);
    auto& node = node_of(reader.convolution);
    const auto& shape = result.constant(node.inputs[1])->shape;
    const std::size_t in_axis = reader.weight_axis == 0 ? 1 : 0;
    std::vector<float> reciprocals(static_cast<std::size_t>(shape.at(in_axis)), 1);
    for (const auto& value : equalization.values)
      for (std::size_t c = 0; c < value.count; ++c)
        reciprocals[value.first + c] = 1 / value.factors[value.per_channel ? c : 0];
    std::size_t inner = 1;
    for (std::size_t axis = in_axis + 1; axis < shape.size(); ++axis) inner *= static_cast<std::size_t>(shape[axis]);
    replace(node.inputs[1], reader.name + ".equalized_weight", inner, reciprocals);
  }
  drop_unused_constants(result);
  return result;
}

}  // namespace octocal::quant
