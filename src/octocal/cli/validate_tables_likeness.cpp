// SPDX-License-Identifier: Apache-2.0
// Correlations, classifiers and nearest neighbours: how alike whole showers are, beyond their means and spreads.
#include <fmt/format.h>

#include <algorithm>

#include "octocal/base/number_text.hpp"
#include "octocal/cli/sample_table.hpp"
#include "octocal/cli/validate_tables.hpp"

namespace octocal::cli {
namespace {

using study::MeasuredSample;
using Samples = std::vector<MeasuredSample>;

}  // namespace

std::string correlation_text(const Samples& samples) {
  if (samples.size() < 2) return "";
  SampleTable table("correlations between layers", samples, 1, true);
  table.add("rms difference", 1, [](const MeasuredSample& s) { return *s.result.layer_correlation_difference; });
  table.add("largest difference", 1, [](const MeasuredSample& s) { return *s.result.layer_correlation_largest; });
  table.add("  between layers", [](const MeasuredSample& s) {
    const auto& at = s.result.layer_correlation_largest_at;
    return fmt::format("{} and {}", at.first, at.second);
  });
  return table.text();
}

std::string classifier_text(const Samples& samples) {
  SampleTable table("classifier, AUC", samples, 0, false);
  const auto add = [&](const std::string& label, auto classifier) {
    if (std::any_of(samples.begin(), samples.end(),
                    [&](const MeasuredSample& s) { return (s.result.*classifier).has_value(); }))
      table.add(label, [classifier](const MeasuredSample& s) {
        return s.result.*classifier ? show((s.result.*classifier)->auc) : std::string("-");
      });
  };
  add("on profiles and moments", &physics::SampleResult::classifier_profiles);
  add("on numbers of cells", &physics::SampleResult::classifier_cell_numbers);
  add("on cells", &physics::SampleResult::classifier_cells);
  const auto sits = [](const MeasuredSample& s) {
    const auto& cells = s.result.classifier_cells;
    return cells && cells->training && !cells->training->converged;
  };
  if (std::any_of(samples.begin(), samples.end(), sits))
    table.add("  did it converge?", [&](const MeasuredSample& s) {
      return !s.result.classifier_cells ? "-" : sits(s) ? std::string("NO") : std::string("yes");
    });
  if (table.rows() == 0) return "";
  table.add_line("  (0.5: not told apart; the reference: half against half)");
  return table.text();
}

std::string distance_text(const Samples& samples) {
  if (!samples.front().result.distances_profiles) return "";
  SampleTable table("distance of numbers, 1e-3", samples, 0, false);
  constexpr double kThousandths = 1e3;
  const auto add = [&](const std::string& label, auto distances) {
    table.add("FPD of " + label,
              [distances](const MeasuredSample& s) { return show((*(s.result.*distances)).frechet, kThousandths); });
    table.add("KPD of " + label,
              [distances](const MeasuredSample& s) { return show((*(s.result.*distances)).kernel, kThousandths); });
  };
  add("profiles and moments", &physics::SampleResult::distances_profiles);
  add("49 numbers of cells", &physics::SampleResult::distances_cell_numbers);
  table.add_line("  (0: not apart, for infinitely many showers; the reference: half against half)");
  return table.text();
}

std::string likelihood_text(const Samples& samples) {
  const auto known = std::find_if(samples.begin(), samples.end(), [](const auto& s) { return s.likelihood; });
  if (known == samples.end()) return "";
  SampleTable table(fmt::format("likelihood of {} reference showers", known->likelihood->showers), samples, 0, false);
  table.add("-log L of a shower's cells, nats",
            [](const MeasuredSample& s) { return s.likelihood ? show(s.likelihood->nats) : std::string("-"); });
  const auto loses =
      std::find_if(samples.begin(), samples.end(), [](const auto& s) { return s.likelihood && s.likelihood->lost; });
  if (loses != samples.end())
    table.add("  lost against " + loses->likelihood->lost_against, [](const MeasuredSample& s) {
      return s.likelihood && s.likelihood->lost ? show(*s.likelihood->lost) : std::string("-");
    });
  return table.text();
}

std::string separation_text(const Samples& samples) {
  if (samples.size() < 2) return "";
  SampleTable table("separation power of histograms", samples, 1, true);
  for (std::size_t i = 0; i < samples[1].result.separation.size(); ++i)
    table.add(samples[1].result.separation[i].label, 1,
              [i](const MeasuredSample& s) { return s.result.separation[i].number; });
  table.add_line("  (0: the same, 1: nothing in common; of layers: the mean over layers)");
  return table.text();
}

std::string texture_text(const Samples& samples) {
  SampleTable table("neighbouring hits over independent", samples, 0, true);
  for (std::size_t axis = 0; axis < 3; ++axis)
    table.add(std::string("along ") + physics::kAxisNames[axis], 1,
              [axis](const MeasuredSample& s) { return s.result.neighbour_excess[axis]; });
  return table.text();
}

std::string neighbour_text(const Samples& samples) {
  if (!samples.front().result.neighbours) return "";
  const auto& first = *samples.front().result.neighbours;
  SampleTable table(fmt::format("nearest of {} {} showers", first.set_showers, first.set), samples, 0, false);
  using Distances = physics::NeighbourDistances physics::NeighbourResult::*;
  const auto median = [&](const char* label, Distances distances) {
    table.add(label, [distances](const MeasuredSample& s) { return show(((*s.result.neighbours).*distances).median); });
  };
  median("median distance", &physics::NeighbourResult::to_set);
  table.add("1 % are nearer than",
            [](const MeasuredSample& s) { return plain_text(s.result.neighbours->to_set.low, 4); });
  table.add("smallest distance",
            [](const MeasuredSample& s) { return plain_text(s.result.neighbours->to_set.smallest, 4); });
  median("within the sample: median", &physics::NeighbourResult::within);
  for (std::size_t i = 1; i < samples.size(); ++i)
    table.add_line(fmt::format("  {}: {}", samples[i].identity.name, samples[i].result.neighbours->sentence));
  return table.text();
}

}  // namespace octocal::cli
