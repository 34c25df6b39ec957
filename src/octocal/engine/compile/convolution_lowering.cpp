// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/convolution_lowering.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "octocal/base/expect.hpp"
#include "octocal/engine/compile/tap_sums.hpp"

namespace octocal::engine {
namespace {

constexpr std::int64_t kJoinedStep = 16;  // channels that joined taps are filled up to a multiple of
constexpr std::int64_t kJoinedMost = 32;  // channels of taps that are joined along both axes

ConvolutionSpec shape_of(const ConvolutionBlock& block) {
  const auto& g = block.geometry;
  ConvolutionSpec spec;
  spec.layer = block.convolution->name;
  spec.transposed = g.transposed;
  spec.groups = g.groups;
  spec.input_channels = g.input_channels;
  spec.output_channels = g.output_channels;
  spec.z = {g.input[0], g.output[0], g.kernel[0], g.stride[0], g.dilation[0], g.pad_begin[0]};
  spec.y = {g.input[1], g.output[1], g.kernel[1], g.stride[1], g.dilation[1], g.pad_begin[1]};
  spec.x = {g.input[2], g.output[2], g.kernel[2], g.stride[2], g.dilation[2], g.pad_begin[2]};
  const std::array<ConvolutionSpec::Axis*, 3> axes = {&spec.z, &spec.y, &spec.x};
  for (std::size_t i = 0; i < 3; ++i) {
    axes[i]->repeat = block.repeats[i];
    axes[i]->input /= block.repeats[i];
  }
  return spec;
}

/// u8 or u16 = t / scale + zero_point, folded into what is there: the factor and the shift that the numbers before the first
/// post-op take. LeakyReLU commutes with a positive factor, so the factor goes there unless an affine can take it.
struct FoldedQuantization {
  double factor = 1;
  double shift = 0;
};
FoldedQuantization fold_quantization(std::vector<PostOp>& post_ops, const Quantization& to, std::size_t channels) {
  const double factor = 1.0 / static_cast<double>(to.scale);
  const auto zero_point = static_cast<double>(to.zero_point);
  if (post_ops.empty()) return {factor, zero_point};
  if (post_ops.back().is_affine) {
    auto& last = post_ops.back();
    if (last.gain.empty()) last.gain.assign(channels, 1.0F);
    for (float& gain : last.gain) gain = static_cast<float>(static_cast<double>(gain) * factor);
    for (float& shift : last.shift) shift = static_cast<float>(static_cast<double>(shift) * factor + zero_point);
    return {};
  }
  const bool affine_before =
      std::any_of(post_ops.begin(), post_ops.end(), [](const PostOp& op) { return op.is_affine; });
  if (affine_before || to.zero_point != 0) {
    PostOp last;
    last.is_affine = true;
    last.shift.assign(channels, static_cast<float>(to.zero_point));
    if (affine_before) last.gain.assign(channels, static_cast<float>(factor));
    post_ops.push_back(std::move(last));
  }
  return {affine_before ? 1.0 : factor, 0.0};
}

}  // namespace

ConvolutionSpec float32_convolution(const ConvolutionBlock& block) {
  auto spec = shape_of(block);
  spec.weights_float32 = block.weights.float32();
  spec.offset = block.bias;
  spec.post_ops = block.post_ops;
  return spec;
}

ConvolutionSpec integer_convolution(const ConvolutionBlock& block, const Quantization& source,
                                    const std::optional<Quantization>& destination) {
  OCTOCAL_EXPECT(!block.weights.integer.empty());
  auto spec = shape_of(block);
  const auto channels = static_cast<std::size_t>(spec.output_channels);
  spec.source_element = source.element;
  spec.destination_element = destination ? destination->element : Element::kFloat32;
  spec.weights_integer = block.weights.integer;
  spec.post_ops = block.post_ops;

  FoldedQuantization folded;
  if (destination) folded = fold_quantization(spec.post_ops, *destination, channels);
  std::vector<double> scale(channels);
  for (std::size_t c = 0; c < channels; ++c)
    scale[c] = static_cast<double>(source.scale) * static_cast<double>(block.weights.scale[c]) * folded.factor;
  spec.scale.assign(scale.begin(), scale.end());

  const bool wide = source.element == Element::kUint16;
  if (wide) spec.source_zero_point = source.zero_point;
  const int zero_point = wide ? 0 : source.zero_point;  // that is left for the offset
  if (zero_point == 0 && block.bias.empty() && folded.shift == 0) return spec;
  const auto sums = sum_taps(spec);
  spec.offset_per_pixel = zero_point != 0 && !sums.same_everywhere;
  const std::size_t pixels =
      spec.offset_per_pixel ? static_cast<std::size_t>(spec.z.output * spec.y.output * spec.x.output) : 1;
  spec.offset.resize(pixels * channels);
  for (std::size_t p = 0; p < pixels; ++p) {
    const auto& weights = sums.distinct[sums.pixel[p]];
    for (std::size_t c = 0; c < channels; ++c) {
      const double bias = block.bias.empty() ? 0.0 : static_cast<double>(block.bias[c]) * folded.factor;
      const double shift = static_cast<double>(zero_point * weights[c]) * scale[c];
      spec.offset[p * channels + c] = static_cast<float>(bias + folded.shift - shift);
    }
  }
  return spec;
}

bool gains_by_joined_taps(const ConvolutionSpec& spec) noexcept {
  const auto& x = spec.x;
  return !spec.transposed && spec.groups == 1 && spec.source_element == Element::kUint8 && spec.input_channels <= 4 &&
         x.kernel > 2 && x.kernel * spec.input_channels <= kJoinedStep && x.dilation == 1 && x.repeat == 1 &&
         spec.output_channels >= kJoinedStep;
}

JoinTapsSpec join_taps_of(ConvolutionSpec& spec) {
  const auto axis = [](const auto& of) {
    return JoinTapsSpec::Axis{of.input, of.output, of.kernel, of.stride, of.pad_begin};
  };
  const auto joined_axis = [](const auto& of) { return std::decay_t<decltype(of)>{of.output, of.output, 1, 1, 1, 0}; };
  JoinTapsSpec taps;
  taps.planes = spec.z.input;
  taps.channels = spec.input_channels;
  taps.x = axis(spec.x);
  // Along y, too, where all fit into the channels that most kernels multiply at once.
  const std::int64_t of_x = taps.x.taps * taps.channels;
  const bool both =
      spec.y.kernel > 1 && spec.y.dilation == 1 && spec.y.repeat == 1 && of_x * spec.y.kernel <= kJoinedMost;
  if (both) {
    taps.y = axis(spec.y);
  } else {
    taps.y.input = taps.y.output = spec.y.input;
  }
  taps.joined = (of_x * taps.y.taps + kJoinedStep - 1) / kJoinedStep * kJoinedStep;
  // (o, c, z, y, x) to (o, y x c, z) or (o, x c, z, y)
  const auto rows = spec.z.kernel * spec.y.kernel / taps.y.taps;
  std::vector<std::int16_t> weights(static_cast<std::size_t>(spec.output_channels * taps.joined * rows));
  std::size_t from = 0;
  for (std::int64_t o = 0; o < spec.output_channels; ++o)
    for (std::int64_t c = 0; c < taps.channels; ++c)
      for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t t = 0; t < taps.y.taps * taps.x.taps; ++t)
          weights[static_cast<std::size_t>((o * taps.joined + t * taps.channels + c) * rows + row)] =
              spec.weights_integer[from++];
  spec.weights_integer = std::move(weights);
  spec.input_channels = taps.joined;
  if (both) spec.y = joined_axis(spec.y);
  spec.x = joined_axis(spec.x);
  return taps;
}

}  // namespace octocal::engine
