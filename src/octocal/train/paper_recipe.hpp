// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>

#include "octocal/model/network_file.hpp"
#include "octocal/train/recipe.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {

/// Settings of the paper's recipe (docs/design.md, "The paper's training").
struct PaperSettings {
  std::uint64_t seed = 1;
  std::int64_t batch = 128;
  double generator_rate = 5e-4;
  double discriminator_rate = 1e-4;
  model::NetworkSpec network;
  at::Device device = at::kCPU;
  bool augment = false;  ///< the paper did not; the eight transverse symmetries of Geant4's showers
};

/// The paper's conditioning (latent = z Ep/100, cells = ReLU) and losses: 6 BCE + 0.2 MAPE(Ep) + 0.1 MAPE(ECAL), real
/// label 0.9, 5 % of labels flipped, one discriminator step on Geant4, one on generated showers, one generator step.
/// The recipe draws its batches from `data`, which must outlive it.
std::unique_ptr<Recipe> make_paper_recipe(const PaperSettings& settings, const TrainingData& data);

/// Mean absolute percentage error, in percent.
at::Tensor mean_percentage_error(const at::Tensor& value, const at::Tensor& truth);

/// The weighted sum of the three losses. labels: (n), 1 Geant4, 0 generated; energies and ECAL in GeV.
struct DiscriminatorOutput;
at::Tensor paper_loss(const DiscriminatorOutput& verdict, const at::Tensor& labels, const at::Tensor& energy,
                      const at::Tensor& ecal);

}  // namespace octocal::train
