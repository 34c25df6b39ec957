// SPDX-License-Identifier: Apache-2.0
#include "unit/engine/graph_making.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <span>

#include "octocal/base/random.hpp"

namespace octocal::engine::test {

using model::Attribute;
using model::make_tensor;

std::ostream& operator<<(std::ostream& out, const ConvolutionCase& c) {
  return out << (c.transposed ? "transposed " : "") << c.in << " to " << c.out << " channels, kernel " << c.kernel
             << ", image " << c.height << "x" << c.width << ", stride " << c.stride << ", pads " << c.pad_before << " "
             << c.pad_after;
}

std::vector<ConvolutionCase> convolution_cases() {
  return {{1, 1, 1, 4, 4, 1, 0, 0},         {1, 5, 3, 5, 7, 1, 1, 1},         {5, 32, 5, 5, 5, 1, 2, 2},
          {5, 25, 2, 6, 5, 1, 0, 0},        {25, 33, 4, 7, 6, 1, 1, 2},       {33, 1, 3, 6, 6, 1, 1, 1},
          {33, 5, 8, 9, 8, 1, 3, 4},        {32, 64, 8, 8, 8, 1, 3, 4},       {64, 32, 5, 9, 9, 1, 0, 0},
          {75, 25, 3, 6, 6, 1, 1, 1},       {16, 16, 7, 5, 4, 1, 3, 3},       {5, 16, 6, 9, 9, 2, 2, 3},
          {16, 25, 3, 11, 8, 3, 1, 0},      {64, 64, 1, 3, 3, 1, 0, 0},       {5, 33, 5, 5, 5, 3, 1, 1, true},
          {32, 64, 5, 5, 5, 3, 1, 1, true}, {64, 64, 5, 6, 7, 2, 1, 2, true}, {1, 5, 2, 4, 4, 3, 0, 0, true},
          {25, 16, 4, 5, 5, 2, 1, 1, true}, {33, 25, 3, 4, 6, 1, 1, 1, true}, {5, 1, 8, 3, 3, 4, 2, 3, true}};
}

std::vector<float> GraphMaker::draw(std::size_t count, float centre, float width) {
  std::vector<float> numbers(count);
  normals(seed_, Draw::kTraining, next_++, numbers);
  for (float& number : numbers) {
    if (numbers_ == Numbers::kExact) number = std::round(number * 2) / 2;
    number = centre + width * number;
  }
  return numbers;
}

std::string GraphMaker::input(const std::string& name, model::Shape shape) {
  shape.insert(shape.begin(), model::kBatch);
  graph_.inputs.push_back({name, model::DataType::kFloat32, shape});
  return name;
}

std::string GraphMaker::node(const std::string& op, std::vector<std::string> inputs,
                             std::map<std::string, Attribute> attributes) {
  const auto name = op + std::to_string(graph_.nodes.size());
  graph_.nodes.push_back({name, op, std::move(inputs), {name + ":out"}, std::move(attributes)});
  return name + ":out";
}

std::string GraphMaker::integers(const std::vector<std::int64_t>& numbers) {
  const auto name = "integers" + std::to_string(graph().constants.size());
  graph().constants[name] =
      model::make_tensor(model::DataType::kInt64, {static_cast<std::int64_t>(numbers.size())}, std::span(numbers));
  return name;
}

std::string GraphMaker::constant(model::Shape shape, float centre, float width) {
  const auto name = "constant" + std::to_string(graph_.constants.size());
  const auto count = model::elements(shape);
  graph_.constants[name] = make_tensor(std::move(shape), draw(count, centre, width));
  return name;
}

std::map<std::string, Attribute> GraphMaker::attributes_of(const ConvolutionCase& c) const {
  return {{"strides", std::vector<std::int64_t>{c.stride, c.stride}},
          {"pads", std::vector<std::int64_t>{c.pad_before, c.pad_before, c.pad_after, c.pad_after}}};
}

std::string GraphMaker::convolution(const std::string& value, const ConvolutionCase& c, bool bias) {
  const float width =
      numbers_ == Numbers::kExact ? 0.25F : 1.0F / std::sqrt(static_cast<float>(c.in * c.kernel * c.kernel));
  const auto first = c.transposed ? c.in : c.out;
  const auto second = c.transposed ? c.out : c.in;
  std::vector<std::string> inputs = {value, constant({first, second, c.kernel, c.kernel}, 0, width)};
  if (bias) inputs.push_back(constant({c.out}, 0, 0.5F));
  return node(c.transposed ? "ConvTranspose" : "Conv", inputs, attributes_of(c));
}

template <typename Weight>
std::string GraphMaker::integer_convolution(const std::string& value, const ConvolutionCase& c, bool bias,
                                            bool per_channel, float most) {
  const float finer = std::round(most / 127);  // than in 8 bits
  const auto type = sizeof(Weight) == 1 ? model::DataType::kInt8 : model::DataType::kInt16;
  const auto first = c.transposed ? c.in : c.out;
  const auto second = c.transposed ? c.out : c.in;
  const auto id = std::to_string(graph_.constants.size());
  const model::Shape shape = {first, second, c.kernel, c.kernel};
  auto drawn = draw(model::elements(shape), 0, finer * (numbers_ == Numbers::kExact ? 4.0F : 50.0F));
  std::vector<Weight> weights;
  for (const float number : drawn) weights.push_back(static_cast<Weight>(std::clamp(std::round(number), -most, most)));
  graph_.constants["weight" + id] = make_tensor(type, shape, std::span<const Weight>(weights));
  const std::size_t scales = per_channel ? static_cast<std::size_t>(c.out) : 1;
  std::vector<float> scale = draw(scales, 0, 1);
  for (float& s : scale) {
    const float spread = numbers_ == Numbers::kExact ? std::exp2(std::round(s)) : std::exp2(s);
    const auto taps = static_cast<float>(c.in * c.kernel * c.kernel);
    s = spread / (finer * (numbers_ == Numbers::kExact ? 256.0F : 50.0F * std::sqrt(taps)));
  }
  const std::vector<Weight> zeros(scales, 0);
  const model::Shape scale_shape = per_channel ? model::Shape{c.out} : model::Shape{};
  graph_.constants["scale" + id] = make_tensor(scale_shape, scale);
  graph_.constants["zero" + id] = make_tensor(type, scale_shape, std::span<const Weight>(zeros));
  const auto weight = node("DequantizeLinear", {"weight" + id, "scale" + id, "zero" + id},
                           {{"axis", std::int64_t{c.transposed ? 1 : 0}}});
  std::vector<std::string> inputs = {value, weight};
  if (bias) inputs.push_back(constant({c.out}, 0, 0.5F));
  return node(c.transposed ? "ConvTranspose" : "Conv", inputs, attributes_of(c));
}

std::string GraphMaker::int8_convolution(const std::string& value, const ConvolutionCase& c, bool bias,
                                         bool per_channel) {
  return integer_convolution<std::int8_t>(value, c, bias, per_channel, 127);
}

std::string GraphMaker::int12_convolution(const std::string& value, const ConvolutionCase& c, bool bias,
                                          bool per_channel) {
  return integer_convolution<std::int16_t>(value, c, bias, per_channel, 2047);
}

std::string GraphMaker::quantized_weights(model::Shape shape, int lowest, int highest, int zero_point,
                                          std::int64_t axis) {
  const auto id = std::to_string(graph_.constants.size());
  const auto type = lowest >= 0 ? model::DataType::kUint8 : model::DataType::kInt8;
  const auto drawn = draw(model::elements(shape), 0.5F * static_cast<float>(lowest + highest),
                          0.25F * static_cast<float>(highest - lowest));
  std::vector<std::uint8_t> bytes;
  for (const float number : drawn)
    bytes.push_back(static_cast<std::uint8_t>(std::clamp(static_cast<int>(std::round(number)), lowest, highest)));
  // Both ends are there, so that nothing fits into fewer bits.
  bytes.front() = static_cast<std::uint8_t>(lowest);
  bytes.back() = static_cast<std::uint8_t>(highest);
  const std::size_t channels = axis < 0 ? 1 : static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]);
  std::vector<float> scale(channels);
  std::vector<std::uint8_t> zero(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    scale[c] = numbers_ == Numbers::kExact ? 1.0F / static_cast<float>(64 << (c % 3))
                                           : 0.007F + 0.001F * static_cast<float>(c % 5);
    zero[c] = static_cast<std::uint8_t>(zero_point + static_cast<int>(c % 2));
  }
  const model::Shape scale_shape = axis < 0 ? model::Shape{} : model::Shape{static_cast<std::int64_t>(channels)};
  graph_.constants["weight" + id] = make_tensor(type, shape, std::span<const std::uint8_t>(bytes));
  graph_.constants["scale" + id] = make_tensor(scale_shape, scale);
  graph_.constants["zero" + id] = make_tensor(type, scale_shape, std::span<const std::uint8_t>(zero));
  return node("DequantizeLinear", {"weight" + id, "scale" + id, "zero" + id},
              {{"axis", std::max<std::int64_t>(axis, 0)}});
}

std::string GraphMaker::leaky_relu(const std::string& value, float slope) {
  return node("LeakyRelu", {value}, {{"alpha", slope}});
}

std::string GraphMaker::batch_norm(const std::string& value, std::int64_t channels) {
  // Exact numbers: the variance and epsilon make a square root of one.
  const bool exact = numbers_ == Numbers::kExact;
  const auto variance = exact ? constant({channels}, 0.75F, 0) : constant({channels}, 1, 0.05F);
  return node("BatchNormalization",
              {value, constant({channels}, 1, exact ? 0.5F : 0.2F), constant({channels}, 0, 0.5F),
               constant({channels}, 0, 0.5F), variance},
              {{"epsilon", exact ? 0.25F : 1e-3F}});
}

namespace {

template <typename T>
model::Tensor scalar(model::DataType type, int number) {
  const auto stored = static_cast<T>(number);
  return make_tensor(type, {}, std::span(&stored, 1));
}

}  // namespace

std::string GraphMaker::quantize_pair(const std::string& value, float scale, model::Tensor zero_point) {
  const auto id = std::to_string(graph_.constants.size());
  graph_.constants["scale" + id] = make_tensor({}, std::vector<float>{scale});
  graph_.constants["zero" + id] = std::move(zero_point);
  const auto quantized = node("QuantizeLinear", {value, "scale" + id, "zero" + id});
  return node("DequantizeLinear", {quantized, "scale" + id, "zero" + id});
}

std::string GraphMaker::fake_quantize(const std::string& value, float scale, int zero_point, bool is_signed) {
  return quantize_pair(value, scale,
                       is_signed ? scalar<std::int8_t>(model::DataType::kInt8, zero_point)
                                 : scalar<std::uint8_t>(model::DataType::kUint8, zero_point));
}

std::string GraphMaker::fake_quantize16(const std::string& value, float scale, int zero_point, bool is_signed) {
  return quantize_pair(value, scale,
                       is_signed ? scalar<std::int16_t>(model::DataType::kInt16, zero_point)
                                 : scalar<std::uint16_t>(model::DataType::kUint16, zero_point));
}

void GraphMaker::output(const std::string& value) {
  auto inside = graph_;
  inside.outputs = {graph_.inputs.front()};  // a graph must have one to be checked
  graph_.outputs.push_back(model::infer_shapes(inside, "test").at(value));
}

std::map<std::string, model::Tensor> random_inputs(const model::Graph& graph, std::size_t showers, std::uint64_t seed,
                                                   Numbers numbers) {
  std::map<std::string, model::Tensor> inputs;
  for (const auto& input : graph.inputs) {
    auto shape = input.shape;
    shape[0] = static_cast<std::int64_t>(showers);
    std::vector<float> values(model::elements(shape));
    normals(seed, Draw::kLatent, inputs.size(), values);
    if (numbers == Numbers::kExact)
      for (float& value : values) value = std::clamp(std::round(value * 8) / 8, -4.0F, 4.0F);
    inputs[input.name] = make_tensor(shape, values);
  }
  return inputs;
}

LayerReport report_of(const Program& program, const std::string& op) {
  for (const auto& layer : program.layers())
    if (("+" + layer.ops + "+").find("+" + op + "+") != std::string::npos) return layer;
  return {};
}

LayerReport first_convolution(const Program& program) {
  for (const auto& layer : program.layers())
    if (layer.ops.starts_with("Conv")) return layer;
  return {};
}

std::vector<std::vector<float>> run_graph(const model::Graph& graph, const std::map<std::string, model::Tensor>& inputs,
                                          std::size_t max_batch) {
  return run_program(Program::compile(graph, {max_batch}), inputs);
}

}  // namespace octocal::engine::test
