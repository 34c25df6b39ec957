// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/model/network_spec.hpp"
#include "octocal/train/adam.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// A small network of three-dimensional convolutions that tells generated from Geant4 showers by their cells and Ep.
/// It sees sqrt(cell/Ep) and log(cell + 1e-5 GeV), so that both the core and the hits near the threshold count.
/// Logistic loss with an R1 penalty (squared gradient at Geant4's showers; Mescheder et al. 2018) every fourth step.
class ImageCritic {
 public:
  ImageCritic(const model::AxisSizes& image, std::uint64_t seed, at::Device device = at::kCPU);

  /// One step; returns the loss without penalty (2 log 2 = 1.386: cannot tell them apart). Cells (n, x, y, z) in GeV
  /// without gradients, energy (n) in GeV.
  double train(const at::Tensor& geant4, const at::Tensor& generated, const at::Tensor& energy, std::int64_t step,
               double rate);

  /// What the generator minimises: log(1 + exp(-score)), averaged. Leaves no gradients in the critic.
  at::Tensor generator_loss(const at::Tensor& generated, const at::Tensor& energy) const;

  TensorMap state() const;
  void load_state(const TensorMap& state);

 private:
  static at::Tensor seen(const at::Tensor& cells, const at::Tensor& energy);
  static at::Tensor score(const TensorMap& parameters, const at::Tensor& seen, const at::Tensor& energy);

  TensorMap parameters_;
  Adam adam_;
};

}  // namespace octocal::train
