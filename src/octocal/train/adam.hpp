// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <utility>

#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// Adam (Kingma, Ba 2015): the steps of torch::optim::Adam, but with its state in plain maps, so that a checkpoint
/// holds all of it, a rate for each tensor, and gradients cut by their common norm.
class Adam {
 public:
  struct Settings {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
  };
  /// rate_factors: by which a tensor's rate differs from the common one; 1 for those not named.
  explicit Adam(Settings settings, std::map<std::string, double> rate_factors = {})
      : settings_(settings), rate_factors_(std::move(rate_factors)) {}

  /// One step on every tensor that has a gradient; clears the gradients. Returns the gradient's norm before clipping to
  /// `most` (0: no clipping). A gradient that is not finite changes nothing and is returned as it is.
  double step(TensorMap& parameters, double rate, double most = 0);

  /// Changes one tensor's factor from the next step on. Not part of state(): set it again after load_state().
  void set_rate_factor(const std::string& name, double factor) { rate_factors_[name] = factor; }

  TensorMap state() const;
  void load_state(const TensorMap& state);

 private:
  Settings settings_;
  std::map<std::string, double> rate_factors_;
  TensorMap mean_, square_;
  std::int64_t steps_ = 0;
};

}  // namespace octocal::train
