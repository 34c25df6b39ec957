// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace octocal::train {

/// Tensors by name, in the order of their names: parameters, gradients, moments of the optimiser.
using TensorMap = std::map<std::string, at::Tensor>;

/// Deep copy without gradients.
inline TensorMap clone_values(const TensorMap& tensors) {
  TensorMap copy;
  for (const auto& [name, tensor] : tensors) copy[name] = tensor.detach().clone();
  return copy;
}

/// Sum of the elements of all tensors that are trained.
inline std::int64_t trainable_elements(const TensorMap& tensors) {
  std::int64_t sum = 0;
  for (const auto& [name, tensor] : tensors)
    if (tensor.requires_grad()) sum += tensor.numel();
  return sum;
}

}  // namespace octocal::train
