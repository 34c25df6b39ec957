// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/convolution_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/constants.hpp"

namespace octocal::engine {
namespace {

/// (I, O / groups, kernel) of a ConvTranspose to (O, I / groups, kernel).
template <typename T>
std::vector<T> output_channels_first(std::span<const T> weights, const model::ConvolutionGeometry& g) {
  const auto groups = g.groups;
  const std::int64_t in = g.input_channels / groups;
  const std::int64_t out = g.output_channels / groups;
  const std::int64_t taps = g.kernel[0] * g.kernel[1] * g.kernel[2];
  std::vector<T> result(weights.size());
  for (std::int64_t group = 0; group < groups; ++group)
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t o = 0; o < out; ++o)
        for (std::int64_t tap = 0; tap < taps; ++tap)
          result[static_cast<std::size_t>(((group * out + o) * in + i) * taps + tap)] =
              weights[static_cast<std::size_t>(((group * in + i) * out + o) * taps + tap)];
  return result;
}

std::string why_not_int8(const QuantizedConstant& weights, const model::ConvolutionGeometry& g) {
  const std::size_t channel_axis = g.transposed ? 1 : 0;
  if (weights.values->type != model::DataType::kInt8) return "uint8 weights";
  if (weights.scale.size() > 1 && weights.axis != channel_axis) return "weight scales not along the output channels";
  for (std::size_t i = 0; weights.zero_point != nullptr && i < std::max<std::size_t>(weights.scale.size(), 1); ++i)
    if (weights.zero_at(i) != 0) return "weights with a zero point";
  if (g.groups != 1) return "grouped convolution";
  if (g.dilation != model::ConvolutionGeometry::Axes{1, 1, 1}) return "dilated convolution";
  return {};
}

}  // namespace

ConvolutionWeights read_convolution_weights(const model::Graph& graph, const model::Node& convolution,
                                            const model::Shape& input, model::ConvolutionGeometry& geometry) {
  const std::string& value = convolution.inputs.at(1);
  const auto quantized = quantized_constant(graph, value);
  const auto* constant = quantized.node != nullptr ? quantized.values : graph.constant(value);
  const auto numbers = float_constant(graph, value, convolution);
  geometry = model::convolution_geometry(convolution, input, constant->shape, "model");
  if (geometry.spatial_rank < 2)
    throw bad_input(fmt::format("layer {}: a convolution over {} axis (the engine has two and three); add an axis",
                                convolution.name, geometry.spatial_rank));
  if (geometry.transposed && (geometry.groups != 1 || geometry.dilation != model::ConvolutionGeometry::Axes{1, 1, 1}))
    throw bad_input(
        fmt::format("layer {}: ConvTranspose with {} groups or dilation (the engine has neither); write it as "
                    "single convolutions",
                    convolution.name, geometry.groups));

  ConvolutionWeights weights;
  weights.float32 = geometry.transposed ? output_channels_first(std::span<const float>(numbers), geometry) : numbers;
  if (quantized.node == nullptr) return weights;
  weights.why_not_int8 = why_not_int8(quantized, geometry);
  if (!weights.why_not_int8.empty()) return weights;
  const auto bytes = quantized.values->as<std::int8_t>();
  weights.int8 = geometry.transposed ? output_channels_first(bytes, geometry)
                                     : std::vector<std::int8_t>(bytes.begin(), bytes.end());
  weights.scale.assign(quantized.scale.begin(), quantized.scale.end());
  if (weights.scale.size() == 1)
    weights.scale.assign(static_cast<std::size_t>(geometry.output_channels), weights.scale[0]);
  return weights;
}

}  // namespace octocal::engine
