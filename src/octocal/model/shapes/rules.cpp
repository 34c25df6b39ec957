// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/shapes/rules.hpp"

#include <algorithm>
#include <array>

namespace octocal::model::shapes {
namespace {

std::array<std::span<const OpRule>, 9> rule_families() {
  return {dense_rules(),    convolution_rules(), elementwise_rules(), logic_rules(), layout_rules(),
          quantize_rules(), selection_rules(),   index_map_rules(),   draw_rules()};
}

}  // namespace

const OpRule* find_rule(std::string_view op) noexcept {
  for (const auto rules : rule_families()) {
    for (const OpRule& rule : rules) {
      if (rule.op == op) return &rule;
    }
  }
  return nullptr;
}

bool has_trait(std::string_view op, Trait trait) noexcept {
  const OpRule* rule = find_rule(op);
  return rule != nullptr && rule->has(trait);
}

std::vector<const OpRule*> all_rules() {
  std::vector<const OpRule*> all;
  for (const auto rules : rule_families())
    for (const OpRule& rule : rules) all.push_back(&rule);
  return all;
}

bool broadcast(const Shape& a, const Shape& b, Shape& out) {
  const std::size_t rank = std::max(a.size(), b.size());
  out.assign(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t of_a = i < rank - a.size() ? 1 : a[i - (rank - a.size())];
    const std::int64_t of_b = i < rank - b.size() ? 1 : b[i - (rank - b.size())];
    if (of_a != of_b && of_a != 1 && of_b != 1) return false;
    out[i] = of_a == 1 ? of_b : of_a;
  }
  return true;
}

}  // namespace octocal::model::shapes
