// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/sample_info.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "octocal/base/interrupt.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/physics/energy_range.hpp"

namespace octocal::study {
namespace {

constexpr std::size_t kShowersAtOnce = 64;

ResponseRow response_row(double low_gev, double high_gev, std::vector<double> responses) {
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  ResponseRow row{low_gev, high_gev, responses.size(), {kNothing, kNothing, kNothing, kNothing, kNothing}};
  if (responses.empty()) return row;
  std::sort(responses.begin(), responses.end());
  row.shape = data::response_shape(responses);
  if (responses.size() == 1) row.shape.std = kNothing;
  return row;
}

/// Fills the rows by energy and the fit, from ECAL and Ep of each shower.
void fill_response(const std::vector<float>& energy_gev, const std::vector<double>& ecal_gev, SampleInfo& info) {
  const auto range = physics::EnergyRange::of(energy_gev);
  const std::size_t bins = range.low_gev < range.high_gev ? physics::kResolutionBins : 1;
  std::vector<std::vector<double>> responses(bins);
  std::vector<double> all(energy_gev.size());
  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    const auto energy = static_cast<double>(energy_gev[i]);
    all[i] = ecal_gev[i] / energy;
    responses[range.bin(energy, bins).value()].push_back(all[i]);
  }
  for (std::size_t bin = 0; bin < bins; ++bin)
    info.quarters.push_back(
        response_row(range.edge_gev(bin, bins), range.edge_gev(bin + 1, bins), std::move(responses[bin])));
  info.all = response_row(range.low_gev, range.high_gev, std::move(all));

  constexpr int kDegree = 2;
  auto different = energy_gev;
  std::sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  if (different.size() >= kDegree + 2) info.response = data::fit_energy_response(energy_gev, ecal_gev, kDegree);
}

}  // namespace

SampleInfo read_sample_info(data::ShowerReader& reader) {
  SampleInfo info;
  info.files = reader.files();
  info.file_showers = reader.sizes();
  info.geometry = reader.geometry();
  info.showers = reader.size();
  for (const auto& name : reader.attribute_names()) info.attributes[name] = reader.attribute(name);

  std::vector<float> energy_gev;
  std::vector<double> ecal_gev;
  double hits = 0;
  double hits_100_kev = 0;
  Progress progress("info", "showers", reader.size());
  data::ShowerBatch batch;
  reader.rewind();
  while (reader.next(batch, kShowersAtOnce)) {
    throw_if_interrupted();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      double ecal = 0;
      for (const float cell : batch.shower(i)) {
        ecal += static_cast<double>(cell);
        hits += cell > 0 ? 1 : 0;
        hits_100_kev += cell > data::kHitThresholdGev ? 1 : 0;
        info.cell_max_gev = std::max(info.cell_max_gev, static_cast<double>(cell));
      }
      ecal_gev.push_back(ecal);
      energy_gev.push_back(batch.energy_gev[i]);
      info.empty_showers += ecal > 0 ? 0 : 1;
    }
    progress.update(energy_gev.size());
  }
  progress.finish();

  const auto n = static_cast<double>(info.showers);
  const auto [least, most] = std::minmax_element(energy_gev.begin(), energy_gev.end());
  info.energy_min_gev = static_cast<double>(*least);
  info.energy_max_gev = static_cast<double>(*most);
  info.energy_mean_gev = std::accumulate(energy_gev.begin(), energy_gev.end(), 0.0) / n;
  info.ecal_min_gev = *std::min_element(ecal_gev.begin(), ecal_gev.end());
  info.ecal_max_gev = *std::max_element(ecal_gev.begin(), ecal_gev.end());
  info.ecal_mean_gev = std::accumulate(ecal_gev.begin(), ecal_gev.end(), 0.0) / n;
  info.hits = hits / n;
  info.hits_100_kev = hits_100_kev / n;
  info.sparsity = 1 - hits / n / static_cast<double>(info.geometry.cells());
  fill_response(energy_gev, ecal_gev, info);
  return info;
}

}  // namespace octocal::study
