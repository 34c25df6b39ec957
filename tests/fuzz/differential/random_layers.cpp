// SPDX-License-Identifier: Apache-2.0
#include "fuzz/differential/random_layers.hpp"

#include <algorithm>
#include <cmath>

#include "octocal/model/float_storage.hpp"

namespace octocal::fuzz {

using model::DataType;
using model::Shape;
using model::Tensor;

namespace {

template <typename T>
Tensor whole_numbers(DataType type, const Shape& shape, const std::vector<int>& numbers) {
  const std::vector<T> stored(numbers.begin(), numbers.end());
  return model::make_tensor(type, shape, std::span<const T>(stored));
}

Tensor whole_numbers_of(DataType type, const Shape& shape, const std::vector<int>& numbers) {
  switch (type) {
    case DataType::kInt8:
      return whole_numbers<std::int8_t>(type, shape, numbers);
    case DataType::kUint8:
      return whole_numbers<std::uint8_t>(type, shape, numbers);
    case DataType::kInt16:
      return whole_numbers<std::int16_t>(type, shape, numbers);
    default:
      return whole_numbers<std::uint16_t>(type, shape, numbers);
  }
}

bool is_integer(LayerNumbers numbers) {
  return numbers == LayerNumbers::kInt8 || numbers == LayerNumbers::kInt16x8 || numbers == LayerNumbers::kInt16x12;
}

/// What a layer of these numbers wants in front of it.
Live prepared(GraphBuilder& builder, const Live& value, LayerNumbers numbers) {
  if (numbers == LayerNumbers::kFloat32) return value;
  if (numbers == LayerNumbers::kBfloat16) return add_cast_pair(builder, value, DataType::kBfloat16);
  if (numbers == LayerNumbers::kFloat16) return add_cast_pair(builder, value, DataType::kFloat16);
  const int bits = numbers == LayerNumbers::kInt8 ? 8 : 16;
  return value.bits == bits ? value : add_quantize_pair(builder, value, bits);
}

/// Weights, and for each output channel the sum of their sizes.
struct Weights {
  std::string name;
  double largest_sum = 0;        ///< of |w| over what one output sums up
  double largest_whole_sum = 0;  ///< the same of stored integers; 0: not stored so
  int step = 0;
};

std::size_t channel_of(const Shape& shape, std::size_t axis, std::size_t index) {
  std::size_t below = 1;
  for (std::size_t a = axis + 1; a < shape.size(); ++a) below *= static_cast<std::size_t>(shape[a]);
  return index / below % static_cast<std::size_t>(shape[axis]);
}

double largest_sum_of(const Tensor& tensor, std::size_t axis) {
  std::vector<double> sums(static_cast<std::size_t>(tensor.shape[axis]));
  const auto numbers = tensor.as<float>();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    sums[channel_of(tensor.shape, axis, i)] += std::abs(static_cast<double>(numbers[i]));
  return *std::max_element(sums.begin(), sums.end());
}

/// Integers: small ones, ones that fill the type, or nothing but its ends.
std::vector<int> random_whole_numbers(GraphBuilder& builder, std::size_t count, int lowest, int highest) {
  const auto kind = builder.between(0, 4);
  std::vector<int> numbers(count);
  const float middle = 0.5F * static_cast<float>(lowest + highest), width = static_cast<float>(highest - lowest);
  for (int& x : numbers) {
    const float real = kind == 0   ? (builder.chance(0.5) ? static_cast<float>(lowest) : static_cast<float>(highest))
                       : kind == 1 ? builder.number(middle, 0.4F * width)
                                   : builder.number(middle, 4);
    x = std::clamp(static_cast<int>(std::round(real)), lowest, highest);
  }
  return numbers;
}

Weights integer_weights(GraphBuilder& builder, const Shape& shape, std::size_t channel_axis, LayerNumbers numbers) {
  DataType type = DataType::kInt8;
  int lowest = -127, highest = 127;
  std::vector<int> zero{0};
  if (numbers == LayerNumbers::kInt16x12) {
    type = DataType::kInt16, lowest = -2047, highest = 2047;
  } else if (builder.chance(0.2)) {
    lowest = -128;
  } else if (builder.chance(0.2)) {
    type = DataType::kUint8, lowest = 0, highest = 255;
    zero = {static_cast<int>(builder.between(100, 150))};
  }
  const bool per_channel = builder.chance(0.6);
  const auto channels = per_channel ? static_cast<std::size_t>(shape[channel_axis]) : 1;
  zero.resize(channels, zero[0]);
  std::vector<float> scale(channels);
  for (float& s : scale)
    s = builder.exact() ? std::exp2(static_cast<float>(-builder.between(5, 7))) : builder.number(0.004F, 0.001F);
  const Shape scale_shape = per_channel ? Shape{static_cast<std::int64_t>(channels)} : Shape{};
  const auto whole = random_whole_numbers(builder, model::elements(shape), lowest, highest);
  const auto stored = builder.constant(whole_numbers_of(type, shape, whole));
  const auto weights = builder.add("DequantizeLinear",
                                   {stored, builder.constant(model::make_tensor(scale_shape, scale)),
                                    builder.constant(whole_numbers_of(type, scale_shape, zero))},
                                   {{"axis", static_cast<std::int64_t>(channel_axis)}});
  const auto& real = builder.value(weights.name);
  std::vector<float> shifted;
  for (std::size_t i = 0; i < whole.size(); ++i) shifted.push_back(static_cast<float>(whole[i] - zero[0]));
  return {weights.name, largest_sum_of(real, channel_axis),
          largest_sum_of(model::make_tensor(shape, shifted), channel_axis), extent_of(real).step};
}

Weights random_weights(GraphBuilder& builder, const Shape& shape, std::size_t channel_axis, LayerNumbers numbers) {
  if (is_integer(numbers)) return integer_weights(builder, shape, channel_axis, numbers);
  const auto count = static_cast<float>(model::elements(shape) / static_cast<std::size_t>(shape[channel_axis]));
  const float width = builder.exact() ? 0.25F : 1 / std::sqrt(count);
  auto name = builder.constant(shape, 0, width);
  if (numbers != LayerNumbers::kFloat32) {
    const auto type = numbers == LayerNumbers::kBfloat16 ? DataType::kBfloat16 : DataType::kFloat16;
    const auto stored = builder.constant(model::rounded_to(type, builder.value(name)));
    name = builder.add("Cast", {stored}, {{"to", model::cast_target(DataType::kFloat32)}}).name;
  }
  const auto& real = builder.value(name);
  return {name, largest_sum_of(real, channel_axis), 0, extent_of(real).step};
}

/// Sums of products fit float32, whatever their order; in integers also before the zero point is taken off.
void require_exact_sums(const GraphBuilder& builder, const Live& value, const Weights& weights, double bias,
                        int bias_step, LayerNumbers numbers) {
  if (!builder.exact()) return;
  const Extent extent = extent_of(builder.value(value.name));
  double largest = extent.largest;
  int step = extent.step;
  if (numbers == LayerNumbers::kInt8) {
    builder.require_exact(255 * weights.largest_whole_sum, 0);
    largest = std::max(largest, 255 * value.scale);
  }
  if (value.bits < 32) step = std::ilogb(value.scale);
  builder.require_exact(largest * weights.largest_sum + bias, std::min(step + weights.step, bias_step));
}

}  // namespace

Live add_quantize_pair(GraphBuilder& builder, const Live& value, int bits) {
  const Extent extent = extent_of(builder.value(value.name));
  const bool is_signed = builder.chance(0.4);
  const int highest = bits == 8 ? (is_signed ? 127 : 255) : (is_signed ? 32767 : 65535);
  const int lowest = is_signed ? -highest - 1 : 0;
  // Even zero points: the engine adds them before it rounds, which turns ties the other way where they are odd.
  int zero = static_cast<int>(builder.between(lowest / 2, highest / 2)) * 2;
  if (builder.chance(0.3)) zero = is_signed ? 0 : bits == 8 ? 128 : 32768;
  // From a quarter of the numbers saturating to a quarter of the steps used.
  const double most = std::max(extent.largest, 0.01);
  double scale =
      2 * most / static_cast<double>(highest - lowest) * std::exp2(static_cast<double>(builder.between(-2, 2)));
  if (builder.exact()) {
    scale = std::exp2(std::round(std::log2(scale)) + (bits == 16 ? static_cast<double>(builder.between(0, 6)) : 0));
    // The engine stores signed numbers from zero on: its zero point is larger by half the range.
    builder.require_exact(most / scale + std::abs(zero - lowest), std::min(0, extent.step - std::ilogb(scale)));
  }
  const auto type =
      bits == 8 ? (is_signed ? DataType::kInt8 : DataType::kUint8) : (is_signed ? DataType::kInt16 : DataType::kUint16);
  const auto scale_name = builder.constant(model::make_tensor({}, {static_cast<float>(scale)}));
  const auto zero_name = builder.constant(whole_numbers_of(type, {}, {zero}));
  Live stored = builder.add("QuantizeLinear", {value.name, scale_name, zero_name});
  if (bits == 8 && value.shape.size() > 1 && builder.chance(0.15)) {
    Integers order(value.shape.size() + 1);
    for (std::size_t axis = 0; axis < order.size(); ++axis) order[axis] = static_cast<std::int64_t>(axis);
    std::swap(order[1], order.back());
    stored = builder.add("Transpose", {stored.name}, {{"perm", order}});
  }
  Live live = builder.add("DequantizeLinear", {stored.name, scale_name, zero_name});
  live.bits = bits;
  live.scale = scale;
  return live;
}

Live add_cast_pair(GraphBuilder& builder, const Live& value, DataType type) {
  if (extent_of(builder.value(value.name)).largest > 30000) throw Rejected{};  // float16 ends at 65504
  const auto narrow = builder.add("Cast", {value.name}, {{"to", model::cast_target(type)}});
  return builder.add("Cast", {narrow.name}, {{"to", model::cast_target(DataType::kFloat32)}});
}

Live add_convolution(GraphBuilder& builder, const Live& from, LayerNumbers numbers) {
  // Over one axis the engine has none, and says so.
  if (from.shape.size() < (builder.chance(0.05) ? 2 : 3) || from.shape.size() > 4) throw Rejected{};
  const Live value = prepared(builder, from, numbers);
  const bool transposed = builder.chance(0.35);
  const std::size_t axes = value.shape.size() - 1;
  const std::int64_t in = value.shape[0];
  std::int64_t groups = 1;
  if (!transposed && builder.chance(0.1))
    for (const std::int64_t divisor : {2, 3, 5})
      if (in % divisor == 0) groups = divisor;
  const std::int64_t out = groups * builder.between(1, builder.chance(0.2) ? 40 : 9);
  Shape weight_shape = transposed ? Shape{in, out / groups} : Shape{out, in / groups};
  Integers strides, dilations, begins, ends, extra;
  const bool dilated = !transposed && builder.chance(0.1);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t most = axes == 3 ? 3 : builder.chance(0.2) ? 8 : 5;
    const std::int64_t kernel = builder.between(1, most);
    weight_shape.push_back(kernel);
    strides.push_back(builder.chance(0.6) ? 1 : builder.between(1, 4));
    dilations.push_back(dilated ? builder.between(1, 2) : 1);
    begins.push_back(builder.between(0, kernel - 1));
    ends.push_back(builder.between(0, kernel - 1));
    extra.push_back(strides.back() > 1 ? builder.between(0, strides.back() - 1) : 0);
  }
  Attributes attributes{{"strides", strides}};
  if (groups > 1) attributes["group"] = groups;
  if (dilated) attributes["dilations"] = dilations;
  if (!transposed && builder.chance(0.15)) {
    attributes["auto_pad"] = builder.one_of<std::string>({"SAME_UPPER", "SAME_LOWER", "VALID"});
  } else {
    begins.insert(begins.end(), ends.begin(), ends.end());
    attributes["pads"] = begins;
    if (transposed && builder.chance(0.3)) attributes["output_padding"] = extra;
  }
  const std::size_t channel_axis = transposed ? 1 : 0;
  const Weights weights = random_weights(builder, weight_shape, channel_axis, numbers);
  std::vector<std::string> inputs{value.name, weights.name};
  Extent bias{0, 0};
  if (builder.chance(0.5)) {
    inputs.push_back(builder.constant({out}, 0, 0.5F));
    bias = extent_of(builder.value(inputs.back()));
  }
  require_exact_sums(builder, value, weights, bias.largest, bias.step, numbers);
  return builder.add(transposed ? "ConvTranspose" : "Conv", inputs, attributes);
}

Live add_dense(GraphBuilder& builder, const Live& from, LayerNumbers numbers) {
  if (from.shape.empty()) throw Rejected{};
  const Live value = prepared(builder, from, numbers);
  const std::int64_t in = value.shape.back(), out = builder.between(1, 33);
  if (in > 400) throw Rejected{};
  const bool gemm = value.shape.size() == 1 && builder.chance(0.7);
  const bool turned = gemm && builder.chance(0.5);
  const Weights weights = random_weights(builder, turned ? Shape{out, in} : Shape{in, out}, turned ? 0 : 1, numbers);
  if (!gemm) {
    require_exact_sums(builder, value, weights, 0, 0, numbers);
    return builder.add("MatMul", {value.name, weights.name});
  }
  Attributes attributes;
  if (turned) attributes["transB"] = std::int64_t{1};
  std::vector<std::string> inputs{value.name, weights.name};
  Extent bias{0, 0};
  if (builder.chance(0.6)) {
    inputs.push_back(builder.constant(builder.chance(0.8) ? Shape{out} : Shape{1}, 0, 0.5F));
    bias = extent_of(builder.value(inputs.back()));
  }
  if (builder.chance(0.2)) attributes["alpha"] = 0.5F;
  if (builder.chance(0.2)) attributes["beta"] = 2.0F;
  require_exact_sums(builder, value, weights, 2 * bias.largest, std::min(bias.step, 0) - 1, numbers);
  return builder.add("Gemm", inputs, attributes);
}

}  // namespace octocal::fuzz
