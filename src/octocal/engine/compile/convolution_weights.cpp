// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/convolution_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <span>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/constants.hpp"
#include "octocal/model/float_storage.hpp"

namespace octocal::engine {
namespace {

constexpr model::ConvolutionGeometry::Axes kOnes{1, 1, 1};

/// (I, O / groups, kernel) of a ConvTranspose to (O, I / groups, kernel).
template <typename T>
std::vector<T> output_channels_first(const std::vector<T>& weights, const model::ConvolutionGeometry& g) {
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

std::string why_not_integer(const QuantizedConstant& weights, std::size_t channel_axis,
                            const model::ConvolutionGeometry& g) {
  if (!weights.is_8_bit() && weights.values->type != model::DataType::kInt16) return "weights of more than 16 bits";
  if (weights.scale.size() > 1 && weights.axis != channel_axis) return "weight scales not along the output channels";
  if (g.groups != 1) return "grouped convolution";
  if (g.dilation != kOnes) return "dilated convolution";
  return {};
}

bool fit_12_bits(const std::vector<std::int16_t>& weights) {
  return std::all_of(weights.begin(), weights.end(), [](int w) { return std::abs(w) <= kMostWeight12; });
}

constexpr std::int32_t kMost16 = std::numeric_limits<std::int16_t>::max();

/// Each weight less its zero point, in the graph's order; what 16 bits do not hold is cut, since it is used nowhere.
std::vector<std::int16_t> steps_of(const QuantizedConstant& weights, std::size_t channel_axis) {
  std::vector<std::int16_t> steps(model::elements(weights.values->shape));
  const bool per_axis = weights.scale.size() > 1;
  for_each_along(weights.values->shape, channel_axis, [&](std::size_t i, std::size_t channel) {
    steps[i] = static_cast<std::int16_t>(std::clamp(weights.steps_at(i, per_axis ? channel : 0), -kMost16, kMost16));
  });
  return steps;
}

/// True if the sum over one output channel stays in int32 whatever the u8 inputs are.
bool sums_fit(const std::vector<std::int16_t>& weights, std::int64_t channels) {
  const std::size_t inputs = weights.size() / static_cast<std::size_t>(channels);
  for (std::size_t first = 0; first < weights.size(); first += inputs) {
    std::int64_t largest = 0;
    for (std::size_t i = first; i < first + inputs; ++i)
      largest += 255 * std::abs(static_cast<std::int64_t>(weights[i]));
    if (largest > std::numeric_limits<std::int32_t>::max()) return false;
  }
  return true;
}

/// Error: float_constant()'s where it has one.
void require_float_constant(const model::Graph& graph, const std::string& value, const model::Node& user) {
  if (!is_float_constant(graph, value)) static_cast<void>(float_constant(graph, value, user));
}

/// The constant behind a value that float_constant() can read.
const model::Tensor* stored_weights(const model::Graph& graph, const std::string& value) {
  if (const auto quantized = quantized_constant(graph, value); quantized.node != nullptr) return quantized.values;
  if (const auto* stored = model::stored_constant(graph, value); stored != nullptr) return stored;
  return graph.constant(value);
}

Element stored_element(const model::Tensor& weights) {
  if (weights.type == model::DataType::kBfloat16) return Element::kBfloat16;
  return weights.type == model::DataType::kFloat16 ? Element::kFloat16 : Element::kFloat32;
}

/// Fills in what integer kernels need, or why they cannot be used; `turn` brings weights to (oc, ic / groups, kernel).
template <typename Turn>
void read_integers(const QuantizedConstant& quantized, std::size_t channel_axis,
                   const model::ConvolutionGeometry& geometry, const Turn& turn, ConvolutionWeights& weights) {
  if (quantized.node == nullptr) return;
  weights.is_8_bit = quantized.values->type != model::DataType::kInt16;
  weights.why_not_integer = why_not_integer(quantized, channel_axis, geometry);
  if (!weights.why_not_integer.empty()) return;
  auto steps = turn(steps_of(quantized, channel_axis));
  if (!fit_12_bits(steps)) {
    weights.why_not_integer = "weights of more than 12 bits";
    return;
  }
  if (!weights.is_8_bit)
    weights.why_not_u8 = "weights of more than 8 bits";
  else if (!sums_fit(steps, geometry.output_channels))
    weights.why_not_u8 = "sums that may need more than 32 bits";
  weights.integer = std::move(steps);
  weights.scale.assign(quantized.scale.begin(), quantized.scale.end());
  if (weights.scale.size() == 1)
    weights.scale.assign(static_cast<std::size_t>(geometry.output_channels), weights.scale[0]);
}

}  // namespace

ConvolutionWeights read_convolution_weights(const model::Graph& graph, const model::Node& convolution,
                                            const model::Shape& input, model::ConvolutionGeometry& geometry,
                                            const std::string& origin) {
  const std::string& value = convolution.inputs.at(1);
  const auto quantized = quantized_constant(graph, value);
  require_float_constant(graph, value, convolution);
  const auto* constant = stored_weights(graph, value);
  geometry = model::convolution_geometry(convolution, input, constant->shape, origin);
  if (geometry.spatial_rank < 2)
    throw bad_input(fmt::format("layer {}: a convolution over {} axis (the engine has two and three); add an axis",
                                convolution.name, geometry.spatial_rank));
  if (geometry.transposed && (geometry.groups != 1 || geometry.dilation != kOnes))
    throw bad_input(
        fmt::format("layer {}: ConvTranspose with {} groups or dilation (the engine has neither); write it as "
                    "single convolutions",
                    convolution.name, geometry.groups));

  const auto turn = [geometry](const auto& graph_order) {
    return geometry.transposed ? output_channels_first(graph_order, geometry) : graph_order;
  };
  ConvolutionWeights weights;
  weights.float32 = [&graph, &convolution, value, turn] { return turn(float_constant(graph, value, convolution)); };
  weights.stored = stored_element(*constant);
  read_integers(quantized, geometry.transposed ? 1 : 0, geometry, turn, weights);
  return weights;
}

ConvolutionWeights read_dense_weights(const model::Graph& graph, const model::Node& dense, std::int64_t rows,
                                      model::ConvolutionGeometry& geometry) {
  const std::string& value = dense.inputs.at(1);
  const auto quantized = quantized_constant(graph, value);
  require_float_constant(graph, value, dense);
  const auto* constant = stored_weights(graph, value);
  const auto& shape = constant->shape;
  const bool transposed = dense.op == "Gemm" && dense.integer("transB", 0) != 0;
  geometry = {};
  geometry.input_channels = shape.at(transposed ? 1 : 0);
  geometry.output_channels = shape.at(transposed ? 0 : 1);
  geometry.input[1] = geometry.output[1] = rows;

  const auto inputs = static_cast<std::size_t>(geometry.input_channels);
  const auto outputs = static_cast<std::size_t>(geometry.output_channels);
  const auto turn = [transposed, inputs, outputs](const auto& graph_order) {
    if (transposed) return graph_order;
    auto turned = graph_order;
    for (std::size_t k = 0; k < inputs; ++k)
      for (std::size_t n = 0; n < outputs; ++n) turned[n * inputs + k] = graph_order[k * outputs + n];
    return turned;
  };
  const float alpha = dense.op == "Gemm" ? dense.real("alpha", 1.0F) : 1.0F;
  ConvolutionWeights weights;
  weights.float32 = [&graph, &dense, value, turn, alpha] {
    auto numbers = turn(float_constant(graph, value, dense));
    for (float& number : numbers) number *= alpha;
    return numbers;
  };
  weights.stored = stored_element(*constant);
  read_integers(quantized, transposed ? 0 : 1, geometry, turn, weights);
  for (float& scale : weights.scale) scale *= alpha;
  return weights;
}

}  // namespace octocal::engine
