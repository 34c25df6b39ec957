#include "octocal/train/layers.hpp"

#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/train/block_epilogue.hpp"
#include "octocal/train/spectral_convolution.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kTaps = 3;    // input pixels that one output phase can see, per axis
constexpr std::int64_t kKernel = 5;  // of the transposed convolutions

/// Which tap of the transposed kernel joins output phase r and the input pixel at offset e - 1; kKernel: none.
std::vector<std::int64_t> phase_taps(std::int64_t stride) {
  std::vector<std::int64_t> taps;
  for (std::int64_t phase = 0; phase < stride; ++phase)
    for (std::int64_t e = 0; e < kTaps; ++e) {
      const std::int64_t tap = phase + kUpsampleCropBefore - stride * (e - 1);
      taps.push_back(tap >= 0 && tap < kKernel ? tap : kKernel);
    }
  return taps;
}

/// Measured: below these sizes the transforms cost more than they save.
bool is_faster_spectral(const at::Tensor& image, const at::Tensor& weight) {
  return (weight.size(2) >= 4 || weight.size(0) >= 128) && spectral_fits(image, weight);
}

}  // namespace

at::Tensor convolve(const at::Tensor& image, const at::Tensor& weight, Padding padding) {
  if (is_faster_spectral(image, weight)) return spectral_convolve(image, weight, padding);
  if (padding.before == padding.after)
    return at::conv2d(image, weight, {}, 1, {padding.before, padding.before})
        .contiguous(at::MemoryFormat::ChannelsLast);
  const auto padded = at::constant_pad_nd(image, {padding.before, padding.after, padding.before, padding.after}, 0);
  return at::conv2d(padded, weight).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor upsample(const at::Tensor& image, const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride) {
  const auto in = weight.size(0);
  const auto out = weight.size(1);
  if (weight.size(2) != kKernel || weight.size(3) != kKernel || (stride != 2 && stride != 3))
    throw run_failed("upsample: only 5x5 kernels with stride 2 or 3 exist in this network");
  const auto taps = at::tensor(phase_taps(stride));
  const auto phases = at::constant_pad_nd(weight, {0, 1, 0, 1}, 0)
                          .index_select(2, taps)
                          .index_select(3, taps)
                          .view({in, out, stride, kTaps, stride, kTaps})
                          .permute({2, 4, 1, 0, 3, 5})
                          .reshape({stride * stride * out, in, kTaps, kTaps});
  const auto n = image.size(0);
  const auto height = image.size(2);
  const auto width = image.size(3);
  const auto fine = convolve(image, phases, {1, 1})
                        .permute({0, 2, 3, 1})
                        .view({n, height, width, stride, stride, out})
                        .permute({0, 1, 3, 2, 4, 5})
                        .reshape({n, stride * height, stride * width, out});
  return (fine + bias).permute({0, 3, 1, 2});
}

at::Tensor activate_and_normalise(const at::Tensor& image, const BlockNorm& norm, double slope) {
  const auto scale = norm.gamma / at::sqrt(norm.variance + norm.epsilon);
  const auto shift = norm.beta - norm.mean * scale;
  return block_epilogue(image, scale, shift, slope);
}

}  // namespace octocal::train
