// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/validate_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "octocal/base/number_text.hpp"
#include "octocal/cli/sample_table.hpp"
#include "octocal/data/response_shape.hpp"

namespace octocal::cli {
namespace {

using physics::Number;
using study::MeasuredSample;
using Samples = std::vector<MeasuredSample>;

}  // namespace

std::string table3_text(const Samples& samples) {
  SampleTable table("shower shapes (table 3), cells", samples, 0, true);
  for (std::size_t row = 2; row < 6; ++row)
    table.add(samples[0].result.table3[row].label, 1,
              [&](const MeasuredSample& s) { return s.result.table3[row].number; });
  return table.text();
}

std::string table4_text(const Samples& samples) {
  if (samples.size() < 2) return "";
  SampleTable table("MSE of projections (table 4)", samples, 1, true);
  for (std::size_t plane = 0; plane < 3; ++plane)
    table.add(fmt::format("{}, 1e-6 GeV^2", physics::kPlaneNames[plane]), 1e6,
              [&](const MeasuredSample& s) { return s.result.table4->planes[plane].mse_gev2; });
  table.add("sum, 1e-6 GeV^2", 1e6, [](const MeasuredSample& s) { return s.result.table4->mse_gev2; });
  table.add("relative to mean square, 1e-4", 1e4,
            [](const MeasuredSample& s) { return s.result.table4->relative_mse; });
  return table.text();
}

std::string table5_text(const Samples& samples) {
  Samples compared;
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(compared),
               [](const MeasuredSample& sample) { return sample.table5.has_value(); });
  if (compared.empty()) return "";
  SampleTable table(fmt::format("pixels against {} (table 5)", compared[0].table5_against), compared, 0, false);
  const auto add = [&](const char* label, double scale, Number physics::Table5::*number) {
    table.add(label, scale, [number](const MeasuredSample& s) { return (*s.table5).*number; });
  };
  add("mean of sum |difference|, GeV", 1, &physics::Table5::mean_gev);
  add("standard deviation, GeV", 1, &physics::Table5::std_gev);
  add("relative to ECAL, %", 100, &physics::Table5::relative_to_ecal);
  table.add("largest cell difference, GeV",
            [](const MeasuredSample& s) { return plain_text(s.table5->largest_cell_gev, 3); });
  return table.text();
}

std::string change_text(const Samples& samples) {
  Samples compared;
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(compared),
               [](const MeasuredSample& sample) { return sample.change.has_value(); });
  if (compared.empty()) return "";
  const auto& base = compared[0].table5_against;
  SampleTable table(fmt::format("change from {}", base), compared, 0, false);
  const auto add = [&](const std::string& label, double scale, const auto& change_of) {
    table.add(label, scale, [&](const MeasuredSample& s) { return change_of(*s.change).difference; });
    table.add("  in errors", [&](const MeasuredSample& s) { return plain_text(change_of(*s.change).in_errors(), 2); });
  };
  for (std::size_t row = 2; row < 6; ++row)
    add(samples[0].result.table3[row].label + ", 1e-3 cells", 1e3,
        [row](const physics::PairedChange& change) { return change.table3[row]; });
  for (std::size_t row = 0; row < 4; ++row)
    add(fmt::format("MSE {}, 1e-6 GeV^2", row < 3 ? physics::kPlaneNames[row] : "sum"), 1e6,
        [row](const physics::PairedChange& change) { return change.table4[row]; });
  table.add("MSE of the two, 1e-6 GeV^2", 1e6, [](const MeasuredSample& s) { return s.change->apart.mse_gev2; });
  table.add_line(
      fmt::format("  (in errors: over the statistical error of {}'s own number; MSE of the two: of their mean "
                  "projections)",
                  base));
  return table.text();
}

std::string response_text(const Samples& samples) {
  const auto range = [](const physics::ResponseBin& bin) {
    return fmt::format("{:.0f}-{:.0f} GeV", bin.energy_low_gev, bin.energy_high_gev);
  };
  SampleTable response("ECAL response, %", samples, 0, true);
  const auto& bins = samples[0].result.response_bins;
  for (std::size_t i = 0; i < bins.size(); ++i)
    response.add(range(bins[i]), 100, [&](const MeasuredSample& s) { return s.result.response_bins[i].mean; });
  SampleTable resolution("core resolution, %", samples, 0, true);
  const auto& wide_bins = samples[0].result.resolution_bins;
  for (std::size_t i = 0; i < wide_bins.size(); ++i)
    resolution.add(range(wide_bins[i]), 100,
                   [&](const MeasuredSample& s) { return s.result.resolution_bins[i].core_resolution; });
  resolution.add(fmt::format("below {:g} of the median, %", data::kTailFraction), 100,
                 [](const MeasuredSample& s) { return s.result.response.tail_share; });
  return response.text() + "\n" + resolution.text();
}

std::string spread_text(const Samples& samples) {
  SampleTable table("spread at fixed energy", samples, 0, true);
  const auto observable = [](const MeasuredSample& s, physics::Feature feature) -> const physics::Observable& {
    return s.result.observables[static_cast<std::size_t>(feature)];
  };
  constexpr physics::Feature kShown[] = {physics::Feature::kZCentre, physics::Feature::kZWidth,
                                         physics::Feature::kYWidth, physics::Feature::kHits};
  for (const auto feature : kShown)
    table.add(physics::feature_info(feature).label, 1,
              [&](const MeasuredSample& s) { return observable(s, feature).spread; });
  table.add("mean number of hits", 1,
            [&](const MeasuredSample& s) { return observable(s, physics::Feature::kHits).mean; });
  return table.text();
}

std::string speed_text(const Samples& samples) {
  Samples timed;
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(timed),
               [](const MeasuredSample& sample) { return sample.timing && sample.timing->seconds > 0; });
  if (timed.empty()) return "";
  SampleTable table(fmt::format("speed, {} streams", timed[0].timing->streams), timed, 0, false);
  table.add("showers/s", [](const MeasuredSample& s) {
    return fmt::format("{:.1f}", static_cast<double>(s.timing->showers) / s.timing->seconds);
  });
  table.add("size of the model, MB", [](const MeasuredSample& s) {
    return fmt::format("{:.2f}", static_cast<double>(s.identity.file_bytes) / 1e6);
  });
  return table.text();
}

std::string verdict_text(const Samples& samples) {
  std::string text;
  for (const auto& sample : samples) {
    if (sample.verdicts.empty()) continue;
    const auto count = physics::count(sample.verdicts);
    const auto unjudged = count.unjudged == 0 ? "" : fmt::format(", {} not judged", count.unjudged);
    text += fmt::format("{}: {} of {} limits met{}\n", sample.identity.name, count.met, count.all, unjudged);
    for (const auto& verdict : sample.verdicts) {
      if (verdict.judged && !verdict.pass) text += fmt::format("  FAIL  {}\n", verdict.sentence);
    }
    for (const auto& verdict : sample.verdicts) {
      if (!verdict.judged) text += fmt::format("  ?     {}\n", verdict.sentence);
    }
  }
  return text;
}

}  // namespace octocal::cli
