// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/model/generator_builder.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::model {

/// The three-dimensional baseline that the paper's network replaces (Vallecorsa et al., 3DGAN):
///
///     Dense L -> 3136, seen as (7, 7, 8) cells of 8 channels, channels last
///     conv1 6x6x8   8 -> 64 same   LeakyReLU, batch norm, upsample 2,2,2 (nearest), zero-pad 2,2,0    18x18x16
///     conv2 6x5x8  64 -> 6  valid  LeakyReLU, batch norm, upsample 2,2,3 (nearest), zero-pad 1,0,3    28x28x33
///     conv3 3x3x8   6 -> 6  valid  LeakyReLU                                                          26x26x26
///     final 2x2x2   6 -> 1  valid, without bias; the rectifier follows                                25x25x25
///
/// 'same' with even kernels pads as Keras does: one less before than after (2 and 3 for 6, 3 and 4 for 8).

/// One convolution of the chain with what stands behind it, axes x, y, z.
struct Conv3dLayer {
  const char* name;                                         ///< "conv1", ..., "final"
  std::int64_t in, out;                                     ///< channels
  std::vector<std::int64_t> kernel, pad_before, pad_after;  ///< cells along x, y, z
  bool bias, activation, batch_norm;                        ///< what it has
  std::vector<std::int64_t> upsample;  ///< copies of each cell along each axis behind the layer; empty: none
  std::vector<std::int64_t> margin;    ///< zeros before and after each axis behind that
};
/// The four of them, in order.
const std::vector<Conv3dLayer>& conv3d_layers();

/// Cells along x, y, z and channels of what the dense layer makes.
inline constexpr std::int64_t kConv3dSeed[] = {7, 7, 8, 8};
/// Cells along each axis of what it puts out.
inline constexpr std::int64_t kConv3dImage = 25;

/// Names and shapes of its parameters:
///
///     dense.weight (3136, L)   dense.bias (3136)
///     convK.weight (O, I, kx, ky, kz), .bias (O), K = 1..3; .gamma .beta .mean .variance (O), K = 1..2
///     final.weight (1, 6, 2, 2, 2)
std::vector<ParameterShape> conv3d_parameters(const GeneratorSpec& spec);

/// Adds the chain from the value `latent` (N, L) up to its last convolution, whose output (N, 1, 25, 25, 25) =
/// (N, 1, x, y, z) it names. The parameters are among the graph's constants.
std::string add_conv3d_chain(Graph& graph, const GeneratorSpec& spec, const std::string& latent);

}  // namespace octocal::model
