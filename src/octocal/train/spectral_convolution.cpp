// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/spectral_convolution.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/constant_pad_nd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/train/spectral_product.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kLanes = 16;  // channels are padded to a multiple

std::int64_t whole_lanes(std::int64_t channels) { return (channels + kLanes - 1) / kLanes * kLanes; }

/// The last axis filled up with zeros.
at::Tensor padded_last(const at::Tensor& tensor, std::int64_t size) {
  const auto missing = size - tensor.size(-1);
  return missing == 0 ? tensor.contiguous() : at::constant_pad_nd(tensor, {0, missing}, 0);
}

/// (O, I, K, K) to (K, K, first, last) with both channel axes in whole lanes.
at::Tensor taps_of(const at::Tensor& weight, bool inputs_first) {
  const auto taps = inputs_first ? weight.permute({2, 3, 1, 0}) : weight.permute({2, 3, 0, 1});
  const auto first = whole_lanes(taps.size(2));
  const auto last = whole_lanes(taps.size(3));
  if (first == taps.size(2) && last == taps.size(3)) return taps.contiguous();
  return at::constant_pad_nd(taps, {0, last - taps.size(3), 0, first - taps.size(2)}, 0).contiguous();
}

SpectralSizes padded_sizes(at::IntArrayRef image, at::IntArrayRef weight, Padding padding, Precision precision) {
  auto sizes = spectral_sizes(image, weight, padding, precision);
  sizes.in = whole_lanes(sizes.in);
  sizes.out = whole_lanes(sizes.out);
  return sizes;
}

class SpectralConvolution : public torch::autograd::Function<SpectralConvolution> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& image,
                            const at::Tensor& weight, std::int64_t before, std::int64_t after, std::int64_t precision) {
    const auto sizes = padded_sizes(image.sizes(), weight.sizes(), {before, after}, static_cast<Precision>(precision));
    const auto result =
        spectral_forward(sizes, padded_last(image.permute({0, 2, 3, 1}), sizes.in), taps_of(weight, true));
    context->save_for_backward({result.spectrum, weight});
    context->saved_data["padding"] = std::vector<std::int64_t>{before, after};
    context->saved_data["precision"] = precision;
    context->saved_data["image"] = image.sizes().vec();
    return result.pixels.narrow(3, 0, weight.size(0)).permute({0, 3, 1, 2});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto& weight = saved[1];
    const auto padding = context->saved_data["padding"].toIntVector();
    const auto precision = static_cast<Precision>(context->saved_data["precision"].toInt());
    const bool for_image = context->needs_input_grad(0);
    const bool for_weight = context->needs_input_grad(1);
    if (at::GradMode::is_enabled()) {
      if (for_weight)
        throw run_failed(
            "spectral convolution: the gradient of a weight's gradient was asked for (only the image's gradient can be "
            "differentiated again); take gradients of gradients for the image alone");
      return {gradient_with_graph(gradients[0], weight, {padding[0], padding[1]}, precision), {}, {}, {}, {}};
    }
    const auto image_sizes = context->saved_data["image"].toIntVector();
    const auto sizes = padded_sizes(image_sizes, weight.sizes(), {padding[0], padding[1]}, precision);
    auto computed =
        spectral_backward(sizes, padded_last(gradients[0].permute({0, 2, 3, 1}), sizes.out),
                          for_image ? taps_of(weight, false) : at::Tensor(), for_weight ? saved[0] : at::Tensor());
    if (for_image) computed.pixels = computed.pixels.narrow(3, 0, weight.size(1)).permute({0, 3, 1, 2});
    if (for_weight)
      computed.weight = computed.weight.narrow(2, 0, weight.size(1)).narrow(3, 0, weight.size(0)).permute({3, 2, 0, 1});
    return {computed.pixels, computed.weight, {}, {}, {}};
  }

 private:
  /// The image's gradient as a convolution of its own, so that it has gradients too.
  static at::Tensor gradient_with_graph(const at::Tensor& gradient, const at::Tensor& weight, Padding padding,
                                        Precision precision) {
    const auto turned = weight.transpose(0, 1).flip({2, 3});
    const auto reach = weight.size(2) - 1;
    const PrecisionGuard guard(precision);
    return spectral_convolve(gradient, turned, {reach - padding.before, reach - padding.after});
  }
};

}  // namespace

at::Tensor spectral_convolve(const at::Tensor& image, const at::Tensor& weight, Padding padding) {
  return SpectralConvolution::apply(image, weight, padding.before, padding.after,
                                    static_cast<std::int64_t>(current_precision()));
}

bool spectral_fits(const at::Tensor& image, const at::Tensor& weight) {
  return image.size(2) == image.size(3) && weight.size(2) == weight.size(3) && image.size(2) >= weight.size(2) &&
         image.scalar_type() == at::kFloat && image.is_cpu();
}

}  // namespace octocal::train
