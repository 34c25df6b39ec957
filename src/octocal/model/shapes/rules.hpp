// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

#include "octocal/model/shapes/node_view.hpp"

namespace octocal::model::shapes {

/// What an op does with the numbers that it is given; an op may have several of these traits.
enum Trait : unsigned {
  kHasMacs = 1U << 0U,       ///< multiplies by weights and sums: a layer with multiply-accumulates
  kElementwise = 1U << 1U,   ///< each cell follows from the same cell of its inputs (broadcast), and from constants
  kMovesNumbers = 1U << 2U,  ///< every cell is one of the input's or a constant fill: nothing is computed
  /// Moves numbers of one input to other places whatever their type, so that a value may as well be quantized in front
  /// of it (a Pad only if it fills with zero).
  kMovesCells = 1U << 3U,
  kStorage = 1U << 4U,        ///< only says how a value is stored
  kConstantsOnly = 1U << 5U,  ///< arithmetic of shapes: of constants alone, which are worked out when a file is read
};

/// What octocal knows of one op: how many inputs it takes, which attributes it may have, how the type and shape of its
/// one output follow, and its traits. CONTRIBUTING.md says what else a new op needs.
struct OpRule {
  std::string_view op;
  std::size_t least_inputs;
  std::size_t most_inputs;
  std::vector<std::string_view> attributes;
  Value (*output)(const NodeView& node);  ///< the name is left empty
  unsigned traits = 0;                    ///< of Trait

  bool has(Trait trait) const noexcept { return (traits & trait) != 0; }
};

/// The rule of an op, nullptr for an op that octocal lacks.
const OpRule* find_rule(std::string_view op) noexcept;
/// Whether an op is known and has the trait.
bool has_trait(std::string_view op, Trait trait) noexcept;
/// All rules.
std::vector<const OpRule*> all_rules();

/// The shape of two operands broadcast as numpy does (aligned at the last axis; 1 stretches; kBatch counts as a size of
/// its own). Returns false if they do not fit.
bool broadcast(const Shape& a, const Shape& b, Shape& out);

// One list a family of ops.
std::span<const OpRule> dense_rules();
std::span<const OpRule> convolution_rules();
std::span<const OpRule> elementwise_rules();
std::span<const OpRule> logic_rules();
std::span<const OpRule> layout_rules();
std::span<const OpRule> index_map_rules();
std::span<const OpRule> quantize_rules();
std::span<const OpRule> selection_rules();
std::span<const OpRule> draw_rules();

}  // namespace octocal::model::shapes
