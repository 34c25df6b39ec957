// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <torch/optim/adam.h>

#include "octocal/train/cells_recipe.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::bench {

/// One step of recipe cells as a user of libtorch writes it: at::conv2d in the default layout, autograd, and
/// torch::optim::Adam.
class PlainCellsStep {
 public:
  PlainCellsStep(const train::TrainingData& data, const train::CellsSettings& settings);
  void run();

 private:
  at::Tensor loss(const at::Tensor& cells, const at::Tensor& energy) const;

  const train::TrainingData& data_;
  train::CellsSettings settings_;
  train::TensorMap network_;
  std::unique_ptr<torch::optim::Adam> adam_;
};

}  // namespace octocal::bench
