// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/layers.hpp"

#include <ATen/ATen.h>

#include <vector>

#include "octocal/train/leaky_affine.hpp"
#include "octocal/train/precision.hpp"
#include "octocal/train/spectral_convolution.hpp"

namespace octocal::train {
namespace {

/// One axis of an upsampling in sub-pixel form: which tap of the transposed kernel joins output phase r and the input
/// pixel at offset e - padding.before.
struct Phases {
  std::int64_t count = 0;         ///< input pixels that one output phase can see
  Padding padding;                ///< that the convolution needs for them
  std::vector<std::int64_t> tap;  ///< (stride, count); kernel: none
};

Phases phases_of(std::int64_t kernel, std::int64_t stride) {
  const std::int64_t crop = (kernel - stride) / 2;
  Phases phases;
  // Output phase r at input pixel i is output pixel stride i + r; tap t of input pixel i + o lands there if
  // stride o + t - crop = r.
  phases.padding = {(kernel - 1 - crop) / stride, (stride - 1 + crop) / stride};
  phases.count = phases.padding.before + 1 + phases.padding.after;
  for (std::int64_t phase = 0; phase < stride; ++phase)
    for (std::int64_t e = 0; e < phases.count; ++e) {
      const std::int64_t tap = phase + crop - stride * (e - phases.padding.before);
      phases.tap.push_back(tap >= 0 && tap < kernel ? tap : kernel);
    }
  return phases;
}

/// Measured (docs/training-speed.md): below these sizes the transforms cost more than they save.
bool is_faster_spectral(const at::Tensor& image, const at::Tensor& weight) {
  const auto kernel = weight.size(2);
  const bool large = image.size(2) > 8 && weight.size(1) >= 16 && kernel > 2;
  const bool worth = kernel >= 4 || weight.size(0) >= 128 || current_precision() == Precision::kBf16;
  return large && worth && spectral_fits(image, weight);
}

/// libtorch's own convolution without padding. On a GPU bfloat16 is a cast; on a CPU, where oneDNN's bfloat16 gained
/// nothing at the sizes that are left for it, such layers stay float32.
at::Tensor direct(const at::Tensor& image, const at::Tensor& weight, at::IntArrayRef padding) {
  if (current_precision() == Precision::kBf16 && image.is_cuda())
    return at::conv2d(image.to(at::kBFloat16), weight.to(at::kBFloat16), {}, 1, padding).to(at::kFloat);
  return at::conv2d(image, weight, {}, 1, padding);
}

}  // namespace

at::Tensor convolve(const at::Tensor& image, const at::Tensor& weight, Padding padding) {
  if (is_faster_spectral(image, weight)) return spectral_convolve(image, weight, padding);
  if (padding.before == padding.after)
    return direct(image, weight, {padding.before, padding.before}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto padded = at::constant_pad_nd(image, {padding.before, padding.after, padding.before, padding.after}, 0);
  return direct(padded, weight, {0, 0}).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor convolve(const at::Tensor& image, const at::Tensor& weight, Padding rows, Padding columns) {
  if (rows.before == columns.before && rows.after == columns.after) return convolve(image, weight, rows);
  const auto padded = at::constant_pad_nd(image, {columns.before, columns.after, rows.before, rows.after}, 0);
  return direct(padded, weight, {0, 0}).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor upsample(const at::Tensor& image, const at::Tensor& weight, const at::Tensor& bias, Stride stride) {
  const auto in = weight.size(0);
  const auto out = weight.size(1);
  const auto rows = phases_of(weight.size(2), stride.rows);
  const auto columns = phases_of(weight.size(3), stride.columns);
  const auto taps = [&](const Phases& phases) { return at::tensor(phases.tap).to(weight.device()); };
  const auto phases = at::constant_pad_nd(weight, {0, 1, 0, 1}, 0)
                          .index_select(2, taps(rows))
                          .index_select(3, taps(columns))
                          .view({in, out, stride.rows, rows.count, stride.columns, columns.count})
                          .permute({2, 4, 1, 0, 3, 5})
                          .reshape({stride.rows * stride.columns * out, in, rows.count, columns.count});
  const auto n = image.size(0);
  const auto height = image.size(2);
  const auto width = image.size(3);
  const auto fine = convolve(image, phases, rows.padding, columns.padding)
                        .permute({0, 2, 3, 1})
                        .view({n, height, width, stride.rows, stride.columns, out})
                        .permute({0, 1, 3, 2, 4, 5})
                        .reshape({n, stride.rows * height, stride.columns * width, out});
  return (fine + bias).permute({0, 3, 1, 2});
}

at::Tensor taps_outermost(const at::Tensor& weight) {
  if (weight.dim() != 4) return weight;
  return weight.permute({2, 3, 1, 0}).contiguous().permute({3, 2, 0, 1});
}

at::Tensor activate_and_normalise(const at::Tensor& image, const BlockNorm& norm, double slope) {
  const auto scale = norm.gamma / at::sqrt(norm.variance + norm.epsilon);
  const auto shift = norm.beta - norm.mean * scale;
  return leaky_affine(image, scale, shift, slope);
}

}  // namespace octocal::train
