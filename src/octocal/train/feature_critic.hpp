#pragma once
#include <ATen/ATen.h>

#include <cstdint>

#include "octocal/train/adam.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// A small network that tells generated from Geant4 showers by their standardised features and Ep: it finds the
/// correlations that matching one distribution at a time leaves out. Trained with the logistic loss and an R1 penalty
/// (squared gradient at Geant4's showers).
class FeatureCritic {
 public:
  FeatureCritic(std::int64_t features, std::uint64_t seed);

  /// One step; returns the loss without penalty (2 log 2 = 1.386: cannot tell them apart). Inputs carry no gradient.
  double train(const at::Tensor& geant4, const at::Tensor& geant4_terms, const at::Tensor& generated,
               const at::Tensor& generated_terms, double rate);

  /// What the generator minimises: log(1 + exp(-score)), averaged. Leaves no gradients in the critic.
  at::Tensor generator_loss(const at::Tensor& generated, const at::Tensor& terms) const;

  TensorMap state() const;
  void load_state(const TensorMap& state);

 private:
  static at::Tensor score(const TensorMap& parameters, const at::Tensor& features, const at::Tensor& terms);

  TensorMap parameters_;
  Adam adam_;
};

}  // namespace octocal::train
