// SPDX-License-Identifier: Apache-2.0
// The limits as a table: one row a quantity, one column a sample.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "octocal/cli/sample_table.hpp"
#include "octocal/cli/validate_tables.hpp"

namespace octocal::cli {
namespace {

using study::MeasuredSample;
using Samples = std::vector<MeasuredSample>;

// More follow below, so that lines keep within 120 letters.
constexpr std::size_t kSamplesAside = 2;

std::string limit_text(const std::string& quantity, double limit) {
  return physics::is_absolute(quantity) ? fmt::format("{:g}  ", limit) : fmt::format("{:.3g} %", 100 * limit);
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
  std::string text;
  for (std::size_t first = 1; first < samples.size(); first += kSamplesAside) {
    const std::size_t end = std::min(first + kSamplesAside, samples.size());
    std::vector<TextColumn> columns{{first == 1 ? "limits, differences from the reference" : "", true}, {"limit"}};
    for (std::size_t i = first; i < end; ++i) {
      columns.push_back({samples[i].identity.name});
      columns.push_back({"", true});
    }
    TextTable table(std::move(columns));
    for (const physics::Verdict* row : rows) {
      const std::string& quantity = row->comparison.quantity;
      std::vector<std::string> cells{"  " + row->comparison.label, limit_text(quantity, row->limit)};
      for (std::size_t i = first; i < end; ++i) {
        const physics::Verdict* verdict = find(samples[i], quantity);
        if (verdict == nullptr) {
          cells.insert(cells.end(), {"-", ""});
          continue;
        }
        const bool absolute = physics::is_absolute(quantity);
        cells.push_back(show(verdict->comparison.number, absolute ? 1 : 100) + (absolute ? "  " : " %"));
        cells.push_back(!verdict->judged ? "?" : verdict->pass ? "ok" : "FAIL");
      }
      table.add(std::move(cells));
    }
    text += table.text();
  }
  return text;
}

}  // namespace octocal::cli
