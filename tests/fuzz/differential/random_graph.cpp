// SPDX-License-Identifier: Apache-2.0
#include "fuzz/differential/random_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fuzz/differential/random_layers.hpp"
#include "fuzz/differential/random_ops.hpp"

namespace octocal::fuzz {

using model::Shape;

namespace {

constexpr int kMostTries = 12;  // of a step
constexpr std::size_t kMostOutputs = 4;

Shape random_shape(GraphBuilder& builder) {
  const auto some = [&](std::int64_t most) { return builder.between(1, most); };
  const std::int64_t channels = builder.chance(0.15) ? builder.between(16, 70) : some(9);
  switch (builder.between(0, 9)) {
    case 0:
      return {builder.between(2, 60)};
    case 1:
      return {channels, some(20)};
    case 2:
    case 3:
      return {some(6), some(5), some(5), some(6)};
    default:
      return {channels, some(9), some(9)};
  }
}

LayerNumbers random_numbers(GraphBuilder& builder) {
  return builder.one_of<LayerNumbers>({LayerNumbers::kFloat32, LayerNumbers::kInt8, LayerNumbers::kInt8,
                                       LayerNumbers::kInt8, LayerNumbers::kInt16x8, LayerNumbers::kInt16x12,
                                       LayerNumbers::kBfloat16, LayerNumbers::kFloat16});
}

/// One more layer or op behind a value.
Live add_step(GraphBuilder& builder, const Live& value, const std::vector<Live>& living) {
  const auto kind = builder.between(0, 99);
  if (kind < 28) return add_convolution(builder, value, random_numbers(builder));
  if (kind < 36) return add_dense(builder, value, random_numbers(builder));
  if (kind < 52) return add_activation(builder, value);
  if (kind < 58) return add_exact_function(builder, value);
  if (kind < 68) return add_pair(builder, value, living);
  if (kind < 84) return add_move(builder, value, living);
  if (kind < 88) return add_reduction(builder, value);
  if (kind < 94 && builder.exact()) return add_quantize_pair(builder, value, builder.chance(0.75) ? 8 : 16);
  if (kind < 97 && builder.exact()) {
    // A table: rounded, and then on a grid again.
    const Live stored = value.bits == 8 ? value : add_quantize_pair(builder, value, 8);
    return add_quantize_pair(builder, add_rounded_function(builder, stored), 8);
  }
  if (builder.exact()) throw Rejected{};
  return kind < 97 ? add_rounded_function(builder, value) : add_quantize_pair(builder, value, 8);
}

/// What nobody reads, and now and then something that is read, too.
std::vector<Live> choose_outputs(GraphBuilder& builder, const std::vector<Live>& living) {
  std::set<std::string> read;
  for (const auto& node : builder.graph().nodes) read.insert(node.inputs.begin(), node.inputs.end());
  std::vector<Live> outputs;
  for (auto value = living.rbegin(); value != living.rend() && outputs.size() < kMostOutputs; ++value) {
    const bool is_input = builder.inputs().contains(value->name);
    if (!is_input && (!read.contains(value->name) || builder.chance(0.15))) outputs.push_back(*value);
  }
  return outputs;
}

}  // namespace

RandomGraph random_graph(std::uint64_t seed, int most_steps) {
  GraphBuilder builder(seed, seed % 4 != 3);
  std::vector<Live> living{builder.input(random_shape(builder))};
  if (builder.chance(0.25))
    living.push_back(builder.input(builder.chance(0.5) ? living[0].shape : random_shape(builder)));
  const auto steps = std::min<std::int64_t>(most_steps, builder.between(1, builder.exact() ? 14 : 6));
  for (std::int64_t step = 0; step < steps; ++step) {
    for (int tries = 0; tries < kMostTries; ++tries) {
      const std::size_t nodes = builder.graph().nodes.size();
      try {
        const Live from = builder.chance(0.7) ? living.back() : builder.one_of(living);
        const Live result = add_step(builder, from, living);
        // What float32 cannot hold in exact steps is of no use to what follows.
        const Extent extent = extent_of(builder.value(result.name));
        builder.require_exact(extent.largest, extent.step + 3);
        if (!(extent.largest < 1e4)) throw Rejected{};
        living.push_back(result);
        break;
      } catch (const Rejected&) {
        builder.forget_from(nodes);
      }
    }
  }
  if (builder.graph().nodes.empty()) living.push_back(builder.add("Neg", {living[0].name}));
  RandomGraph made{builder.finish(choose_outputs(builder, living)), builder.inputs(), builder.exact()};
  for (const auto& node : made.graph.nodes) {
    made.quantized = made.quantized || node.op == "QuantizeLinear";
    made.has_16_bit_floats = made.has_16_bit_floats || node.op == "Cast";
  }
  return made;
}

std::string text_of(const model::Graph& graph) {
  const auto values = model::infer_shapes(graph, "random graph");
  std::string text;
  for (const auto& node : graph.nodes) {
    text += fmt::format("  {} = {}(", node.outputs[0], node.op);
    for (const auto& input : node.inputs) {
      const auto* constant = graph.constant(input);
      text += constant != nullptr
                  ? fmt::format("{} {}, ", model::name_of(constant->type), model::to_string(constant->shape))
                  : input + ", ";
    }
    for (const auto& [key, value] : node.attributes) {
      if (const auto* number = std::get_if<std::int64_t>(&value)) text += fmt::format("{}={}, ", key, *number);
      if (const auto* real = std::get_if<float>(&value)) text += fmt::format("{}={}, ", key, *real);
      if (const auto* word = std::get_if<std::string>(&value)) text += fmt::format("{}={}, ", key, *word);
      if (const auto* list = std::get_if<Integers>(&value))
        text += fmt::format("{}={}, ", key, model::to_string(*list));
    }
    text += fmt::format(") {}\n", model::to_string(values.at(node.outputs[0]).shape));
  }
  for (const auto& output : graph.outputs) text += "  output " + output.name + "\n";
  return text;
}

}  // namespace octocal::fuzz
