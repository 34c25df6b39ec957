// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/validate_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "octocal/cli/validate_columns.hpp"
namespace octocal::cli {
namespace {

using physics::Number;
using study::MeasuredSample;
using Samples = std::vector<MeasuredSample>;

int decimals_of(double spread) {
  if (!(spread > 0)) return 4;
  return std::clamp(1 - static_cast<int>(std::floor(std::log10(spread))), 0, 9);
}

}  // namespace

std::string column(const std::string& text) { return fmt::format(" {:>{}}", text, kColumnWidth - 1); }

std::string head(const std::string& title, const Samples& samples, std::size_t from, bool with_floor) {
  std::string line = fmt::format("{:<{}}", title, kLabelWidth);
  for (std::size_t i = from; i < samples.size(); ++i) line += column(samples[i].identity.name);
  return line + (with_floor ? column("floor") : "") + "\n";
}

std::string line_of(const std::string& label, const Samples& samples, std::size_t from, double scale,
                    const std::function<Number(const MeasuredSample&)>& number_of) {
  std::string line = fmt::format("  {:<{}}", label, kLabelWidth - 2);
  for (std::size_t i = from; i < samples.size(); ++i) line += column(show(number_of(samples[i]), scale));
  const double floor = from < samples.size() ? scale * number_of(samples[from]).floor : physics::kUndefined;
  return line + column(std::isfinite(floor) ? fmt::format("{:.2g}", floor) : "-") + "\n";
}

std::string show(const Number& number, double scale) {
  const double value = scale * number.value, error = scale * number.error;
  if (!std::isfinite(value)) return "-";
  if (!std::isfinite(error)) return fmt::format("{:.5g}", value);
  // A model that is far off must not break the columns.
  if (std::abs(value) >= 1e6) return fmt::format("{:.3g} +- {:.2g}", value, error);
  const int decimals = decimals_of(error);
  return fmt::format("{:.{}f} +- {:.{}f}", value, decimals, error, decimals);
}

std::string table3_text(const Samples& samples) {
  std::string text = head("shower shapes (table 3), cells", samples, 0, true);
  for (std::size_t row = 2; row < 6; ++row) {
    text += line_of(samples[0].result.table3[row].label, samples, 0, 1,
                    [&](const MeasuredSample& s) { return s.result.table3[row].number; });
  }
  return text;
}

std::string table4_text(const Samples& samples) {
  if (samples.size() < 2) return "";
  std::string text = head("MSE of projections (table 4)", samples, 1, true);
  for (std::size_t plane = 0; plane < 3; ++plane) {
    text += line_of(fmt::format("{}, 1e-6 GeV^2", physics::kPlaneNames[plane]), samples, 1, 1e6,
                    [&](const MeasuredSample& s) { return s.result.table4->planes[plane].mse_gev2; });
  }
  text +=
      line_of("sum, 1e-6 GeV^2", samples, 1, 1e6, [](const MeasuredSample& s) { return s.result.table4->mse_gev2; });
  text += line_of("relative to mean square, 1e-4", samples, 1, 1e4,
                  [](const MeasuredSample& s) { return s.result.table4->relative_mse; });
  return text;
}

std::string table5_text(const Samples& samples) {
  Samples compared;
  for (const auto& sample : samples) {
    if (sample.table5) compared.push_back(sample);
  }
  if (compared.empty()) return "";
  std::string text = head(fmt::format("pixels against {} (table 5)", compared[0].table5_against), compared, 0, false);
  const auto add = [&](const char* label, double scale, Number physics::Table5::*number) {
    text += fmt::format("  {:<{}}", label, kLabelWidth - 2);
    for (const auto& sample : compared) text += column(show((*sample.table5).*number, scale));
    text += "\n";
  };
  add("mean of sum |difference|, GeV", 1, &physics::Table5::mean_gev);
  add("standard deviation, GeV", 1, &physics::Table5::std_gev);
  add("relative to ECAL, %", 100, &physics::Table5::relative_to_ecal);
  text += fmt::format("  {:<{}}", "largest cell difference, GeV", kLabelWidth - 2);
  for (const auto& sample : compared) text += column(fmt::format("{:.3g}", sample.table5->largest_cell_gev));
  return text + "\n";
}

std::string response_text(const Samples& samples) {
  std::string text = head("ECAL response, %", samples, 0, true);
  const auto range = [](const physics::ResponseBin& bin) {
    return fmt::format("{:.0f}-{:.0f} GeV", bin.energy_low_gev, bin.energy_high_gev);
  };
  for (std::size_t i = 0; i < samples[0].result.response_bins.size(); ++i) {
    text += line_of(range(samples[0].result.response_bins[i]), samples, 0, 100,
                    [&](const MeasuredSample& s) { return s.result.response_bins[i].mean; });
  }
  text += "\n" + head("core resolution, %", samples, 0, true);
  for (std::size_t i = 0; i < samples[0].result.resolution_bins.size(); ++i) {
    text += line_of(range(samples[0].result.resolution_bins[i]), samples, 0, 100,
                    [&](const MeasuredSample& s) { return s.result.resolution_bins[i].core_resolution; });
  }
  text += line_of("below 0.85 of the median, %", samples, 0, 100,
                  [](const MeasuredSample& s) { return s.result.response.tail_share; });
  return text;
}

std::string spread_text(const Samples& samples) {
  std::string text = head("spread at fixed energy", samples, 0, true);
  constexpr physics::Feature kShown[] = {physics::Feature::kZCentre, physics::Feature::kZWidth,
                                         physics::Feature::kYWidth, physics::Feature::kHits};
  for (const auto feature : kShown) {
    text += line_of(physics::feature_info(feature).label, samples, 0, 1, [&](const MeasuredSample& s) {
      return s.result.observables[static_cast<std::size_t>(feature)].spread;
    });
  }
  text += line_of("mean number of hits", samples, 0, 1, [](const MeasuredSample& s) {
    return s.result.observables[static_cast<std::size_t>(physics::Feature::kHits)].mean;
  });
  return text;
}

std::string speed_text(const Samples& samples) {
  std::string text;
  for (const auto& sample : samples) {
    if (!sample.timing || !(sample.timing->seconds > 0)) continue;
    text += fmt::format("{}: {:.1f} showers/s in {} streams, model of {:.2f} MB ({})\n", sample.identity.name,
                        static_cast<double>(sample.timing->showers) / sample.timing->seconds, sample.timing->streams,
                        static_cast<double>(sample.identity.file_bytes) / 1e6, sample.identity.file);
  }
  return text;
}

std::string verdict_text(const Samples& samples) {
  std::string text;
  for (const auto& sample : samples) {
    if (sample.verdicts.empty()) continue;
    const auto met = std::count_if(sample.verdicts.begin(), sample.verdicts.end(),
                                   [](const physics::Verdict& verdict) { return verdict.pass; });
    text += fmt::format("{}: {} of {} limits met\n", sample.identity.name, met, sample.verdicts.size());
    for (const auto& verdict : sample.verdicts) {
      if (!verdict.pass) text += fmt::format("  FAIL  {}\n", verdict.sentence);
    }
  }
  return text;
}

}  // namespace octocal::cli
