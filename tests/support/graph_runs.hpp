// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/model/reference/evaluate.hpp"

namespace octocal::testing {

/// Inputs by name, each (showers, ...).
using GraphInputs = std::map<std::string, model::Tensor>;
/// The numbers of each output, in the graph's order.
using GraphOutputs = std::vector<std::vector<float>>;

/// All outputs of a program for these inputs, in batches of at most the program's.
inline GraphOutputs run_program(const std::shared_ptr<const engine::Program>& program, const GraphInputs& inputs) {
  const auto showers = static_cast<std::size_t>(inputs.begin()->second.shape[0]);
  GraphOutputs outputs;
  std::vector<std::size_t> sizes;
  for (const auto& output : program->outputs()) {
    sizes.push_back(model::elements({output.shape.begin() + 1, output.shape.end()}));
    outputs.emplace_back(showers * sizes.back());
  }
  engine::Stream stream(program);
  for (std::size_t first = 0; first < showers; first += program->max_batch()) {
    const std::size_t count = std::min(program->max_batch(), showers - first);
    std::vector<std::span<const float>> in;
    for (const auto& input : program->inputs()) {
      const auto numbers = inputs.at(input.name).as<float>();
      const std::size_t each = numbers.size() / showers;
      in.push_back(numbers.subspan(first * each, count * each));
    }
    std::vector<std::span<float>> out;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      out.push_back(std::span(outputs[i]).subspan(first * sizes[i], count * sizes[i]));
    stream.run(count, in, out);
  }
  return outputs;
}

/// The same by the reference interpreter.
inline GraphOutputs run_reference(const model::Graph& graph, const GraphInputs& inputs) {
  GraphOutputs outputs;
  const auto values = model::reference::evaluate(graph, inputs);
  for (const auto& output : graph.outputs) {
    const auto numbers = values.at(output.name).as<float>();
    outputs.emplace_back(numbers.begin(), numbers.end());
  }
  return outputs;
}

}  // namespace octocal::testing
