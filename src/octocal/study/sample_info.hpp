// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octocal/data/energy_response.hpp"
#include "octocal/data/response_shape.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::study {

/// The response R = ECAL/Ep of the showers in a range of primary energies.
struct ResponseRow {
  double energy_low_gev = 0;   ///< lower edge
  double energy_high_gev = 0;  ///< upper edge
  std::size_t showers = 0;     ///< in the range
  data::ResponseShape shape;   ///< NaN where there are no showers, std also where there is but one
};

/// What a sample of showers holds.
struct SampleInfo {
  std::vector<std::string> files;                                      ///< in the order of the showers
  std::vector<std::size_t> file_showers;                               ///< showers in each
  data::Geometry geometry;                                             ///< cells
  std::size_t showers = 0;                                             ///< in all files
  double energy_min_gev = 0, energy_mean_gev = 0, energy_max_gev = 0;  ///< of the primaries
  double ecal_min_gev = 0, ecal_mean_gev = 0, ecal_max_gev = 0;        ///< of the showers
  double hits = 0;                                                     ///< cells above 0, mean of the showers
  double hits_100_kev = 0;                                             ///< cells above 1e-4 GeV, mean of the showers
  double sparsity = 0;                                                 ///< share of cells that are zero
  double cell_max_gev = 0;                                             ///< largest cell
  std::size_t empty_showers = 0;                                       ///< showers without any energy in the cells
  std::optional<data::EnergyResponse> response;                        ///< none: too few different energies
  std::vector<ResponseRow> quarters;              ///< four equal ranges of Ep (one if all energies agree)
  ResponseRow all;                                ///< the whole range of Ep
  std::map<std::string, std::string> attributes;  ///< of the first file: octocal.* of generated ones
};

/// Reads a whole sample, a chunk at a time. Three numbers a shower are held in memory. Errors: as ShowerReader;
/// Error(kInterrupted).
SampleInfo read_sample_info(data::ShowerReader& reader);

}  // namespace octocal::study
