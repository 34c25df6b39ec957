// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octocal/engine/compile/plan.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// Nodes between a u8 value and a QuantizeLinear that take each number by itself: LeakyRelu, Clip, an affine, an Add of
/// a constant, further QuantizeLinear and DequantizeLinear pairs. Since there are 256 numbers (a channel, where a
/// constant differs from channel to channel), all of it is a table:
///
///     table[c][q] = quantize(op(... op((q - zero_point) * scale)))
///
/// Each op is rounded to float32 once, as the graph says (exp, log, tanh: by kernels/functions.hpp), so tables are the
/// same on every machine.
struct TableChain {
  std::vector<const model::Node*> nodes;     ///< in order, a QuantizeLinear last
  std::size_t channels = 1;                  ///< tables
  std::size_t axis = 0;                      ///< of the value without the batch axis; where channels > 1
  std::vector<std::uint8_t> table;           ///< (channels, 256)
  Quantization quantization;                 ///< of what comes out
  std::vector<const model::Node*> quantize;  ///< the last node, and others that make the same of its input

  bool changes_nothing() const noexcept;
};

/// The computed input of a node that takes each number by itself, as far as tables know it; "" for any other node.
std::string elementwise_input(const model::Graph& graph, const model::Node& node);

/// The longest such chain that starts with `first`, whose computed input is stored as u8 with this quantization;
/// nullopt if there is none. Values inside the chain have one reader and are no outputs of the graph.
std::optional<TableChain> find_table_chain(const model::Graph& graph, const std::map<std::string, model::Value>& values,
                                           const model::Node& first, const Quantization& stored);

}  // namespace octocal::engine
