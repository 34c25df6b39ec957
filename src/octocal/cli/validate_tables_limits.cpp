// SPDX-License-Identifier: Apache-2.0
// The limits as a table: one row a quantity, one column a sample.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/cli/validate_columns.hpp"
#include "octocal/cli/validate_tables.hpp"

namespace octocal::cli {
namespace {

using study::MeasuredSample;
using Samples = std::vector<MeasuredSample>;

constexpr int kQuantityWidth = 52;
constexpr int kLimitWidth = 10;

std::string limit_column(const std::string& quantity, double limit) {
  return physics::is_absolute(quantity) ? fmt::format("{:g}", limit) : fmt::format("{:.3g} %", 100 * limit);
}

const physics::Verdict* find(const MeasuredSample& sample, const std::string& quantity) {
  const auto found = std::find_if(sample.verdicts.begin(), sample.verdicts.end(), [&](const physics::Verdict& verdict) {
    return verdict.comparison.quantity == quantity;
  });
  return found == sample.verdicts.end() ? nullptr : &*found;
}

}  // namespace

std::string limits_text(const Samples& samples) {
  // Rows in the order of the limits; a sample may lack one that another has.
  std::vector<const physics::Verdict*> rows;
  for (const auto& sample : samples) {
    for (const auto& verdict : sample.verdicts) {
      const bool known = std::any_of(rows.begin(), rows.end(), [&](const physics::Verdict* row) {
        return row->comparison.quantity == verdict.comparison.quantity;
      });
      if (!known) rows.push_back(&verdict);
    }
  }
  if (rows.empty()) return "";
  std::string text =
      fmt::format("{:<{}}{:>{}}", "limits, differences from the reference", kQuantityWidth, "limit", kLimitWidth);
  for (std::size_t i = 1; i < samples.size(); ++i) text += column(samples[i].identity.name) + "      ";
  text += "\n";
  for (const physics::Verdict* row : rows) {
    const std::string& quantity = row->comparison.quantity;
    text += fmt::format("  {:<{}}{:>{}}", row->comparison.label, kQuantityWidth - 2, limit_column(quantity, row->limit),
                        kLimitWidth);
    for (std::size_t i = 1; i < samples.size(); ++i) {
      const physics::Verdict* verdict = find(samples[i], quantity);
      if (verdict == nullptr) {
        text += column("-") + "      ";
        continue;
      }
      const bool absolute = physics::is_absolute(quantity);
      text += column(show(verdict->comparison.number, absolute ? 1 : 100) + (absolute ? "  " : " %"));
      text += verdict->pass ? "  ok  " : "  FAIL";
    }
    text += "\n";
  }
  return text;
}

}  // namespace octocal::cli
