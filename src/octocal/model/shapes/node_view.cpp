// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/shapes/node_view.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"

namespace octocal::model::shapes {

NodeView::NodeView(const Graph& graph, const Node& node, const std::map<std::string, Value>& known,
                   const std::string& origin)
    : graph_(graph), node_(node), known_(known), origin_(origin) {}

const Value& NodeView::input(std::size_t i) const {
  if (!has(i)) fail(fmt::format("input {} is missing", i));
  return known_.at(node_.inputs[i]);
}

const Tensor& NodeView::constant(std::size_t i, const char* meaning) const {
  if (!has(i)) fail(fmt::format("input {} ({}) is missing", i, meaning));
  const Tensor* tensor = graph_.constant(node_.inputs[i]);
  if (tensor == nullptr) {
    fail(fmt::format("input {} ({}) is computed by the graph (expected a constant)", i, meaning));
  }
  return *tensor;
}

void NodeView::fail(const std::string& problem) const {
  throw bad_input(fmt::format("{}: node {} ({}): {}; export the model again", origin_, node_.name, node_.op, problem));
}

void NodeView::expect_float(std::size_t i) const {
  const DataType type = input(i).type;
  if (type != DataType::kFloat32 && type != DataType::kFloat16 && type != DataType::kBfloat16) {
    fail(fmt::format("input {} is {} (expected float32, float16 or bfloat16)", i, name_of(type)));
  }
  if (type != input(0).type) {
    fail(fmt::format("input {} is {}, input 0 {} (expected one type)", i, name_of(type), name_of(input(0).type)));
  }
}

void NodeView::expect_number(std::size_t i) const {
  const DataType type = input(i).type;
  if (type != DataType::kInt32 && type != DataType::kInt64) return expect_float(i);
  if (type != input(0).type) {
    fail(fmt::format("input {} is {}, input 0 {} (expected one type)", i, name_of(type), name_of(input(0).type)));
  }
}

void NodeView::expect_shape(std::size_t i, const Shape& shape, const char* meaning) const {
  if (input(i).shape != shape) {
    fail(fmt::format("{} has shape {}, expected {}", meaning, to_string(input(i).shape), to_string(shape)));
  }
}

std::size_t NodeView::axis(std::int64_t value, std::size_t rank) const {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (value < -signed_rank || value >= signed_rank) {
    fail(fmt::format("axis {} does not exist in a tensor of {} axes", value, rank));
  }
  return static_cast<std::size_t>(value < 0 ? value + signed_rank : value);
}

}  // namespace octocal::model::shapes
