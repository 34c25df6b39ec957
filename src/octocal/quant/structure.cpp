// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/model/cell_ops.hpp"
#include "octocal/model/float_storage.hpp"
#include "octocal/model/index_map.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::quant {
namespace {

/// The node that alone reads `value`; nullptr if there are several readers, none, or the value leaves the graph.
const model::Node* only_reader(const model::Graph& graph, const std::string& value) {
  const auto readers = graph.consumers(value);
  return readers.size() == 1 && !graph.is_output(value) ? readers.front() : nullptr;
}

bool is_float_constant(const model::Graph& graph, const std::string& value) {
  const auto* tensor = graph.constant(value);
  return tensor != nullptr && tensor->type == model::DataType::kFloat32;
}

/// A Conv or ConvTranspose whose weights are here as float32; others stay as they are.
bool is_layer(const model::Graph& graph, const model::Node& node) {
  if (node.op != "Conv" && node.op != "ConvTranspose") return false;
  return is_float_constant(graph, node.inputs.at(1)) && !graph.constant(node.inputs.at(0));
}

Layer follow_block(const model::Graph& graph, const model::Node& node) {
  Layer layer;
  layer.name = node.name;
  layer.op = node.op;
  layer.input = node.inputs.at(0);
  layer.weight = node.inputs.at(1);
  layer.convolution = layer.output = node.outputs.at(0);
  const auto& shape = graph.constant(layer.weight)->shape;
  layer.weight_axis = node.op == "Conv" ? 0 : 1;
  layer.channels = shape.at(static_cast<std::size_t>(layer.weight_axis));
  if (node.op == "ConvTranspose") layer.channels *= node.integer("group", 1);
  while (const auto* next = only_reader(graph, layer.output)) {
    if (next->inputs.at(0) != layer.output) break;
    if ((next->op == "LeakyRelu" || next->op == "Relu") && layer.activation.empty()) {
      layer.activation = next->outputs.at(0);
    } else if (next->op == "BatchNormalization" && layer.batch_norm.empty() &&
               is_float_constant(graph, next->inputs.at(2))) {
      layer.batch_norm = next->outputs.at(0);
    } else {
      break;
    }
    layer.output = next->outputs.at(0);
  }
  return layer;
}

/// Puts cells to other places, where they are the same numbers (a Pad only if it fills with zero).
bool moves_cells(const model::Graph& graph, const model::Node& node) {
  if (node.op == "Pad" && model::fill_value(graph, node, "quantize") != 0) return false;
  return model::shapes::has_trait(node.op, model::shapes::kMovesCells);
}

/// Values from which an output of the graph is reached without weighted sums: nothing averages over them any more.
std::set<std::string> values_that_come_out(const model::Graph& graph) {
  static const std::set<std::string> sums{"Conv", "ConvTranspose", "Gemm", "MatMul"};
  std::set<std::string> values;
  for (const auto& output : graph.outputs) values.insert(output.name);
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const bool comes_out =
        std::any_of(node->outputs.begin(), node->outputs.end(), [&](const auto& o) { return values.contains(o); });
    if (comes_out && !sums.contains(node->op)) values.insert(node->inputs.begin(), node->inputs.end());
  }
  return values;
}

/// Walks backwards from layers' inputs to the values that are quantized.
class SourceFinder {
 public:
  SourceFinder(const model::Graph& graph, const std::set<std::string>& block_ends)
      : graph_(graph), block_ends_(block_ends) {}

  /// Sources of `value`; notes which of them meet in a Concat.
  std::vector<std::string> find(const std::string& value) {
    const auto* node = graph_.producer(value);
    if (node == nullptr || block_ends_.contains(value)) return {value};
    if (moves_cells(graph_, *node)) return find(node->inputs.at(0));
    if (node->op == "Reshape") {
      auto sources = find(node->inputs.at(0));
      const bool is_shared =
          std::all_of(sources.begin(), sources.end(), [&](const auto& s) { return is_shared_source(s); });
      return is_shared ? sources : std::vector<std::string>{value};
    }
    if (node->op != "Concat") return {value};
    std::vector<std::string> all;
    for (const auto& input : node->inputs) {
      const auto sources = find(input);
      all.insert(all.end(), sources.begin(), sources.end());
    }
    for (const auto& source : all) join(all.front(), source);
    meeting_[root(all.front())] = node->name;
    return all;
  }

  std::string root(const std::string& value) const {
    const auto found = parent_.find(value);
    return found == parent_.end() ? value : root(found->second);
  }

  /// The Concat in which a root's values meet, "" if none.
  std::string meeting(const std::string& root_value) const {
    const auto found = meeting_.find(root_value);
    return found == meeting_.end() ? "" : found->second;
  }

 private:
  /// Whether layers behind a Reshape read the value as those in front of it do: that of a block, or what heads see.
  bool is_shared_source(const std::string& value) const {
    const auto* maker = graph_.producer(value);
    return block_ends_.contains(value) || (maker != nullptr && model::is_cell_op(maker->op));
  }

  void join(const std::string& a, const std::string& b) {
    const auto first = root(a);
    const auto second = root(b);
    if (first == second) return;
    parent_[second] = first;
    if (meeting_.contains(second)) meeting_.emplace(first, meeting_[second]);
  }

  const model::Graph& graph_;
  const std::set<std::string>& block_ends_;
  std::map<std::string, std::string> parent_;
  std::map<std::string, std::string> meeting_;
};

}  // namespace

model::Graph without_identities(const model::Graph& graph) {
  model::Graph result = graph;
  result.nodes.clear();
  std::map<std::string, std::string> alias;
  const auto resolve = [&](const std::string& value) {
    const auto found = alias.find(value);
    return found == alias.end() ? value : found->second;
  };
  for (const auto& node : graph.nodes) {
    const bool idle = node.op == "Identity" || node.op == "Dropout";
    if (idle && !graph.is_output(node.outputs.at(0))) {
      alias[node.outputs.at(0)] = resolve(node.inputs.at(0));
      continue;
    }
    auto copy = node;
    for (auto& input : copy.inputs) input = resolve(input);
    result.nodes.push_back(std::move(copy));
  }
  // An Identity that only gives the graph's output its name: the node before it takes the name over.
  for (auto node = result.nodes.begin(); node != result.nodes.end();) {
    const bool idle = node->op == "Identity" || node->op == "Dropout";
    const auto before = idle ? std::find_if(result.nodes.begin(), node,
                                            [&](const auto& n) { return n.outputs.front() == node->inputs.front(); })
                             : node;
    if (!idle || before == node || graph.is_output(node->inputs.front())) {
      ++node;
      continue;
    }
    const auto old_name = node->inputs.front();
    const auto new_name = node->outputs.front();
    before->outputs.front() = new_name;
    node = result.nodes.erase(node);
    for (auto& other : result.nodes) std::replace(other.inputs.begin(), other.inputs.end(), old_name, new_name);
  }
  drop_unused_constants(result);
  return result;
}

Structure find_structure(const model::Graph& graph, const std::string& origin) {
  OCTOCAL_EXPECT(std::none_of(graph.nodes.begin(), graph.nodes.end(),
                              [](const auto& node) { return node.op == "Identity" || node.op == "Dropout"; }));
  Structure structure;
  std::set<std::string> block_ends;
  for (const auto& node : graph.nodes) {
    if (node.op == "QuantizeLinear" || node.op == "DequantizeLinear")
      throw bad_input(
          fmt::format("{}: already quantized (node {} is a {}); give the float32 model", origin, node.name, node.op));
    if (model::cast_to_16_bit_float(node) ||
        (node.op == "Cast" && model::stored_constant(graph, node.outputs.at(0)) != nullptr))
      throw bad_input(
          fmt::format("{}: already in lower precision (node {} is a Cast of 16-bit floats); give the float32 model",
                      origin, node.name));
    if (!is_layer(graph, node)) continue;
    structure.layers.push_back(follow_block(graph, node));
    block_ends.insert(structure.layers.back().output);
  }
  if (structure.layers.empty())
    throw bad_input(
        fmt::format("{}: no Conv or ConvTranspose with constant float32 weights, so there is nothing to "
                    "quantize; give a convolutional generator",
                    origin));

  SourceFinder finder(graph, block_ends);
  std::set<std::string> quantized;
  for (auto& layer : structure.layers) {
    layer.sources = finder.find(layer.input);
    quantized.insert(layer.sources.begin(), layer.sources.end());
  }
  const auto coming_out = values_that_come_out(graph);
  for (auto& layer : structure.layers) {
    layer.feeds_layer = quantized.contains(layer.output);
    layer.is_last = coming_out.contains(layer.output);
  }

  // Sites in the order in which their first value is made.
  std::map<std::string, std::size_t> site_of;
  const auto add = [&](const std::string& value, const std::string& name) {
    if (!quantized.contains(value)) return;
    const auto root = finder.root(value);
    const auto [found, is_new] = site_of.emplace(root, structure.sites.size());
    const auto meeting = finder.meeting(root);
    if (is_new) structure.sites.push_back({meeting.empty() ? name : meeting, {}});
    structure.sites[found->second].values.push_back(value);
  };
  for (const auto& input : graph.inputs) add(input.name, input.name);
  std::map<std::string, std::string> layer_of;  // by the value at its end
  for (const auto& layer : structure.layers) layer_of[layer.output] = layer.name;
  for (const auto& node : graph.nodes)
    for (const auto& output : node.outputs) add(output, layer_of.contains(output) ? layer_of.at(output) : node.name);
  return structure;
}

model::Graph cut_graph(const model::Graph& graph, const std::vector<std::string>& wanted, const std::string& origin) {
  const auto values = model::infer_shapes(graph, origin);
  model::Graph part = graph;
  part.outputs.clear();
  for (const auto& name : wanted) part.outputs.push_back(values.at(name));
  std::set<std::string> needed(wanted.begin(), wanted.end());
  part.nodes.clear();
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const bool needs = std::any_of(node->outputs.begin(), node->outputs.end(),
                                   [&](const auto& output) { return needed.contains(output); });
    if (!needs) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    part.nodes.push_back(*node);
  }
  std::reverse(part.nodes.begin(), part.nodes.end());
  std::erase_if(part.inputs, [&](const auto& input) { return !needed.contains(input.name); });
  drop_unused_constants(part);
  return part;
}

void drop_unused_constants(model::Graph& graph) {
  std::set<std::string> read;
  for (const auto& node : graph.nodes) read.insert(node.inputs.begin(), node.inputs.end());
  for (const auto& output : graph.outputs) read.insert(output.name);
  std::erase_if(graph.constants, [&](const auto& constant) { return !read.contains(constant.first); });
}

}  // namespace octocal::quant
