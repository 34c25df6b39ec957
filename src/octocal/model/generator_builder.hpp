#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// What the network's output means; the transform is part of the graph, so that any runtime gives cells in GeV.
enum class OutputTransform {
  kRelu,          ///< cell = relu(v), the paper's
  kEnergySquare,  ///< cell = Ep * k * relu(v)^2 (design section 6b); needs the input energy (N, 1)
};

/// The paper's generator (Rehm et al. 2021, section 3.1; design section 7).
struct GeneratorSpec {
  std::size_t latent_size = 200;
  OutputTransform output = OutputTransform::kEnergySquare;
  double output_scale = 0.03;  ///< k of kEnergySquare
  double leaky_slope = 0.3;
  double batch_norm_epsilon = 1e-3;
};

/// Name and shape of every parameter, in a fixed order. Trainable ones are all but *.mean and *.variance.
///
///     dense.weight (125, L)            dense.bias (125)
///     branchB.convK.weight (O, I, kh, kw), .gamma .beta .mean .variance (O)     B = 0..2, K = 1..7
///     branchB.upsampleK.weight (I, O, kh, kw), .bias (O)                         K = 1..2
///     final.weight (25, 75, 3, 3)
struct ParameterShape {
  std::string name;
  Shape shape;
};
std::vector<ParameterShape> generator_parameters(const GeneratorSpec& spec);

/// The generator as a graph with inputs `latent` (N, L) and, for kEnergySquare, `energy` (N, 1) in GeV, and the output
/// `cells` (N, 25, 25, 25) = (N, x, y, z) in GeV.
///
/// Branch 0 sees the cube with z as channels and (x, y) as plane, branch 1 x and (y, z), branch 2 y and (x, z); each is
/// rotated back to z as channels, so that the last convolution's output in NHWC is the shower in C order.
/// Errors: bad_input for a parameter that is missing, unknown, not float32 or of another shape, naming it.
Graph build_generator(const GeneratorSpec& spec, const std::map<std::string, Tensor>& parameters);

/// He-normal weights, small biases, batch norms near the identity: a network whose outputs are of order one, for tests
/// and benchmarks. Same seed, same numbers.
std::map<std::string, Tensor> random_generator_parameters(const GeneratorSpec& spec, std::uint64_t seed);

}  // namespace octocal::model
