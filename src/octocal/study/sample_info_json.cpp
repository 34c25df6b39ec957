// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/sample_info_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace octocal::study {
namespace {

nlohmann::json number(double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr); }

nlohmann::json to_json(const ResponseRow& row) {
  return {{"energy_low_gev", row.energy_low_gev},
          {"energy_high_gev", row.energy_high_gev},
          {"showers", row.showers},
          {"response_mean", number(row.shape.mean)},
          {"response_median", number(row.shape.median)},
          {"core_resolution", number(row.shape.core_resolution)},
          {"std", number(row.shape.std)},
          {"tail_share", number(row.shape.tail_share)}};
}

}  // namespace

nlohmann::json to_json(const SampleInfo& info) {
  nlohmann::json document;
  for (std::size_t i = 0; i < info.files.size(); ++i)
    document["files"].push_back({{"name", info.files[i]}, {"showers", info.file_showers[i]}});
  document["showers"] = info.showers;
  document["geometry"] = {{"nx", info.geometry.nx}, {"ny", info.geometry.ny}, {"nz", info.geometry.nz}};
  document["energy_gev"] = {{"min", info.energy_min_gev}, {"mean", info.energy_mean_gev}, {"max", info.energy_max_gev}};
  document["ecal_gev"] = {{"min", info.ecal_min_gev}, {"mean", info.ecal_mean_gev}, {"max", info.ecal_max_gev}};
  document["cells"] = {{"hits", info.hits},
                       {"hits_above_1e-4_gev", info.hits_100_kev},
                       {"sparsity", info.sparsity},
                       {"max_gev", info.cell_max_gev},
                       {"empty_showers", info.empty_showers}};
  document["response"]["fit"] = nullptr;
  if (info.response)
    document["response"]["fit"] = {{"coefficients", info.response->coefficients},
                                   {"energy_min_gev", info.response->energy_min_gev},
                                   {"energy_max_gev", info.response->energy_max_gev}};
  document["response"]["all"] = to_json(info.all);
  for (const auto& row : info.quarters) document["response"]["by_energy"].push_back(to_json(row));
  document["attributes"] = info.attributes;
  return document;
}

}  // namespace octocal::study
