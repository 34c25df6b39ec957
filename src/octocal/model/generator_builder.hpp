// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octocal/model/architecture.hpp"
#include "octocal/model/cells_spec.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/model/network_spec.hpp"
#include "octocal/model/profile_spec.hpp"

namespace octocal::model {

/// What the network's output means; the transform is part of the graph, so that any runtime gives cells in GeV.
enum class OutputTransform {
  kRelu,          ///< cell = relu(v), the paper's
  kEnergySquare,  ///< cell = Ep * k * relu(v)^2 (docs/design.md, "The range of cells"); needs the input energy (N, 1)
  kProfiles,      ///< map * relu(v)^2, fitted to the profiles that profile_spec.hpp's network draws; energy (N, 1)
};

/// A generator; by default the paper's (Rehm et al. 2021, section 3.1; docs/design.md, "The paper's networks").
struct GeneratorSpec {
  std::size_t latent_size = 200;                            ///< L, columns of the input `latent`
  OutputTransform output = OutputTransform::kEnergySquare;  ///< what the last convolution's output becomes
  double output_scale = 0.03;                               ///< k of kEnergySquare
  double leaky_slope = 0.3;                                 ///< of every LeakyReLU
  double batch_norm_epsilon = 1e-3;                         ///< added to the variance
  BranchNetwork network = paper_network();                  ///< sizes and layers of kConv2d
  Architecture architecture = Architecture::kConv2d;        ///< kConv3d: conv3d_builder.hpp, always 25 x 25 x 25
  ProfileSpec profile;                                      ///< of kProfiles
  CellsSpec cells;                                          ///< of kCells, whose output is kProfiles
};

/// Name and shape of every parameter, in a fixed order. Trainable ones are all but *.mean and *.variance.
///
///     dense.weight (cube pixels, L)    dense.bias (cube pixels)                  125 by default
///     branchB.convK.weight (O, I, kh, kw), .gamma .beta .mean .variance (O)     B = 0..2, K = 1..7 by default
///     branchB.upsampleK.weight (I, O, kh, kw), .bias (O)                         K = 1..2 by default
///     final.weight (nz, B nz, k, k)                                              (25, 75, 3, 3) by default
///
/// Those of kConv3d: conv3d_parameters(), those of kCells: cells_parameters().
struct ParameterShape {
  std::string name;  ///< as above
  Shape shape;       ///< as above
};
/// All of them, in that order.
std::vector<ParameterShape> generator_parameters(const GeneratorSpec& spec);

/// The generator as a graph with inputs `latent` (N, L) and, for kEnergySquare, `energy` (N, 1) in GeV, and the output
/// `cells` (N, x, y, z) in GeV, 25 x 25 x 25 by default.
///
/// By default branch 0 sees the cube with z as channels and (x, y) as plane, branch 1 x and (y, z), branch 2 y and
/// (x, z); each is rotated back to z as channels, so that the last convolution's output in NHWC is the shower in C
/// order. Errors: bad_input for a network that does not fit together (check_network) and for a parameter that is
/// missing, unknown, not float32 or of another shape, naming it.
Graph build_generator(const GeneratorSpec& spec, const std::map<std::string, Tensor>& parameters);

/// He-normal weights, small biases, batch norms near the identity: a network whose outputs are of order one, for tests
/// and benchmarks. Same seed, same numbers.
std::map<std::string, Tensor> random_generator_parameters(const GeneratorSpec& spec, std::uint64_t seed);

}  // namespace octocal::model
