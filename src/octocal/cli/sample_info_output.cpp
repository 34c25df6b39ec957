// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/sample_info_output.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "octocal/base/number_text.hpp"
#include "octocal/base/text_table.hpp"

namespace octocal::cli {
namespace {

using study::ResponseRow;

std::string percent(double value) { return std::isfinite(value) ? fmt::format("{:.2f} %", 100 * value) : "-"; }

std::vector<std::string> cells_of(const ResponseRow& row, const std::string& label) {
  const auto& shape = row.shape;
  return {label,
          std::to_string(row.showers),
          percent(shape.mean),
          percent(shape.median),
          percent(shape.core_resolution),
          percent(shape.std),
          percent(shape.tail_share)};
}

std::string range_of(const ResponseRow& row) {
  return fmt::format("{:.1f} - {:.1f} GeV", row.energy_low_gev, row.energy_high_gev);
}

std::string fit_text(const data::EnergyResponse& fit) {
  std::string text;
  for (std::size_t k = 0; k < fit.coefficients.size(); ++k) {
    const double a = fit.coefficients[k];
    if (k > 0) text += a < 0 ? " - " : " + ";
    text += fmt::format("{:.5g}", k == 0 ? a : std::abs(a));
    if (k > 0) text += k == 1 ? " e" : fmt::format(" e^{}", k);
  }
  return text + " GeV, e = Ep/100 GeV";
}

/// Name and value, a line each.
TextTable pairs() { return TextTable(std::vector<TextColumn>{{"", true, 17}, {"", true}}, "  "); }

TextTable facts_of(const study::SampleInfo& info) {
  auto table = pairs();
  table.add({"showers", std::to_string(info.showers)});
  table.add({"cells", fmt::format("{} x {} x {} (x, y, layer)", info.geometry.nx, info.geometry.ny, info.geometry.nz)});
  table.add({"primary energy", fmt::format("{:.6g} to {:.6g} GeV, mean {:.6g}", info.energy_min_gev,
                                           info.energy_max_gev, info.energy_mean_gev)});
  table.add({"ECAL", fmt::format("{:.4g} to {:.4g} GeV, mean {:.4g}", info.ecal_min_gev, info.ecal_max_gev,
                                 info.ecal_mean_gev)});
  table.add({"hits a shower", fmt::format("{:.0f} cells above 0, {:.0f} above 1e-4 GeV ({:.1f} % of cells are zero)",
                                          info.hits, info.hits_100_kev, 100 * info.sparsity)});
  table.add({"largest cell", fmt::format("{:.4g} GeV", info.cell_max_gev)});
  if (info.empty_showers > 0) table.add({"empty showers", std::to_string(info.empty_showers)});
  table.add({"ECAL fit", info.response ? fit_text(*info.response) : "none: too few different energies"});
  return table;
}

TextTable responses_of(const study::SampleInfo& info) {
  TextTable table({{"ECAL/Ep", true}, {"showers"}, {"mean"}, {"median"}, {"core res."}, {"std"}, {"tail"}}, "  ");
  if (info.quarters.size() > 1)
    for (const auto& row : info.quarters) table.add(cells_of(row, range_of(row)));
  table.add(cells_of(info.all, info.quarters.size() > 1 ? "all" : range_of(info.all)));
  table.add_line("  core res. = half the 16-84 % range over the median; tail = showers below 0.85 of the median");
  return table;
}

}  // namespace

std::string to_table(const study::SampleInfo& info) {
  std::string text;
  for (std::size_t i = 0; i < info.files.size(); ++i)
    text += fmt::format("{}: {}\n", info.files[i], count_text(info.file_showers[i], "shower"));
  text += "\n" + facts_of(info).text() + "\n" + responses_of(info).text();
  if (info.attributes.empty()) return text;
  // Attributes can hold pages of JSON: here their beginning, in the JSON document all of them.
  constexpr std::size_t kMost = 80;
  auto attributes = pairs();
  for (const auto& [name, value] : info.attributes) attributes.add({name, shortened(value, kMost)});
  return text + "\n" + attributes.text();
}

}  // namespace octocal::cli
