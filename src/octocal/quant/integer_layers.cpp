// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/integer_layers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "octocal/model/index_map.hpp"
#include "octocal/model/shapes/rules.hpp"
#include "octocal/quant/channel_affine.hpp"

namespace octocal::quant {
namespace {

using model::DataType;
using model::Node;

bool is_float_constant(const model::Graph& graph, const std::string& value) {
  const auto* tensor = graph.constant(value);
  return tensor != nullptr && tensor->type == DataType::kFloat32;
}

class IntegerLayerFinder {
 public:
  IntegerLayerFinder(const model::Graph& graph, const std::string& origin) : source_(graph), origin_(origin) {}

  std::map<std::string, IntegerLayer> find() {
    for (const auto& node : source_.nodes)
      if (node.op == "Conv" || node.op == "ConvTranspose") plan_convolution(node);
    return std::move(layers_);
  }

 private:
  bool has_8_bits(const GridNames& grid) const {
    const auto type = source_.constant(grid.zero_point)->type;
    return type == DataType::kUint8 || type == DataType::kInt8;
  }

  bool only_quantized(const std::string& value) const {
    const auto readers = source_.consumers(value);
    return std::ranges::all_of(readers, [](const auto* reader) { return reader->op == "QuantizeLinear"; });
  }

  /// Scales of int8 weights whose zero point is 0, one a channel; empty for other weights.
  std::vector<double> weight_scales(const Node& node) const {
    const auto* stored = source_.producer(node.inputs[1]);
    if (stored == nullptr || stored->op != "DequantizeLinear") return {};
    const auto* weight = source_.constant(stored->inputs[0]);
    if (weight == nullptr || weight->type != DataType::kInt8) return {};
    const auto lowest = weight->as<std::int8_t>();
    if (std::ranges::any_of(lowest, [](auto w) { return w == -128; })) return {};  // has no opposite
    if (stored->inputs.size() > 2)
      for (const auto zero : source_.constant(stored->inputs[2])->as<std::int8_t>())
        if (zero != 0) return {};
    const std::int64_t axis = node.op == "Conv" ? 0 : 1;
    const auto channels = static_cast<std::size_t>(weight->shape[static_cast<std::size_t>(axis)]);
    const auto scales = source_.constant(stored->inputs[1])->as<float>();
    if (scales.size() == 1) return std::vector<double>(channels, static_cast<double>(scales[0]));
    return stored->integer("axis", 1) == axis ? std::vector<double>(scales.begin(), scales.end())
                                              : std::vector<double>();
  }

  const Node* only_reader(const std::string& value) const {
    const auto readers = source_.consumers(value);
    return readers.size() == 1 && !source_.is_output(value) ? readers.front() : nullptr;
  }

  void plan_convolution(const Node& node) {
    const auto grid = grid_of(source_, node.inputs[0], origin_);
    if (!grid || !has_8_bits(*grid)) return;
    IntegerLayer plan;
    plan.weight_scale = weight_scales(node);
    if (plan.weight_scale.empty()) return;
    if (node.inputs.size() > 2 && !is_float_constant(source_, node.inputs[2])) return;
    const auto dilations = node.integers("dilations", {});
    const bool plain = node.integer("group", 1) == 1 && std::ranges::all_of(dilations, [](auto d) { return d == 1; });
    if (node.op == "ConvTranspose" && !plain) return;
    plan.value = node.outputs[0];
    const auto* reader = only_reader(plan.value);
    if (reader != nullptr && reader->op == "BatchNormalization" && is_float_constant(source_, reader->inputs[1])) {
      auto affine = affine_of(source_, *reader);
      // A channel that is cut off has no scale.
      if (std::ranges::none_of(affine.gain, [](float gain) { return gain == 0; })) {
        plan.gain = std::move(affine.gain);
        plan.shift = std::move(affine.shift);
        plan.absorbed.push_back(reader->name);
        plan.value = reader->outputs[0];
      }
    }
    choose_way(plan);
    layers_[node.name] = std::move(plan);
  }

  /// The grid if one quantizes all that is read of the value.
  std::optional<GridNames> grid_of_readers(const std::string& value) const {
    std::optional<GridNames> grid;
    for (const auto* reader : source_.consumers(value)) {
      if (reader->op != "QuantizeLinear" || reader->inputs.size() < 3) return std::nullopt;
      const GridNames names{reader->inputs[1], reader->inputs[2]};
      if (grid && *grid != names) return std::nullopt;
      grid = names;
    }
    return !source_.is_output(value) && grid && has_8_bits(*grid) ? grid : std::nullopt;
  }

  void choose_way(IntegerLayer& plan) const {
    if (const auto grid = grid_of_readers(plan.value)) {
      plan.sums = SumsGo::kStraight;
      plan.next = *grid;
      return;
    }
    const auto* reader = only_reader(plan.value);
    if (reader != nullptr && reader->op == "Relu") {
      // The grid cuts off what Relu would, where its lowest number is zero.
      const auto grid = grid_of_readers(reader->outputs[0]);
      const auto* zero = grid ? source_.constant(grid->zero_point) : nullptr;
      if (zero != nullptr && zero->type == DataType::kUint8 && zero->as<std::uint8_t>()[0] == 0) {
        plan.sums = SumsGo::kStraight;
        plan.next = *grid;
        plan.absorbed.push_back(reader->name);
        plan.value = reader->outputs[0];
        return;
      }
    }
    // Where an activation and a norm end in a grid, the sums may as well have one.
    auto value = plan.value;
    while (const auto* next = only_reader(value)) {
      if (next->op == "QuantizeLinear") {
        plan.sums = SumsGo::kRounded;
        return;
      }
      if (next->op != "LeakyRelu" && next->op != "Relu" && next->op != "BatchNormalization") return;
      value = next->outputs[0];
    }
    if (!source_.consumers(value).empty() && only_quantized(value)) plan.sums = SumsGo::kRounded;
  }

  const model::Graph& source_;
  const std::string& origin_;
  std::map<std::string, IntegerLayer> layers_;
};

}  // namespace

std::optional<GridNames> grid_of(const model::Graph& graph, const std::string& value, const std::string& origin) {
  const auto* node = graph.producer(value);
  if (node == nullptr) return std::nullopt;
  if (node->op == "DequantizeLinear") {
    const auto* maker = graph.producer(node->inputs[0]);
    if (maker == nullptr || maker->op != "QuantizeLinear" || node->inputs.size() < 3) return std::nullopt;
    return GridNames{node->inputs[1], node->inputs[2]};
  }
  const bool moves = node->op == "Reshape" || model::shapes::has_trait(node->op, model::shapes::kMovesCells);
  if (moves) {
    const bool fills = node->op == "Pad" && model::fill_value(graph, *node, origin) != 0;
    return fills ? std::nullopt : grid_of(graph, node->inputs[0], origin);
  }
  if (node->op != "Concat") return std::nullopt;
  const auto grid = grid_of(graph, node->inputs[0], origin);
  const bool shared = grid && std::ranges::all_of(node->inputs, [&](const auto& input) {
                        return grid_of(graph, input, origin) == grid;
                      });
  return shared ? grid : std::nullopt;
}

std::map<std::string, IntegerLayer> integer_layers(const model::Graph& graph, const std::string& origin) {
  return IntegerLayerFinder(graph, origin).find();
}

}  // namespace octocal::quant
