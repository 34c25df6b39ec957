// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/sample_info_output.hpp"

#include <fmt/format.h>

#include <cmath>

namespace octocal::cli {
namespace {

using study::ResponseRow;

std::string percent(double value) { return std::isfinite(value) ? fmt::format("{:.2f} %", 100 * value) : "-"; }

std::string line_of(const ResponseRow& row, const std::string& label) {
  return fmt::format("  {:<18}{:>8}{:>11}{:>11}{:>11}{:>11}{:>11}\n", label, row.showers, percent(row.shape.mean),
                     percent(row.shape.median), percent(row.shape.core_resolution), percent(row.shape.std),
                     percent(row.shape.tail_share));
}

std::string range_of(const ResponseRow& row) {
  return fmt::format("{:.1f} - {:.1f} GeV", row.energy_low_gev, row.energy_high_gev);
}

/// Attributes can hold pages of JSON: the table shows their beginning, the JSON file all of them.
std::string shortened(std::string text) {
  constexpr std::size_t kMost = 80;
  for (auto& letter : text)
    if (letter == '\n') letter = ' ';
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

}  // namespace

std::string to_table(const study::SampleInfo& info) {
  std::string text;
  for (std::size_t i = 0; i < info.files.size(); ++i)
    text += fmt::format("{}: {} showers\n", info.files[i], info.file_showers[i]);
  text += fmt::format("\n  showers            {}\n", info.showers);
  text += fmt::format("  cells              {} x {} x {} (x, y, layer)\n", info.geometry.nx, info.geometry.ny,
                      info.geometry.nz);
  text += fmt::format("  primary energy     {:.6g} to {:.6g} GeV, mean {:.6g}\n", info.energy_min_gev,
                      info.energy_max_gev, info.energy_mean_gev);
  text += fmt::format("  ECAL               {:.4g} to {:.4g} GeV, mean {:.4g}\n", info.ecal_min_gev, info.ecal_max_gev,
                      info.ecal_mean_gev);
  text += fmt::format("  hits a shower      {:.0f} cells above 0, {:.0f} above 1e-4 GeV ({:.1f} % of cells are zero)\n",
                      info.hits, info.hits_100_kev, 100 * info.sparsity);
  text += fmt::format("  largest cell       {:.4g} GeV\n", info.cell_max_gev);
  if (info.empty_showers > 0) text += fmt::format("  empty showers      {}\n", info.empty_showers);
  if (info.response) {
    const auto& a = info.response->coefficients;
    text += "  ECAL fit           ";
    for (std::size_t k = 0; k < a.size(); ++k)
      text += fmt::format("{}{:.5g}{}",
                          k == 0     ? ""
                          : a[k] < 0 ? " - "
                                     : " + ",
                          k == 0 ? a[k] : std::abs(a[k]),
                          k == 0   ? ""
                          : k == 1 ? " e"
                                   : fmt::format(" e^{}", k));
    text += " GeV, e = Ep/100 GeV\n";
  } else {
    text += "  ECAL fit           none: too few different energies\n";
  }
  text += fmt::format("\n  {:<18}{:>8}{:>11}{:>11}{:>11}{:>11}{:>11}\n", "ECAL/Ep", "showers", "mean", "median",
                      "core res.", "std", "tail");
  if (info.quarters.size() > 1)
    for (const auto& row : info.quarters) text += line_of(row, range_of(row));
  text += line_of(info.all, info.quarters.size() > 1 ? "all" : range_of(info.all));
  text += "  core res. = half the 16-84 % range over the median; tail = showers below 0.85 of the median\n";
  if (!info.attributes.empty()) text += "\n";
  for (const auto& [name, value] : info.attributes) text += fmt::format("  {:<22}{}\n", name, shortened(value));
  return text;
}

}  // namespace octocal::cli
