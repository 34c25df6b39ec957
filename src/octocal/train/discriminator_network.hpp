#pragma once
#include <ATen/ATen.h>

#include <cstdint>

#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// The paper's discriminator (design section 7): three branches on the cube and its axis rotations, each
///
///     Conv 8x8 25->64 same, 6x6 ->32, 5x5 ->32, 4x4 ->32, 3x3 ->32, 3x3 ->9 valid, each LeakyReLU 0.3 and batch norm,
///
/// rotated back, joined to (27, 9, 9), Dense 10, LeakyReLU, batch norm, and two heads. Batch norms are affine maps, as
/// the original ran them. Names: "branchB.convK.weight/.gamma/...", "dense.*", "real.*", "aux.*".
TensorMap make_discriminator(std::uint64_t seed);

/// What it says of showers (n, x, y, z).
struct Verdict {
  at::Tensor real;  ///< (n), before the sigmoid: Geant4 or generated
  at::Tensor aux;   ///< (n), Ep / 100 GeV
  at::Tensor ecal;  ///< (n), GeV: sum of the cells
};
Verdict discriminate(const TensorMap& parameters, const at::Tensor& cells);

}  // namespace octocal::train
