// SPDX-License-Identifier: Apache-2.0
// Correlations, classifiers and nearest neighbours: how alike whole showers are, beyond their means and spreads.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/cli/validate_columns.hpp"
#include "octocal/cli/validate_tables.hpp"

namespace octocal::cli {
namespace {

using physics::Number;
using study::MeasuredSample;
using Samples = std::vector<MeasuredSample>;

/// A row of plain texts, one a sample.
std::string text_line(const std::string& label, const Samples& samples,
                      const std::function<std::string(const MeasuredSample&)>& text_of) {
  std::string line = fmt::format("  {:<{}}", label, kLabelWidth - 2);
  for (const auto& sample : samples) line += column(text_of(sample));
  return line + "\n";
}

std::string plain(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "-"; }

}  // namespace

std::string correlation_text(const Samples& samples) {
  if (samples.size() < 2) return "";
  std::string text = head("correlations between layers", samples, 1, true);
  text += line_of("rms difference", samples, 1, 1,
                  [](const MeasuredSample& s) { return *s.result.layer_correlation_difference; });
  text += line_of("largest difference", samples, 1, 1,
                  [](const MeasuredSample& s) { return *s.result.layer_correlation_largest; });
  text += fmt::format("  {:<{}}", "  between layers", kLabelWidth - 2);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const auto& at = samples[i].result.layer_correlation_largest_at;
    text += column(fmt::format("{} and {}", at.first, at.second));
  }
  return text + "\n";
}

std::string classifier_text(const Samples& samples) {
  const auto add = [&](const std::string& label, auto classifier) {
    const bool any = std::any_of(samples.begin(), samples.end(),
                                 [&](const MeasuredSample& s) { return (s.result.*classifier).has_value(); });
    if (!any) return std::string();
    return text_line(label, samples, [&](const MeasuredSample& s) {
      return s.result.*classifier ? show((s.result.*classifier)->auc) : "-";
    });
  };
  const std::string rows = add("on profiles and moments", &physics::SampleResult::classifier_profiles) +
                           add("on cells", &physics::SampleResult::classifier_cells);
  if (rows.empty()) return "";
  return head("classifier, AUC", samples, 0, false) + rows +
         "  (0.5: not told apart; the reference: half against half)\n";
}

std::string neighbour_text(const Samples& samples) {
  if (!samples.front().result.neighbours) return "";
  using Distances = physics::NeighbourDistances physics::NeighbourResult::*;
  const auto& first = *samples.front().result.neighbours;
  std::string text = head(fmt::format("nearest of {} {} showers", first.set_showers, first.set), samples, 0, false);
  const auto median = [&](const char* label, Distances distances) {
    text += text_line(label, samples,
                      [&](const MeasuredSample& s) { return show(((*s.result.neighbours).*distances).median); });
  };
  median("median distance", &physics::NeighbourResult::to_set);
  text += text_line("1 % are nearer than", samples,
                    [](const MeasuredSample& s) { return plain(s.result.neighbours->to_set.low); });
  text += text_line("smallest distance", samples,
                    [](const MeasuredSample& s) { return plain(s.result.neighbours->to_set.smallest); });
  median("within the sample: median", &physics::NeighbourResult::within);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    text += fmt::format("  {}: {}\n", samples[i].identity.name, samples[i].result.neighbours->sentence);
  }
  return text;
}

}  // namespace octocal::cli
