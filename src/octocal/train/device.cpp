// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/device.hpp"

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include "octocal/base/error.hpp"

namespace octocal::train {

at::Device find_device(const std::string& text) {
  at::Device device(at::kCPU);
  try {
    device = at::Device(text);
  } catch (const c10::Error&) {
    throw bad_input(fmt::format("--device {}: not a device; give cpu, cuda or cuda:N", text));
  }
  if (device.is_cpu()) return device;
  if (!device.is_cuda()) throw bad_input(fmt::format("--device {}: not a device; give cpu, cuda or cuda:N", text));
  if (!at::globalContext().hasCUDA())
    throw bad_input(fmt::format(
        "--device {}: this libtorch finds no GPU (built without CUDA, no driver, or none visible); give --device cpu",
        text));
  try {
    at::empty({1}, at::TensorOptions().device(device));
  } catch (const c10::Error& error) {
    throw bad_input(
        fmt::format("--device {}: cannot be used ({}); give another", text, error.what_without_backtrace()));
  }
  return device;
}

void allow_tf32(bool allowed) {
  at::globalContext().setAllowTF32CuBLAS(allowed);
  at::globalContext().setAllowTF32CuDNN(allowed);
}

TensorMap move_to(const TensorMap& tensors, at::Device device) {
  const at::NoGradGuard no_gradients;
  TensorMap moved;
  for (const auto& [name, tensor] : tensors)
    moved[name] = tensor.device() == device ? tensor : tensor.to(device).set_requires_grad(tensor.requires_grad());
  return moved;
}

}  // namespace octocal::train
