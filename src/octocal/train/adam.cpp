// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/adam.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <vector>

namespace octocal::train {

double Adam::step(TensorMap& parameters, double rate, double most) {
  const at::NoGradGuard no_gradients;
  double squares = 0;
  std::vector<at::Tensor> elsewhere;  // on a GPU each number fetched is a wait: fetch their sum
  for (const auto& [name, tensor] : parameters) {
    if (!tensor.grad().defined()) continue;
    const auto square = tensor.grad().square().sum();
    if (square.is_cpu())
      squares += square.item<double>();
    else
      elsewhere.push_back(square.to(at::kDouble));
  }
  if (!elsewhere.empty()) squares += at::stack(elsewhere).sum().item<double>();
  const double norm = std::sqrt(squares);
  if (std::isfinite(norm)) {
    ++steps_;
    const double shrink = most > 0 && norm > most ? most / norm : 1;
    const double correction1 = 1 - std::pow(settings_.beta1, static_cast<double>(steps_));
    const double correction2 = 1 - std::pow(settings_.beta2, static_cast<double>(steps_));
    for (auto& [name, tensor] : parameters) {
      if (!tensor.grad().defined()) continue;
      auto& mean = mean_[name];
      auto& square = square_[name];
      if (!mean.defined()) {
        mean = at::zeros_like(tensor);
        square = at::zeros_like(tensor);
      }
      if (mean.device() != tensor.device()) {  // as a checkpoint gave them
        mean = mean.to(tensor.device());
        square = square.to(tensor.device());
      }
      const auto gradient = tensor.grad() * shrink;
      mean.mul_(settings_.beta1).add_(gradient, 1 - settings_.beta1);
      square.mul_(settings_.beta2).addcmul_(gradient, gradient, 1 - settings_.beta2);
      const auto factor = rate_factors_.find(name);
      const double own_rate = factor == rate_factors_.end() ? rate : rate * factor->second;
      tensor.addcdiv_(mean, (square / correction2).sqrt_().add_(settings_.epsilon), -own_rate / correction1);
    }
  }
  for (auto& [name, tensor] : parameters) tensor.mutable_grad() = at::Tensor();
  return norm;
}

TensorMap Adam::state() const {
  TensorMap state{{"steps", at::tensor({steps_}, at::kLong)}};
  for (const auto& [name, tensor] : mean_) state["mean." + name] = tensor;
  for (const auto& [name, tensor] : square_) state["square." + name] = tensor;
  return state;
}

void Adam::load_state(const TensorMap& state) {
  mean_.clear();
  square_.clear();
  for (const auto& [name, tensor] : state) {
    if (name == "steps") steps_ = tensor.item<std::int64_t>();
    if (name.starts_with("mean.")) mean_[name.substr(5)] = tensor.clone();
    if (name.starts_with("square.")) square_[name.substr(7)] = tensor.clone();
  }
}

}  // namespace octocal::train
