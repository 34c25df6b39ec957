// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// "cpu", "cuda" or "cuda:N". Errors: bad_input for another text, or where this libtorch finds no such GPU.
at::Device find_device(const std::string& text);

/// Whether float32 products on a GPU may round their factors to TF32 (10 bits of mantissa), for the whole process.
void allow_tf32(bool allowed);

/// The tensors on a device, trained ones still trained. Those that are there already are shared.
TensorMap move_to(const TensorMap& tensors, at::Device device);

}  // namespace octocal::train
