// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/layers.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <array>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/train/leaky_affine.hpp"
#include "octocal/train/precision.hpp"
#include "octocal/train/spectral_convolution.hpp"
#include "unit/train/capped_isa.hpp"

namespace octocal::train {
namespace {

at::Tensor numbers(at::IntArrayRef shape, double step) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return at::sin(at::arange(count, at::kDouble) * step).view(shape).to(at::kFloat);
}

at::Tensor layer_noise(at::IntArrayRef shape, std::uint64_t seed) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  std::vector<float> values(static_cast<std::size_t>(count));
  normals(seed, Draw::kTraining, 0, values);
  return at::tensor(values).view(shape);
}

at::Tensor variable(const at::Tensor& values) { return values.clone().set_requires_grad(true); }

/// Largest difference over the largest value.
double relative(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

struct Case {
  std::int64_t in, out, kernel, side;
  Padding padding;
};

/// libtorch's own convolution on an image padded by hand: the oracle.
at::Tensor plain(const at::Tensor& image, const at::Tensor& weight, Padding p) {
  return at::conv2d(at::constant_pad_nd(image, {p.before, p.after, p.before, p.after}), weight);
}

/// Largest relative differences of result and gradients from the direct convolution's.
void expect_equals_direct(const Case& c, Precision precision, double tolerance) {
  SCOPED_TRACE(::testing::Message() << c.kernel << "x" << c.kernel << " on " << c.side);
  const auto image = layer_noise({2, c.in, c.side, c.side}, 1);
  const auto weight = layer_noise({c.out, c.in, c.kernel, c.kernel}, 2);
  const auto x1 = variable(image), x2 = variable(image), w1 = variable(weight), w2 = variable(weight);
  ASSERT_TRUE(spectral_fits(x1, w1));
  at::Tensor y1;
  {
    const PrecisionGuard guard(precision);
    y1 = spectral_convolve(x1, w1, c.padding);
  }
  const auto y2 = plain(x2, w2, c.padding);
  ASSERT_EQ(y1.sizes(), y2.sizes());
  EXPECT_LT(relative(y1, y2), tolerance);
  const auto gradient = layer_noise(y2.sizes(), 3);
  torch::autograd::backward({y1}, {gradient});
  torch::autograd::backward({y2}, {gradient});
  EXPECT_LT(relative(x1.grad(), x2.grad()), tolerance);
  EXPECT_LT(relative(w1.grad(), w2.grad()), tolerance);
}

constexpr std::array<Case, 7> kCases = {{{64, 64, 8, 30, {3, 4}},
                                         {32, 64, 5, 30, {0, 0}},
                                         {64, 64, 5, 15, {2, 2}},
                                         {64, 32, 4, 26, {1, 2}},
                                         {25, 9, 8, 25, {3, 4}},
                                         {5, 32, 5, 5, {2, 2}},
                                         {16, 48, 3, 9, {1, 1}}}};

TEST(SpectralConvolution, EqualsTheDirectOneWithItsGradients) {
  for (const auto& c : kCases) expect_equals_direct(c, Precision::kFloat32, 2e-5);
}

TEST(SpectralConvolution, InBfloat16IsOffByItsRoundingAlone) {
  for (const auto& c : kCases) expect_equals_direct(c, Precision::kBf16, 1e-2);
  const auto image = numbers({1, 16, 9, 9}, 0.73), weight = numbers({16, 16, 3, 3}, 1.31);
  const PrecisionGuard guard(Precision::kBf16);
  EXPECT_GT(relative(spectral_convolve(image, weight, {1, 1}), plain(image, weight, {1, 1})), 1e-5);  // it did round
}

TEST(SpectralConvolution, FollowsTheCapOfInstructionSets) {
  std::vector<at::Tensor> results;
  for (const auto isa : usable_isas()) {
    const CappedIsa cap(isa);
    SCOPED_TRACE(isa_name(isa));
    expect_equals_direct(kCases[5], Precision::kFloat32, 2e-5);
    expect_equals_direct(kCases[5], Precision::kBf16, 1e-2);
    results.push_back(spectral_convolve(layer_noise({1, 16, 9, 9}, 1), layer_noise({16, 16, 3, 3}, 2), {1, 1}));
  }
  if (results.size() > 1) {
    EXPECT_FALSE(at::equal(results[0], results[1]));  // without and with fused multiply-adds
  }
}

/// An R1 penalty: the squared gradient of a block's sum at its image, differentiated by the weights.
TEST(SpectralConvolution, HasGradientsOfTheImagesGradient) {
  const auto image = numbers({2, 16, 12, 12}, 0.73), weight = numbers({32, 16, 4, 4}, 1.31) * 0.1;
  const auto scale = numbers({32}, 0.3) + 1.5, shift = numbers({32}, 0.5);
  const auto penalty = [&](const at::Tensor& w, const at::Tensor& s, bool spectral) {
    const auto x = variable(image);
    const auto y = spectral
                       ? leaky_affine(spectral_convolve(x, w, {1, 2}), s, shift, 0.3)
                       : at::leaky_relu(plain(x, w, {1, 2}), 0.3) * s.view({1, -1, 1, 1}) + shift.view({1, -1, 1, 1});
    const auto gradient = torch::autograd::grad({y.square().sum()}, {x}, {}, true, true);
    return gradient[0].square().sum();
  };
  const auto w1 = variable(weight), w2 = variable(weight), s1 = variable(scale), s2 = variable(scale);
  torch::autograd::backward({penalty(w1, s1, true)}, {});
  torch::autograd::backward({penalty(w2, s2, false)}, {});
  EXPECT_LT(relative(w1.grad(), w2.grad()), 1e-4);
  EXPECT_LT(relative(s1.grad(), s2.grad()), 1e-4);
}

TEST(TapsOutermost, ChangesTheMemoryAlone) {
  const auto weight = numbers({3, 2, 4, 5}, 0.7);
  const auto turned = taps_outermost(weight);
  EXPECT_TRUE(at::equal(turned, weight));
  EXPECT_TRUE(turned.permute({2, 3, 1, 0}).is_contiguous());
}

TEST(Convolve, PadsOneMoreAfterThanBeforeWhereKerasDoes) {
  auto image = at::zeros({1, 1, 6, 6});
  image[0][0][2][2] = 1;
  const auto weight = at::arange(16, at::kFloat).view({1, 1, 4, 4});
  const auto out = convolve(image, weight, {1, 2});
  EXPECT_EQ(out.sizes(), at::IntArrayRef({1, 1, 6, 6}));
  // Cross-correlation: tap (q, r) moves the pixel (2, 2) to (2 + 1 - q, 2 + 1 - r).
  EXPECT_EQ(out[0][0][3][3].item<float>(), 0);
  EXPECT_EQ(out[0][0][0][0].item<float>(), 15);
  EXPECT_EQ(out[0][0][2][1].item<float>(), 6);
}

TEST(Upsample, EqualsTheTransposedConvolutionCroppedAsKerasDoes) {
  for (const std::int64_t stride : {2, 3}) {
    SCOPED_TRACE(stride);
    const std::int64_t side = stride == 2 ? 15 : 5;
    const auto image = numbers({2, 32, side, side}, 0.61);
    const auto weight = numbers({32, 64, 5, 5}, 1.17);
    const auto bias = numbers({64}, 0.9);
    const auto x1 = variable(image), x2 = variable(image), w1 = variable(weight), w2 = variable(weight);
    const auto ours = upsample(x1, w1, bias, {stride, stride});
    const auto full = at::conv_transpose2d(x2, w2, bias, stride);  // stride (side - 1) + 5 pixels
    const auto wanted = full.narrow(2, 1, stride * side).narrow(3, 1, stride * side);
    ASSERT_EQ(ours.sizes(), wanted.sizes());
    EXPECT_LT(relative(ours, wanted), 2e-5);
    const auto gradient = numbers(wanted.sizes(), 0.29);
    torch::autograd::backward({ours}, {gradient});
    torch::autograd::backward({wanted}, {gradient});
    EXPECT_LT(relative(x1.grad(), x2.grad()), 2e-5);
    EXPECT_LT(relative(w1.grad(), w2.grad()), 2e-5);
  }
}

TEST(Upsample, TakesAnyKernelAndStrideAlongEachAxis) {
  struct Shape {
    std::int64_t kernel_rows, kernel_columns, stride_rows, stride_columns;
  };
  const std::array<Shape, 5> shapes = {{{5, 5, 3, 2}, {4, 4, 2, 2}, {3, 7, 1, 4}, {2, 3, 2, 3}, {6, 1, 5, 1}}};
  for (const auto& s : shapes) {
    SCOPED_TRACE(::testing::Message() << s.kernel_rows << 'x' << s.kernel_columns << " stride " << s.stride_rows << ", "
                                      << s.stride_columns);
    const auto image = numbers({2, 3, 4, 5}, 0.61);
    const auto weight = numbers({3, 4, s.kernel_rows, s.kernel_columns}, 1.17);
    const auto bias = numbers({4}, 0.9);
    const auto ours = upsample(image, weight, bias, {s.stride_rows, s.stride_columns});
    const auto full = at::conv_transpose2d(image, weight, bias, {s.stride_rows, s.stride_columns});
    const auto wanted = full.narrow(2, (s.kernel_rows - s.stride_rows) / 2, 4 * s.stride_rows)
                            .narrow(3, (s.kernel_columns - s.stride_columns) / 2, 5 * s.stride_columns);
    ASSERT_EQ(ours.sizes(), wanted.sizes());
    EXPECT_LT(relative(ours, wanted), 2e-5);
  }
}

TEST(LeakyAffine, EqualsTheOpsOneByOneWithTheirGradients) {
  const auto image = numbers({3, 25, 7, 7}, 0.77);
  const auto scale = numbers({25}, 0.3) + 1.5, shift = numbers({25}, 0.5);
  const auto x1 = variable(image), s1 = variable(scale), b1 = variable(shift);
  const auto x2 = variable(image), s2 = variable(scale), b2 = variable(shift);
  const auto ours = leaky_affine(x1, s1, b1, 0.3);
  const auto plain_ops = at::leaky_relu(x2, 0.3) * s2.view({1, -1, 1, 1}) + b2.view({1, -1, 1, 1});
  EXPECT_LT(relative(ours, plain_ops), 1e-6);
  const auto gradient = numbers(plain_ops.sizes(), 0.41);
  torch::autograd::backward({ours}, {gradient});
  torch::autograd::backward({plain_ops}, {gradient});
  EXPECT_LT(relative(x1.grad(), x2.grad()), 1e-6);
  EXPECT_LT(relative(s1.grad(), s2.grad()), 1e-5);
  EXPECT_LT(relative(b1.grad(), b2.grad()), 1e-5);
}

}  // namespace
}  // namespace octocal::train
