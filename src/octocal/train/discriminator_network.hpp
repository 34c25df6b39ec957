// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/model/network_spec.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// A discriminator of showers of `image` cells with random weights; by default the paper's, three
/// branches on the cube and its axis rotations (docs/design.md, "The paper's networks"), each
///
///     Conv 8x8 25->64 same, 6x6 ->32, 5x5 ->32, 4x4 ->32, 3x3 ->32, 3x3 ->9 valid, each LeakyReLU 0.3 and batch norm,
///
/// joined to 3 times (9, 9, 9), Dense 10, LeakyReLU, batch norm, and two heads. Batch norms are affine maps, as the
/// original ran them. Names: "branchB.convK.weight/.gamma/...", "dense.*", "real.*", "aux.*".
/// Precondition: model::check_discriminator.
TensorMap make_discriminator(const model::DiscriminatorNetwork& network, const model::AxisSizes& image,
                             std::uint64_t seed);

/// What it says of showers (n, x, y, z).
struct DiscriminatorOutput {
  at::Tensor real;  ///< (n), before the sigmoid: Geant4 or generated
  at::Tensor aux;   ///< (n), Ep / 100 GeV
  at::Tensor ecal;  ///< (n), GeV: sum of the cells
};
DiscriminatorOutput discriminate(const model::DiscriminatorNetwork& network, const TensorMap& parameters,
                                 const at::Tensor& cells);

}  // namespace octocal::train
