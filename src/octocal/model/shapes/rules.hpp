// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

#include "octocal/model/shapes/node_view.hpp"

namespace octocal::model::shapes {

/// What octocal knows of one op: how many inputs it takes, which attributes it may have, and how the type and shape of
/// its one output follow. To add an op, add a rule here and an evaluation in reference/.
struct OpRule {
  std::string_view op;
  std::size_t least_inputs;
  std::size_t most_inputs;
  std::vector<std::string_view> attributes;
  Value (*output)(const NodeView& node);  ///< the name is left empty
};

/// The rule of an op, nullptr for an op that octocal lacks.
const OpRule* find_rule(std::string_view op) noexcept;

/// The shape of two operands broadcast as numpy does (aligned at the last axis; 1 stretches; kBatch counts as a size of
/// its own). Returns false if they do not fit.
bool broadcast(const Shape& a, const Shape& b, Shape& out);

// One list a family of ops.
std::span<const OpRule> dense_rules();
std::span<const OpRule> convolution_rules();
std::span<const OpRule> elementwise_rules();
std::span<const OpRule> layout_rules();
std::span<const OpRule> index_map_rules();
std::span<const OpRule> quantize_rules();
std::span<const OpRule> selection_rules();

}  // namespace octocal::model::shapes
