// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/model/generator_builder.hpp"

namespace octocal::model {

/// Values of a graph that the profile network has made.
struct DrawnProfiles {
  /// (N, L): what the dense layer sees: codes, free latents and 1, all times Ep/100 GeV; "" of architecture cells.
  std::string latent;
  std::string x;            ///< (N, 1, nx, 1): GeV in each column
  std::string y;            ///< (N, 1, 1, ny)
  std::string z;            ///< (N, nz, 1, 1)
  std::string ecal;         ///< (N, 1) GeV
  std::string description;  ///< (N, D) the numbers of profile_spec.hpp
  std::string e;            ///< (N, 1)
};

/// Adds the profile network (profile_spec.hpp) between the inputs `latent` and `energy` and the dense layer. Its
/// parameters are the graph's constants of the same names.
DrawnProfiles add_profile_network(Graph& graph, const GeneratorSpec& spec);

/// Adds the fit of the rectified image (N, nz, nx, ny) to the profiles: map * image * (image + lift), then in each
/// round every column, row and layer is scaled to its energy (iterative proportional fitting, Deming and Stephan 1940).
/// The layers come last, so that their energies and ECAL are exact. Returns the value (N, nz, nx, ny), cells in GeV.
std::string add_profile_fit(Graph& graph, const GeneratorSpec& spec, const DrawnProfiles& profiles,
                            const std::string& image);

}  // namespace octocal::model
