// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model::shapes {

/// A node with the types and shapes of its inputs: what a shape rule looks at. Refers to its arguments, which must live
/// longer.
class NodeView {
 public:
  NodeView(const Graph& graph, const Node& node, const std::map<std::string, Value>& known, const std::string& origin);

  const Node& node() const noexcept { return node_; }
  const std::string& origin() const noexcept { return origin_; }
  std::size_t inputs() const noexcept { return node_.inputs.size(); }
  bool has(std::size_t i) const noexcept { return i < node_.inputs.size() && !node_.inputs[i].empty(); }
  /// Type and shape of input i. Error: bad_input if it is absent.
  const Value& input(std::size_t i) const;
  /// The constant behind input i, which must be one.
  const Tensor& constant(std::size_t i, const char* meaning) const;

  /// Throws bad_input "origin: node NAME (OP): PROBLEM; export the model again".
  [[noreturn]] void fail(const std::string& problem) const;
  /// Fails unless input i is float32, float16 or bfloat16, and of the type of input 0.
  void expect_float(std::size_t i) const;
  /// Fails unless input i is one of these, int32 or int64, and of the type of input 0.
  void expect_number(std::size_t i) const;
  /// Fails unless input i has this shape.
  void expect_shape(std::size_t i, const Shape& shape, const char* meaning) const;
  /// An axis attribute, -rank .. rank-1, as 0 .. rank-1.
  std::size_t axis(std::int64_t value, std::size_t rank) const;

 private:
  const Graph& graph_;
  const Node& node_;
  const std::map<std::string, Value>& known_;
  const std::string& origin_;
};

}  // namespace octocal::model::shapes
