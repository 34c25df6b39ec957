// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::testing {

/// Puts small test graphs together: each call adds a node and returns the name of its output.
class GraphMaker {
 public:
  std::string input(const std::string& name, model::Shape shape, model::DataType type = model::DataType::kFloat32) {
    graph_.inputs.push_back({name, type, std::move(shape)});
    return name;
  }
  std::string constant(const std::string& name, model::Tensor tensor) {
    graph_.constants[name] = std::move(tensor);
    return name;
  }
  std::string constant(const std::string& name, float number) {
    return constant(name, model::make_tensor({}, {number}));
  }
  std::string shape(const std::string& name, const model::Shape& sizes) {
    return constant(name, model::make_tensor(model::DataType::kInt64, {static_cast<std::int64_t>(sizes.size())},
                                             std::span<const std::int64_t>(sizes)));
  }
  std::string node(const std::string& op, std::vector<std::string> inputs,
                   std::map<std::string, model::Attribute> attributes = {}) {
    const std::string name = op + std::to_string(graph_.nodes.size());
    graph_.nodes.push_back({name, op, std::move(inputs), {name + ":out"}, std::move(attributes)});
    return name + ":out";
  }
  /// The graph with these outputs, whose types and shapes are inferred.
  model::Graph finish(const std::vector<std::string>& outputs) {
    graph_.outputs.clear();
    // A graph must have an output to be checked; any value serves for the first look.
    graph_.outputs.push_back(graph_.inputs.at(0));
    const auto values = model::infer_shapes(graph_, "test graph");
    graph_.outputs.clear();
    for (const std::string& output : outputs) graph_.outputs.push_back(values.at(output));
    return graph_;
  }

 private:
  model::Graph graph_;
};

using Integers = std::vector<std::int64_t>;

}  // namespace octocal::testing
