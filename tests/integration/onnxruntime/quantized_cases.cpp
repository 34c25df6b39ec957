// SPDX-License-Identifier: Apache-2.0
#include "integration/onnxruntime/cases.hpp"
#include "support/graph_maker.hpp"

// QuantizeLinear, DequantizeLinear and small networks in QDQ form, as quant writes them.

namespace octocal::testing {
namespace {

using model::DataType;
using model::kBatch;
using model::Shape;

model::Tensor zero_point(DataType type, int value) { return uniform_tensor(type, {}, 1, value, value); }

/// Numbers on both sides of the range, and exact ties: multiples of half a step.
void quantize_alone(const std::filesystem::path& root) {
  std::vector<float> numbers;
  for (int i = -700; i < 700; ++i) numbers.push_back(0.125F * static_cast<float>(i));
  const auto x = model::make_tensor({static_cast<std::int64_t>(numbers.size() / 4), 4}, numbers);
  for (const DataType type : {DataType::kUint8, DataType::kInt8}) {
    for (const float scale : {0.25F, 0.1F}) {
      GraphMaker maker;
      const auto out =
          maker.node("QuantizeLinear", {maker.input("x", {kBatch, 4}), maker.constant("scale", scale),
                                        maker.constant("zero", zero_point(type, type == DataType::kInt8 ? -3 : 57))});
      write_reference_case(root, std::string("quantize_") + name_of(type) + (scale == 0.25F ? "_ties" : ""),
                           maker.finish({out}), {{"x", x}}, {.relative = 0});
    }
  }
  GraphMaker maker;
  const auto scales = maker.constant("scale", normal_tensor({4}, 21, 0.01, 0.2));
  const auto zeros = maker.constant("zero", uniform_tensor(DataType::kInt8, {4}, 22, -20, 20));
  const auto q =
      maker.node("QuantizeLinear", {maker.input("x", {kBatch, 4}), scales, zeros}, {{"axis", std::int64_t{-1}}});
  const auto dq = maker.node("DequantizeLinear", {q, scales, zeros}, {{"axis", std::int64_t{1}}});
  write_reference_case(root, "quantize_dequantize_axis", maker.finish({q, dq}), {{"x", x}}, {.relative = 0});
}

void dequantize_alone(const std::filesystem::path& root) {
  for (const DataType type : {DataType::kUint8, DataType::kInt8}) {
    GraphMaker maker;
    const auto out =
        maker.node("DequantizeLinear", {maker.input("q", {kBatch, 5, 3}, type), maker.constant("scale", 0.037F),
                                        maker.constant("zero", zero_point(type, 11))});
    const int low = type == DataType::kInt8 ? -128 : 0;
    write_reference_case(root, std::string("dequantize_") + name_of(type), maker.finish({out}),
                         {{"q", uniform_tensor(type, {4, 5, 3}, 23, low, low + 255)}}, {.relative = 0});
  }
}

/// A network in QDQ form: every scale is known beforehand because it is chosen here, not calibrated. Weights keep to 7
/// bits, so that ONNX Runtime's kernels for machines without VNNI do not saturate and give other integers.
class QuantizedNetwork {
 public:
  explicit QuantizedNetwork(DataType activation) : activation_(activation) {}

  GraphMaker maker;

  std::string quantized(const std::string& x, float scale) {
    const std::string id = std::to_string(count_++);
    const auto s = maker.constant("scale" + id, scale);
    const auto z = maker.constant("zero" + id, zero_point(activation_, activation_ == DataType::kInt8 ? 0 : 100));
    return maker.node("DequantizeLinear", {maker.node("QuantizeLinear", {x, s, z}), s, z});
  }

  std::string weight(const Shape& shape, std::int64_t axis, float scale) {
    const std::string id = std::to_string(count_++);
    const auto channels = shape[static_cast<std::size_t>(axis)];
    const auto w = maker.constant("weight" + id, uniform_tensor(DataType::kInt8, shape, 30 + count_, -63, 63));
    const auto s = maker.constant("scale" + id, normal_tensor({channels}, 40 + count_, 0.1 * static_cast<double>(scale),
                                                              static_cast<double>(scale)));
    const auto z = maker.constant("zero" + id, uniform_tensor(DataType::kInt8, {channels}, 1, 0, 0));
    return maker.node("DequantizeLinear", {w, s, z}, {{"axis", axis}});
  }

  std::string block(const std::string& x, const Shape& weights, const Integers& pads, float weight_scale, float scale) {
    const std::string id = std::to_string(count_++);
    auto value = maker.node("Conv", {x, weight(weights, 0, weight_scale)}, {{"pads", pads}});
    value = maker.node("LeakyRelu", {value}, {{"alpha", 0.3F}});
    std::vector<std::string> inputs{value};
    inputs.push_back(maker.constant("gamma" + id, normal_tensor({weights[0]}, 50 + count_, 0.1, 1)));
    inputs.push_back(maker.constant("beta" + id, normal_tensor({weights[0]}, 51 + count_, 0.1)));
    inputs.push_back(maker.constant("mean" + id, normal_tensor({weights[0]}, 52 + count_, 0.1)));
    inputs.push_back(maker.constant("variance" + id, normal_tensor({weights[0]}, 53 + count_, 0.05, 1)));
    return quantized(maker.node("BatchNormalization", inputs, {{"epsilon", 1e-3F}}), scale);
  }

  std::string upsampling(const std::string& x, const Shape& weights, float weight_scale, float scale) {
    const auto bias = maker.constant("bias" + std::to_string(count_++), normal_tensor({weights[1]}, 60, 0.1));
    return quantized(maker.node("ConvTranspose", {x, weight(weights, 1, weight_scale), bias},
                                {{"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 2, 2}}}),
                     scale);
  }

 private:
  DataType activation_;
  std::uint64_t count_ = 0;
};

/// Two rotated branches of block, upsampling and block, put together. ONNX Runtime as it stands in the file, op by op
/// in float32: then only a sum that lies on a rounding edge can differ.
void network(const std::filesystem::path& root, DataType activation) {
  QuantizedNetwork net(activation);
  auto& maker = net.maker;
  const auto x = net.quantized(maker.input("x", {kBatch, 6, 6, 6}), 0.03F);
  std::vector<std::string> branches;
  for (int branch = 0; branch < 2; ++branch) {
    const bool rotate = branch == 1;
    auto value = rotate ? maker.node("Transpose", {x}, {{"perm", Integers{0, 3, 1, 2}}}) : x;
    value = net.block(value, {8, 6, 5, 5}, {2, 2, 2, 2}, 0.003F, 0.03F);
    value = net.upsampling(value, {8, 7, 5, 5}, 0.004F, 0.03F);
    value = net.block(value, {12, 7, 4, 4}, {1, 1, 2, 2}, 0.003F, 0.03F);
    branches.push_back(rotate ? maker.node("Transpose", {value}, {{"perm", Integers{0, 1, 3, 2}}}) : value);
  }
  const auto both = maker.node("Concat", branches, {{"axis", std::int64_t{1}}});
  const auto last = net.quantized(
      maker.node("Conv", {both, net.weight({5, 24, 3, 3}, 0, 0.002F)}, {{"pads", Integers{1, 1, 1, 1}}}), 0.02F);
  write_reference_case(root, std::string("network_") + name_of(activation), maker.finish({branches[0], last}),
                       {{"x", normal_tensor({3, 6, 6, 6}, 61)}}, {.step = 0.0301, .differing_cells = 8});
}

/// Blocks over three axes with upsampling and margins between them, as octocal quantize writes the baseline.
void network_3d(const std::filesystem::path& root, DataType activation) {
  QuantizedNetwork net(activation);
  auto& maker = net.maker;
  auto value = net.quantized(maker.input("x", {kBatch, 4, 3, 4, 3}), 0.03F);
  value = net.block(value, {10, 4, 4, 3, 2}, {1, 1, 0, 2, 1, 1}, 0.004F, 0.03F);
  value = maker.node(
      "Resize", {value, "", maker.constant("factors", model::make_tensor({5}, {1, 1, 2, 2, 3}))},
      {{"coordinate_transformation_mode", std::string("asymmetric")}, {"nearest_mode", std::string("floor")}});
  value = maker.node("Pad", {value, maker.shape("margin", {0, 0, 1, 0, 2, 0, 0, 1, 0, 2})});
  value = net.block(value, {3, 10, 3, 2, 4}, {0, 0, 0, 0, 0, 0}, 0.003F, 0.03F);
  const auto last = maker.node("Conv", {value, net.weight({1, 3, 2, 2, 2}, 0, 0.003F)});
  write_reference_case(root, std::string("network_3d_") + name_of(activation), maker.finish({value, last}),
                       {{"x", normal_tensor({2, 4, 3, 4, 3}, 63)}}, {.step = 0.0301, .differing_cells = 8});
}

/// One layer with ONNX Runtime's optimizer on, which makes integer kernels of Q/DQ pairs; they sum and scale in another
/// order, so cells on a rounding edge may fall to the other side.
void layers_in_integers(const std::filesystem::path& root, DataType activation) {
  const std::string type = name_of(activation);
  const Tensors inputs{{"x", normal_tensor({4, 16, 12, 12}, 62)}};
  const Tolerance tolerance{.step = 0.0301, .differing_cells = 8, .optimize = true};
  {
    QuantizedNetwork net(activation);
    const auto x = net.quantized(net.maker.input("x", {kBatch, 16, 12, 12}), 0.03F);
    const auto out = net.block(x, {32, 16, 5, 5}, {2, 2, 2, 2}, 0.002F, 0.03F);
    write_reference_case(root, "integers_block_" + type, net.maker.finish({out}), inputs, tolerance);
  }
  {
    QuantizedNetwork net(activation);
    const auto x = net.quantized(net.maker.input("x", {kBatch, 16, 12, 12}), 0.03F);
    const auto conv =
        net.maker.node("Conv", {x, net.weight({20, 16, 3, 3}, 0, 0.003F)}, {{"pads", Integers{1, 1, 1, 1}}});
    write_reference_case(root, "integers_conv_" + type, net.maker.finish({net.quantized(conv, 0.03F)}), inputs,
                         tolerance);
  }
  {
    QuantizedNetwork net(activation);
    const auto x = net.quantized(net.maker.input("x", {kBatch, 16, 12, 12}), 0.03F);
    const auto out = net.upsampling(x, {16, 10, 5, 5}, 0.003F, 0.03F);
    // Its optimizer rounds a ConvTranspose's float32 bias to a multiple of s_in * s_w first, up to 1/600 of a step
    // here.
    write_reference_case(root, "integers_upsampling_" + type, net.maker.finish({out}), inputs,
                         {.step = 0.0301, .differing_cells = 40, .optimize = true});
  }
}

}  // namespace

void write_quantized_cases(const std::filesystem::path& root) {
  quantize_alone(root);
  dequantize_alone(root);
  for (const DataType activation : {DataType::kUint8, DataType::kInt8}) {
    network(root, activation);
    network_3d(root, activation);
    layers_in_integers(root, activation);
  }
}

}  // namespace octocal::testing
