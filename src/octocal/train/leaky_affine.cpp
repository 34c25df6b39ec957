// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/leaky_affine.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "octocal/base/machine.hpp"
#include "octocal/train/kernels/leaky_affine.hpp"

namespace octocal::train {
namespace {

class LeakyAffine : public torch::autograd::Function<LeakyAffine> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& image, const at::Tensor& scale,
                            const at::Tensor& shift, double slope) {
    const auto pixels = image.permute({0, 2, 3, 1}).contiguous();
    const auto n = pixels.size(0);
    const auto channels = pixels.size(3);
    const auto step = pixels.size(1) * pixels.size(2);
    auto out = at::empty_like(pixels);
    context->save_for_backward({pixels, scale});
    context->saved_data["slope"] = slope;
    const auto isa = machine_isa();
    at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
      kernels::epilogue_forward(pixels.data_ptr<float>() + first * step * channels,
                                static_cast<std::size_t>((last - first) * step), static_cast<std::size_t>(channels),
                                scale.data_ptr<float>(), shift.data_ptr<float>(), static_cast<float>(slope),
                                out.data_ptr<float>() + first * step * channels, isa);
    });
    return out.permute({0, 3, 1, 2});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto& pixels = saved[0];
    const auto& scale = saved[1];
    if (at::GradMode::is_enabled())
      return with_graph(gradients[0], pixels.permute({0, 3, 1, 2}), scale, context->saved_data["slope"].toDouble());
    const auto isa = machine_isa();
    const auto slope = static_cast<float>(context->saved_data["slope"].toDouble());
    const auto gradient = gradients[0].permute({0, 2, 3, 1}).contiguous();
    const auto n = pixels.size(0);
    const auto channels = pixels.size(3);
    const auto step = pixels.size(1) * pixels.size(2);
    auto image_gradient = at::empty_like(pixels);
    auto scale_gradient = at::zeros({n, channels}, at::kFloat);  // one row a shower: the sum has the same order always
    auto shift_gradient = at::zeros({n, channels}, at::kFloat);
    at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        kernels::epilogue_backward(
            pixels.data_ptr<float>() + i * step * channels, gradient.data_ptr<float>() + i * step * channels,
            static_cast<std::size_t>(step), static_cast<std::size_t>(channels), scale.data_ptr<float>(), slope,
            image_gradient.data_ptr<float>() + i * step * channels, scale_gradient.data_ptr<float>() + i * channels,
            shift_gradient.data_ptr<float>() + i * channels, isa);
    });
    return {image_gradient.permute({0, 3, 1, 2}), scale_gradient.sum(0), shift_gradient.sum(0), at::Tensor()};
  }

 private:
  /// The same gradients in operations that have gradients themselves.
  static torch::autograd::variable_list with_graph(const at::Tensor& gradient, const at::Tensor& image,
                                                   const at::Tensor& scale, double slope) {
    const auto factor = at::where(image < 0, at::full_like(image, slope), at::ones_like(image));
    const auto activated_gradient = gradient * factor;
    return {activated_gradient * scale.view({1, -1, 1, 1}), (activated_gradient * image).sum({0, 2, 3}),
            gradient.sum({0, 2, 3}), at::Tensor()};
  }
};

}  // namespace

at::Tensor leaky_affine(const at::Tensor& image, const at::Tensor& scale, const at::Tensor& shift, double slope) {
  if (!image.is_cpu())  // the kernels are for CPUs
    return at::leaky_relu(image, slope) * scale.view({1, -1, 1, 1}) + shift.view({1, -1, 1, 1});
  return LeakyAffine::apply(image, scale, shift, slope);
}

}  // namespace octocal::train
