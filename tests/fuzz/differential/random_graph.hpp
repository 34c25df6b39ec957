// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::fuzz {

/// A graph made from a seed, with inputs for some showers.
struct RandomGraph {
  model::Graph graph;
  std::map<std::string, model::Tensor> inputs;
  bool exact = false;              ///< float32 has nothing to round: the reference's bits are the only right ones
  bool quantized = false;          ///< it has a QuantizeLinear
  bool has_16_bit_floats = false;  ///< stored in bfloat16 or float16 somewhere
};

/// The graph of a seed, of at most so many steps (a step is a layer with what it wants in front, or an op). Fewer steps
/// give the beginning of the same graph, which makes what fails small.
RandomGraph random_graph(std::uint64_t seed, int most_steps);

/// The nodes, one a line, with shapes and attributes.
std::string text_of(const model::Graph& graph);

}  // namespace octocal::fuzz
