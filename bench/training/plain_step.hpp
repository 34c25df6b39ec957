// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <torch/optim/adam.h>

#include "octocal/train/training_data.hpp"
#include "training/plain_networks.hpp"

namespace octocal::bench {

/// One step of the paper's game (a discriminator step on Geant4, one on generated showers, a generator step), with the
/// plain networks and torch::optim::Adam.
class PlainStep {
 public:
  PlainStep(const train::TrainingData& data, std::int64_t batch, std::uint64_t seed);
  void run();

 private:
  at::Tensor generate(const at::Tensor& energy) const;
  at::Tensor loss(const train::DiscriminatorOutput& verdict, double label, const at::Tensor& energy) const;
  void step_discriminator(const at::Tensor& cells, double label, const at::Tensor& energy);

  const train::TrainingData& data_;
  std::int64_t batch_;
  model::GeneratorSpec spec_;
  train::TensorMap generator_, discriminator_;
  torch::optim::Adam generator_adam_, discriminator_adam_;
};

}  // namespace octocal::bench
