// SPDX-License-Identifier: Apache-2.0
#include "sample/shower_collector.hpp"

#include <algorithm>

namespace octocal::geant4 {

ShowerCollector::ShowerCollector(const data::Geometry& geometry, std::uint64_t first_event, std::uint64_t events,
                                 Progress& progress, std::uint64_t before)
    : first_event_(first_event), progress_(progress), before_(before) {
  showers_.geometry = geometry;
  showers_.resize(events);
}

void ShowerCollector::add(std::uint64_t event, double energy_gev, std::span<const double> cells_mev) {
  const auto place = event - first_event_;
  showers_.energy_gev[place] = static_cast<float>(energy_gev);
  std::transform(cells_mev.begin(), cells_mev.end(), showers_.shower(place).begin(),
                 [](double mev) { return static_cast<float>(1e-3 * mev); });
  const std::lock_guard lock(mutex_);
  progress_.update(before_ + ++done_);
}

std::uint64_t ShowerCollector::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

}  // namespace octocal::geant4
