// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/repeated_cells.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/axis_selection.hpp"

namespace octocal::model {
namespace {

/// Which cell of one axis a Slice takes, if it takes one and all of the other axes.
std::optional<std::int64_t> single_cell(const Graph& graph, const Node& slice, const Shape& shape, std::size_t axis,
                                        const std::string& origin) {
  std::vector<const Tensor*> limits(5, nullptr);
  for (std::size_t i = 1; i < slice.inputs.size(); ++i) {
    limits[i] = graph.constant(slice.inputs[i]);
    if (limits[i] == nullptr && !slice.inputs[i].empty()) return std::nullopt;
  }
  if (limits[1] == nullptr || limits[2] == nullptr) return std::nullopt;
  try {
    const auto taken = slice_axes(slice, shape, *limits[1], *limits[2], limits[3], limits[4], origin);
    for (std::size_t other = 0; other < shape.size(); ++other)
      if (other != axis && (taken[other].start != 0 || taken[other].step != 1 || taken[other].count != shape[other]))
        return std::nullopt;
    return taken[axis].count == 1 ? std::optional(taken[axis].start) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // the whole graph's check will say what is wrong
  }
}

/// The Resize that a Concat of single cells is: what it reads, and how often it copies each cell along which axis.
struct Copies {
  std::string source;
  std::size_t rank = 0, axis = 0;
  std::int64_t times = 0;
};
std::optional<Copies> copies_of(const Graph& graph, const Node& concat,
                                const std::map<std::string, const Node*>& slices,
                                const std::map<std::string, Value>& known, const std::string& origin) {
  Copies copies;
  std::vector<std::int64_t> cells;
  std::int64_t extent = 0;
  for (const std::string& input : concat.inputs) {
    const auto slice = slices.find(input);
    if (slice == slices.end()) return std::nullopt;
    const std::string& source = slice->second->inputs.at(0);
    const auto value = known.find(source);
    if (value == known.end() || (!copies.source.empty() && source != copies.source)) return std::nullopt;
    const Shape& shape = value->second.shape;
    const auto rank = static_cast<std::int64_t>(shape.size());
    const std::int64_t axis = concat.integer("axis", 0);
    if (axis < -rank || axis >= rank) return std::nullopt;
    copies.source = source;
    copies.rank = shape.size();
    copies.axis = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
    extent = shape[copies.axis];
    const auto cell = single_cell(graph, *slice->second, shape, copies.axis, origin);
    if (!cell) return std::nullopt;
    cells.push_back(*cell);
  }
  const auto count = static_cast<std::int64_t>(cells.size());
  if (extent < 1 || count <= extent || count % extent != 0) return std::nullopt;
  copies.times = count / extent;
  for (std::int64_t i = 0; i < count; ++i)
    if (cells[static_cast<std::size_t>(i)] != i / copies.times) return std::nullopt;
  return copies;
}

/// The Resize that a Reshape is which joins an axis to the tiled one behind it.
std::optional<Copies> tiled_copies_of(const Graph& graph, const Node& joining,
                                      const std::map<std::string, Value>& known) {
  const auto shape_of = [&](const std::string& value) {
    const auto found = known.find(value);
    return found == known.end() ? Shape{} : found->second.shape;
  };
  const Node* tile = graph.producer(joining.inputs.at(0));
  if (tile == nullptr || tile->op != "Tile") return std::nullopt;
  const Node* parting = graph.producer(tile->inputs.at(0));
  if (parting == nullptr || parting->op != "Reshape") return std::nullopt;
  const Shape before = shape_of(parting->inputs.at(0));
  const Shape parted = shape_of(parting->outputs.at(0));
  const Shape tiled = shape_of(tile->outputs.at(0));
  const Shape after = shape_of(joining.outputs.at(0));
  for (std::size_t axis = 0; axis < before.size(); ++axis) {
    if (after.size() != before.size() || before[axis] < 1 || after[axis] <= before[axis]) continue;
    const std::int64_t times = after[axis] / before[axis];
    Shape expected = before;
    expected.insert(expected.begin() + static_cast<std::ptrdiff_t>(axis) + 1, 1);
    if (parted != expected) continue;
    expected[axis + 1] = times;
    if (tiled != expected) continue;
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(axis) + 1);
    expected[axis] *= times;
    if (after == expected) return Copies{parting->inputs[0], before.size(), axis, times};
  }
  return std::nullopt;
}

/// Drops the nodes that make one of `values` if nobody reads it any more, what they alone read, and so on.
void drop_unread(Graph& graph, std::set<std::string> values) {
  std::set<std::string> constants;
  for (bool dropped = true; dropped;) {
    std::set<std::string> read;
    for (const Node& node : graph.nodes) read.insert(node.inputs.begin(), node.inputs.end());
    for (const Value& output : graph.outputs) read.insert(output.name);
    dropped = std::erase_if(graph.nodes, [&](const Node& node) {
                if (node.outputs.size() != 1 || !values.contains(node.outputs[0]) || read.contains(node.outputs[0]))
                  return false;
                constants.insert(node.inputs.begin(), node.inputs.end());
                values.insert(node.inputs.begin(), node.inputs.end());
                return true;
              }) > 0;
  }
  for (const Node& node : graph.nodes)
    for (const std::string& input : node.inputs) constants.erase(input);
  for (const std::string& name : constants) graph.constants.erase(name);
}

}  // namespace

void join_repeated_cells(Graph& graph, const std::map<std::string, Value>& known, const std::string& origin) {
  std::map<std::string, const Node*> slices;  // by what they make
  std::set<std::string> joined;
  for (Node& node : graph.nodes) {
    if (node.op == "Slice" && node.outputs.size() == 1 && !node.inputs.empty()) slices[node.outputs[0]] = &node;
    if (node.outputs.size() != 1 || node.inputs.empty()) continue;
    std::optional<Copies> copies;
    if (node.op == "Concat") copies = copies_of(graph, node, slices, known, origin);
    if (node.op == "Reshape") copies = tiled_copies_of(graph, node, known);
    const std::string scales = node.name + ":scales";
    if (!copies || graph.constants.contains(scales)) continue;
    joined.insert(node.inputs.begin(), node.inputs.end());
    std::vector<float> factors(copies->rank, 1);
    factors[copies->axis] = static_cast<float>(copies->times);
    graph.constants[scales] = make_tensor({static_cast<std::int64_t>(factors.size())}, factors);
    node.op = "Resize";
    node.inputs = {copies->source, "", scales};
    node.attributes = {{"mode", std::string("nearest")},
                       {"coordinate_transformation_mode", std::string("asymmetric")},
                       {"nearest_mode", std::string("floor")}};
  }
  if (!joined.empty()) drop_unread(graph, std::move(joined));
}

}  // namespace octocal::model
