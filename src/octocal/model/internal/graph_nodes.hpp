// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Adds nodes; values are named after the node that makes them.
class GraphNodes {
 public:
  explicit GraphNodes(Graph& graph) : graph_(graph) {}

  std::string add(const std::string& name, const std::string& op, std::vector<std::string> inputs,
                  std::map<std::string, Attribute> attributes = {}) {
    graph_.nodes.push_back({name, op, std::move(inputs), {name + ":out"}, std::move(attributes)});
    return name + ":out";
  }
  std::string number(const std::string& name, float value) {
    graph_.constants[name] = make_tensor(Shape{}, std::vector<float>{value});
    return name;
  }
  std::string integers(const std::string& name, const std::vector<std::int64_t>& values) {
    graph_.constants[name] = make_tensor(DataType::kInt64, {static_cast<std::int64_t>(values.size())},
                                         std::span<const std::int64_t>(values));
    return name;
  }
  std::string reshape(const std::string& name, const std::string& value, const std::vector<std::int64_t>& sizes) {
    return add(name, "Reshape", {value, integers(name + ".shape", sizes)});
  }
  /// Columns [first, end) of (N, C).
  std::string columns(const std::string& name, const std::string& value, std::int64_t first, std::int64_t end) {
    return add(
        name, "Slice",
        {value, integers(name + ".first", {first}), integers(name + ".end", {end}), integers(name + ".axis", {1})});
  }
  std::string pick(const std::string& name, const std::string& value, const std::vector<std::int64_t>& indices) {
    return add(name, "Gather", {value, integers(name + ".columns", indices)}, {{"axis", std::int64_t{1}}});
  }
  std::string concat(const std::string& name, std::vector<std::string> values) {
    return add(name, "Concat", std::move(values), {{"axis", std::int64_t{1}}});
  }
  std::string gemm(const std::string& name, const std::string& value, const std::string& parameter) {
    return add(name, "Gemm", {value, parameter + ".weight", parameter + ".bias"}, {{"transB", std::int64_t{1}}});
  }
  std::string sum(const std::string& name, const std::string& value, const std::vector<std::int64_t>& axes,
                  bool keep = true) {
    return add(name, "ReduceSum", {value, integers(name + ".axes", axes)}, {{"keepdims", std::int64_t{keep ? 1 : 0}}});
  }
  Graph& graph() { return graph_; }

 private:
  Graph& graph_;
};

}  // namespace octocal::model
