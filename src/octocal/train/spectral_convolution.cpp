#include "octocal/train/spectral_convolution.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "octocal/train/kernels/fourier_transform.hpp"
#include "octocal/train/kernels/panel_product.hpp"

namespace octocal::train {
namespace {

using kernels::FourierTransform;
using kernels::multiply;
using kernels::Store;

/// Sizes of one convolution; spectra are (frequency, shower or input channel, real | imaginary, channel).
struct Sizes {
  std::int64_t n, in, out, kernel, side, out_side, pad;
  std::size_t length;
};

Sizes sizes_of(const at::Tensor& image, const at::Tensor& weight, Padding padding) {
  Sizes s{};
  s.n = image.size(0);
  s.in = weight.size(1);
  s.out = weight.size(0);
  s.kernel = weight.size(2);
  s.side = image.size(2);
  s.pad = padding.before;
  s.out_side = s.side + padding.before + padding.after - s.kernel + 1;
  // The circle must be so long that what wraps around meets only zeros or pixels that are not wanted.
  const auto reach = std::max(s.side + padding.before, s.out_side + s.kernel - 1 - padding.before);
  s.length = static_cast<std::size_t>(reach + reach % 2);
  return s;
}

/// Spectra (f, n, 2, c) of images (n, side, side, c).
at::Tensor transform_images(const FourierTransform& transform, const at::Tensor& image) {
  const auto n = image.size(0);
  const auto channels = image.size(3);
  const auto frequencies = static_cast<std::int64_t>(transform.frequencies());
  auto spectrum = at::empty({frequencies, n, 2, channels}, at::kFloat);
  const float* from = image.data_ptr<float>();
  float* to = spectrum.data_ptr<float>();
  const auto pixels = image.size(1) * image.size(2);
  at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> scratch(transform.scratch(static_cast<std::size_t>(channels)));
    for (std::int64_t i = first; i < last; ++i)
      transform.forward(from + i * pixels * channels, channels, static_cast<std::size_t>(channels),
                        to + i * 2 * channels, to + (i * 2 + 1) * channels, n * 2 * channels, scratch.data());
  });
  return spectrum;
}

at::Tensor transform_back(const FourierTransform& transform, const at::Tensor& spectrum) {
  const auto n = spectrum.size(1);
  const auto channels = spectrum.size(3);
  const auto side = static_cast<std::int64_t>(transform.side());
  auto image = at::empty({n, side, side, channels}, at::kFloat);
  const float* from = spectrum.data_ptr<float>();
  float* to = image.data_ptr<float>();
  at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> scratch(transform.scratch(static_cast<std::size_t>(channels)));
    for (std::int64_t i = first; i < last; ++i)
      transform.backward(from + i * 2 * channels, from + (i * 2 + 1) * channels, n * 2 * channels,
                         static_cast<std::size_t>(channels), to + i * side * side * channels, channels, scratch.data());
  });
  return image;
}

/// Spectra (f, 2, a, b) of weights given as (K, K, a, b); conjugated, they multiply images.
at::Tensor transform_weights(const FourierTransform& transform, const at::Tensor& weight) {
  const auto a = weight.size(2);
  const auto b = weight.size(3);
  auto spectrum = at::empty({static_cast<std::int64_t>(transform.frequencies()), 2, a, b}, at::kFloat);
  std::vector<float> scratch(transform.scratch(static_cast<std::size_t>(a * b)));
  float* to = spectrum.data_ptr<float>();
  transform.forward(weight.data_ptr<float>(), a * b, static_cast<std::size_t>(a * b), to, to + a * b, 2 * a * b,
                    scratch.data());
  return spectrum;
}

/// result[f] = images[f] conj(weights[f]) or, for the gradient, images[f] weights[f] (weights transposed by the
/// caller).
at::Tensor multiply_spectra(const at::Tensor& images, const at::Tensor& weights, bool conjugate) {
  const auto n = images.size(1);
  const auto in = weights.size(2);
  const auto out = weights.size(3);
  auto result = at::empty({images.size(0), n, 2, out}, at::kFloat);
  at::parallel_for(0, images.size(0), 16, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t f = first; f < last; ++f) {
      const float* x = images.data_ptr<float>() + f * n * 2 * in;
      const float* w = weights.data_ptr<float>() + f * 2 * in * out;
      float* y = result.data_ptr<float>() + f * n * 2 * out;
      const auto product = [&](const float* a, const float* b, float* c, Store store) {
        multiply({static_cast<std::size_t>(n), static_cast<std::size_t>(in), static_cast<std::size_t>(out), a, 2 * in,
                  1, b, out, c, 2 * out, store});
      };
      product(x, w, y, Store::kOverwrite);
      product(x + in, w + in * out, y, conjugate ? Store::kAdd : Store::kSubtract);
      product(x + in, w, y + out, Store::kOverwrite);
      product(x, w + in * out, y + out, conjugate ? Store::kSubtract : Store::kAdd);
    }
  });
  return result;
}

/// (f, 2, in, out): sum over showers of images conj(gradients).
at::Tensor correlate_spectra(const at::Tensor& images, const at::Tensor& gradients) {
  const auto n = images.size(1);
  const auto in = images.size(3);
  const auto out = gradients.size(3);
  auto result = at::empty({images.size(0), 2, in, out}, at::kFloat);
  at::parallel_for(0, images.size(0), 16, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t f = first; f < last; ++f) {
      const float* x = images.data_ptr<float>() + f * n * 2 * in;
      const float* g = gradients.data_ptr<float>() + f * n * 2 * out;
      float* d = result.data_ptr<float>() + f * 2 * in * out;
      const auto product = [&](const float* a, const float* b, float* c, Store store) {
        multiply({static_cast<std::size_t>(in), static_cast<std::size_t>(n), static_cast<std::size_t>(out), a, 1,
                  2 * in, b, 2 * out, c, out, store});
      };
      product(x, g, d, Store::kOverwrite);
      product(x + in, g + out, d, Store::kAdd);
      product(x + in, g, d + in * out, Store::kOverwrite);
      product(x, g + out, d + in * out, Store::kSubtract);
    }
  });
  return result;
}

class SpectralConvolution : public torch::autograd::Function<SpectralConvolution> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& image,
                            const at::Tensor& weight, std::int64_t before, std::int64_t after) {
    const auto s = sizes_of(image, weight, {before, after});
    const FourierTransform images(s.length, static_cast<std::size_t>(s.side), 0);
    const FourierTransform weights(s.length, static_cast<std::size_t>(s.kernel), -s.pad);
    const FourierTransform results(s.length, static_cast<std::size_t>(s.out_side), 0);
    const auto spectrum = transform_images(images, image.permute({0, 2, 3, 1}).contiguous());
    const auto factors = transform_weights(weights, weight.permute({2, 3, 1, 0}).contiguous());
    context->save_for_backward({spectrum, weight});
    context->saved_data["padding"] = std::vector<std::int64_t>{before, after};
    context->saved_data["image"] = image.sizes().vec();
    return transform_back(results, multiply_spectra(spectrum, factors, true)).permute({0, 3, 1, 2});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto& spectrum = saved[0];
    const auto& weight = saved[1];
    const auto padding = context->saved_data["padding"].toIntVector();
    const auto image_sizes = context->saved_data["image"].toIntVector();
    const auto s = sizes_of(at::empty(image_sizes, at::kMeta), weight, {padding[0], padding[1]});
    const FourierTransform results(s.length, static_cast<std::size_t>(s.out_side), 0);
    const auto gradient = transform_images(results, gradients[0].permute({0, 2, 3, 1}).contiguous());

    const FourierTransform weights(s.length, static_cast<std::size_t>(s.kernel), -s.pad);
    at::Tensor image_gradient, weight_gradient;
    if (context->needs_input_grad(0)) {
      const FourierTransform images(s.length, static_cast<std::size_t>(s.side), 0);
      const auto factors = transform_weights(weights, weight.permute({2, 3, 0, 1}).contiguous());
      image_gradient = transform_back(images, multiply_spectra(gradient, factors, false)).permute({0, 3, 1, 2});
    }
    if (context->needs_input_grad(1)) {
      const auto products = correlate_spectra(spectrum, gradient);
      auto turned = at::empty({s.kernel, s.kernel, s.in, s.out}, at::kFloat);
      const auto channels = s.in * s.out;
      std::vector<float> scratch(weights.scratch(static_cast<std::size_t>(channels)));
      weights.backward(products.data_ptr<float>(), products.data_ptr<float>() + channels, 2 * channels,
                       static_cast<std::size_t>(channels), turned.data_ptr<float>(), channels, scratch.data());
      weight_gradient = turned.permute({3, 2, 0, 1}).contiguous();
    }
    return {image_gradient, weight_gradient, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor spectral_convolve(const at::Tensor& image, const at::Tensor& weight, Padding padding) {
  return SpectralConvolution::apply(image, weight, padding.before, padding.after);
}

bool spectral_fits(const at::Tensor& image, const at::Tensor& weight) {
  return weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0 && image.size(2) == image.size(3) && image.size(2) > 8 &&
         weight.size(2) > 2 && image.scalar_type() == at::kFloat && image.is_cpu();
}

}  // namespace octocal::train
