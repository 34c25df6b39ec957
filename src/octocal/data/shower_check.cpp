// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/shower_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/data/energy_balance.hpp"

namespace octocal::data {
namespace {

/// Showers that look() judges by; fewer where they are large.
constexpr std::size_t kLookedAt = 32;
constexpr std::size_t kLookedAtCells = std::size_t{1} << 22U;
/// Cells of empty showers after which no other is waited for: some 17,000 showers of the CLIC window.
constexpr std::size_t kMostEmptyCells = std::size_t{1} << 28U;

}  // namespace

void ShowerCheck::look(const Geometry& geometry, std::size_t showers, const Read& read) const {
  ShowerBatch batch;
  batch.geometry = geometry;
  const auto at_once = std::clamp<std::size_t>(kLookedAtCells / geometry.cells(), 1, kLookedAt);
  for (std::size_t first = 0; first < showers; first += batch.size()) {
    batch.resize(std::min(at_once, showers - first));
    read(first, batch);
    const auto balance = energy_balance(batch, first);
    if (balance.empty == balance.showers) {
      const auto seen = first + batch.size();
      if (seen < showers && seen >= kMostEmptyCells / geometry.cells())
        throw bad_input(
            fmt::format("{}: its first {} showers are empty (no cell reaches {:g} GeV); give a file with showers",
                        file_, seen, kCellThresholdGev));
      continue;
    }
    if (balance.units == Units::kPossible) return;
    const auto likely = balance.guess.empty() ? "" : fmt::format(", likely because {}", balance.guess);
    const auto sentence = fmt::format("{}: {}{}; write Ep and cells in GeV", file_, balance.problem, likely);
    if (balance.units == Units::kImpossible) return refuse_or_warn(sentence);
    return log_warning_once(sentence, sentence);
  }
  throw bad_input(
      fmt::format("{}: all of its {} showers are empty (no cell reaches {:g} GeV); give a file with showers", file_,
                  showers, kCellThresholdGev));
}

void ShowerCheck::pass(std::size_t first, std::span<const float> energy_gev, std::span<const float> cells_gev) const {
  const auto cells = energy_gev.empty() ? 0 : cells_gev.size() / energy_gev.size();
  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    double ecal = 0;
    for (const float cell : cells_gev.subspan(i * cells, cells)) ecal += static_cast<double>(cell);
    const auto energy = static_cast<double>(energy_gev[i]);
    if (ecal > kImpossibleShower * energy)
      refuse_or_warn(
          fmt::format("{}: shower {} leaves {:.3g} times the energy that it has ({:.4g} GeV of {:.4g} GeV); "
                      "mend or drop this shower",
                      file_, first + i, ecal / energy, ecal, energy));
    if (!(ecal > 0) && tells_of_empty_)
      log_warning_once(
          "empty shower of " + file_,
          fmt::format("{}: shower {} is empty (no cell reaches {:g} GeV), and others may be, too; drop them "
                      "unless they are meant",
                      file_, first + i, kCellThresholdGev));
  }
}

void ShowerCheck::refuse_or_warn(const std::string& sentence) const {
  if (!is_generated_) throw bad_input(sentence);
  log_warning_once("units of " + file_, sentence);
}

void warn_of_model_units(const std::string& model, const ShowerBatch& batch) {
  const auto balance = energy_balance(batch);
  if (balance.showers > 0 && balance.empty == balance.showers)
    return log_warning_once(
        "units of " + model,
        fmt::format("{}: its first {} showers are empty (no cell reaches {:g} GeV); train or convert "
                    "the model again",
                    model, balance.showers, kCellThresholdGev));
  if (balance.units == Units::kPossible) return;
  const auto likely = balance.guess.empty() ? "" : fmt::format(", likely because {}", balance.guess);
  log_warning_once("units of " + model, fmt::format("{}: {}{}; a model must put out cells in GeV (docs/formats.md)",
                                                    model, balance.problem, likely));
}

}  // namespace octocal::data
