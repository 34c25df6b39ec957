// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "unit/model/expect_error.hpp"
#include "unit/model/foreign_model.hpp"

// QuantizeLinear and DequantizeLinear as ONNX Runtime, Neural Compressor and quantization-aware training write them.

namespace octocal::model {
namespace {

using testing::expect_bad_input;
using Proto = onnx::TensorProto;

/// x (batch, 2, 5, 5) to y of the same shape.
class QuantizedModel : public testing::ForeignModel {
 public:
  void floats(const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& numbers) {
    auto& added = tensor(name, Proto::FLOAT, dims);
    for (const float number : numbers) added.add_float_data(number);
  }
  void integers(const std::string& name, int type, const std::vector<std::int64_t>& dims,
                const std::vector<int>& numbers) {
    auto& added = tensor(name, type, dims);
    for (const int number : numbers) added.add_int32_data(number);
  }
  static void attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto& added = *node.add_attribute();
    added.set_name(name);
    added.set_type(onnx::AttributeProto::INT);
    added.set_i(value);
  }
  static void attribute(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
    auto& added = *node.add_attribute();
    added.set_name(name);
    added.set_type(onnx::AttributeProto::INTS);
    for (const auto value : values) added.add_ints(value);
  }
  /// x on a grid of uint8.
  void quantized_input() {
    floats("s", {}, {0.5F});
    integers("z", Proto::UINT8, {}, {128});
    node("QuantizeLinear", {"x", "s", "z"}, "xq");
    node("DequantizeLinear", {"xq", "s", "z"}, "xd");
  }
  Graph read() const { return parse_onnx(bytes(), "foreign.onnx"); }
};

std::vector<float> numbers(const Tensor& tensor) {
  const auto span = tensor.as<float>();
  return {span.begin(), span.end()};
}

std::vector<std::string> ops(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.op);
  return names;
}
using Ops = std::vector<std::string>;

TEST(ForeignQuantized, Int32BiasesBecomeFloat32) {
  QuantizedModel model;
  model.quantized_input();
  model.integers("wq", Proto::INT8, {2, 2, 1, 1}, {1, -2, 3, 127});
  model.floats("ws", {2}, {0.5F, 0.25F});
  model.integers("wz", Proto::INT8, {2}, {0, 0});
  QuantizedModel::attribute(model.node("DequantizeLinear", {"wq", "ws", "wz"}, "w"), "axis", 0);
  model.integers("bq", Proto::INT32, {2}, {100, -300});
  model.floats("bs", {2}, {0.25F, 0.125F});
  model.integers("bz", Proto::INT32, {2}, {0, 0});
  QuantizedModel::attribute(model.node("DequantizeLinear", {"bq", "bs", "bz"}, "b"), "axis", 0);
  model.node("Conv", {"xd", "w", "b"}, "y");
  const Graph graph = model.read();
  EXPECT_EQ(numbers(graph.constants.at("b")), (std::vector<float>{25, -37.5F}));
  EXPECT_FALSE(graph.constants.contains("bq"));
  EXPECT_FALSE(graph.constants.contains("bs"));
  // The weights stay in 8 bits.
  EXPECT_EQ(ops(graph), (Ops{"QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv"}));
  EXPECT_EQ(graph.constants.at("wq").type, DataType::kInt8);
  EXPECT_EQ(summarize(graph, "foreign.onnx").precision, "int8");
}

// Of 12 bits, say; the zero point that the input's node leaves out is zero, of its type.
TEST(ForeignQuantized, WeightsOf16BitsStay) {
  QuantizedModel model;
  model.floats("s", {}, {0.5F});
  model.integers("z", Proto::INT16, {}, {0});
  model.node("QuantizeLinear", {"x", "s", "z"}, "xq");
  model.node("DequantizeLinear", {"xq", "s"}, "xd");
  model.integers("wq", Proto::INT16, {2, 2, 1, 1}, {1, -2, 2047, -2047});
  model.floats("ws", {2}, {0.5F, 0.25F});
  QuantizedModel::attribute(model.node("DequantizeLinear", {"wq", "ws"}, "w"), "axis", 0);
  model.node("Conv", {"xd", "w"}, "y");
  const Graph graph = model.read();
  EXPECT_EQ(ops(graph), (Ops{"QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv"}));
  EXPECT_EQ(graph.constants.at("wq").type, DataType::kInt16);
  const Tensor& zero = graph.constants.at(graph.nodes[1].inputs.at(2));
  EXPECT_EQ(zero.type, DataType::kInt16);
  EXPECT_EQ(zero.bytes.size(), 2U);
  EXPECT_EQ(summarize(graph, "foreign.onnx").precision, "int16x12");
  const Graph again = parse_onnx(serialize_onnx(graph), "again.onnx");
  EXPECT_EQ(summarize(again, "again.onnx").precision, "int16x12");
}

TEST(ForeignQuantized, FloatWeightsWithAPairBecomeEightBits) {
  QuantizedModel model;
  model.quantized_input();
  model.floats("w", {2, 2, 1, 1}, {0.5F, 0.26F, -0.6F, 40});
  model.floats("ws", {2}, {0.5F, 0.25F});
  model.integers("wz", Proto::INT8, {2}, {0, 0});
  QuantizedModel::attribute(model.node("QuantizeLinear", {"w", "ws", "wz"}, "wq"), "axis", 0);
  QuantizedModel::attribute(model.node("DequantizeLinear", {"wq", "ws", "wz"}, "wd"), "axis", 0);
  model.node("Conv", {"xd", "wd"}, "y");
  const Graph graph = model.read();
  EXPECT_EQ(ops(graph), (Ops{"QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv"}));
  const auto bytes = graph.constants.at("wq").as<std::int8_t>();
  EXPECT_EQ(std::vector<int>(bytes.begin(), bytes.end()), (std::vector<int>{1, 1, -2, 127}));
  EXPECT_FALSE(graph.constants.contains("w"));
}

// Keras keeps kernels as (h, w, in, out), turned behind the pair; scales lie along the outputs, axis 3 there, 0 behind.
TEST(ForeignQuantized, MovesEightBitWeightsInFrontOfTheirScales) {
  QuantizedModel model;
  model.quantized_input();
  model.integers("wq", Proto::INT8, {1, 1, 2, 2}, {1, 2, 3, 4});
  model.floats("ws", {2}, {0.5F, 0.25F});
  model.integers("wz", Proto::INT8, {2}, {0, 0});
  QuantizedModel::attribute(model.node("DequantizeLinear", {"wq", "ws", "wz"}, "wd"), "axis", -1);
  QuantizedModel::attribute(model.node("Transpose", {"wd"}, "w"), "perm", {3, 2, 0, 1});
  model.node("Conv", {"xd", "w"}, "y");
  const Graph graph = model.read();
  EXPECT_EQ(ops(graph), (Ops{"QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv"}));
  const Node& dequantize = graph.nodes[2];
  EXPECT_EQ(dequantize.integer("axis", 7), 0);
  const auto bytes = graph.constants.at(dequantize.inputs[0]).as<std::int8_t>();
  EXPECT_EQ(std::vector<int>(bytes.begin(), bytes.end()), (std::vector<int>{1, 3, 2, 4}));
  EXPECT_FALSE(graph.constants.contains("wq"));
  EXPECT_EQ(infer_shapes(graph, "foreign.onnx").at("w").shape, (Shape{2, 2, 1, 1}));
}

// A Reshape that mixes the axis of the scales with another leaves nothing that 8 bits could hold.
TEST(ForeignQuantized, WeightsReshapedAcrossTheirScalesBecomeFloat32) {
  QuantizedModel model;
  model.quantized_input();
  model.integers("wq", Proto::INT8, {4, 1}, {1, 2, 3, 4});
  model.floats("ws", {4}, {0.5F, 0.25F, 1, 2});
  model.integers("wz", Proto::INT8, {4}, {0, 0, 0, 0});
  QuantizedModel::attribute(model.node("DequantizeLinear", {"wq", "ws", "wz"}, "wd"), "axis", 0);
  auto& shape = model.tensor("shape", Proto::INT64, {4});
  for (const int size : {2, 2, 1, 1}) shape.add_int64_data(size);
  model.node("Reshape", {"wd", "shape"}, "w");
  model.node("Conv", {"xd", "w"}, "y");
  const Graph graph = model.read();
  EXPECT_EQ(numbers(graph.constants.at("w")), (std::vector<float>{0.5F, 0.5F, 3, 8}));
  EXPECT_EQ(ops(graph), (Ops{"QuantizeLinear", "DequantizeLinear", "Conv"}));
}

TEST(ForeignQuantized, FactorsAndBatchNormsBecomeFloat32) {
  QuantizedModel model;
  model.quantized_input();
  model.integers("gq", Proto::INT8, {2}, {127, -4});
  model.floats("gs", {}, {0.5F});
  model.node("DequantizeLinear", {"gq", "gs"}, "gamma");  // no zero point: 0
  model.floats("zero", {2}, {0, 0});
  model.floats("one", {2}, {1, 1});
  model.node("BatchNormalization", {"xd", "gamma", "zero", "zero", "one"}, "n");
  model.integers("fq", Proto::UINT8, {}, {255});
  model.floats("fs", {}, {0.25F});
  model.node("DequantizeLinear", {"fq", "fs"}, "factor");
  model.node("Mul", {"n", "factor"}, "y");
  const Graph graph = model.read();
  EXPECT_EQ(numbers(graph.constants.at("gamma")), (std::vector<float>{63.5F, -2}));
  EXPECT_EQ(numbers(graph.constants.at("factor")), std::vector<float>{63.75F});
  EXPECT_EQ(ops(graph), (Ops{"QuantizeLinear", "DequantizeLinear", "BatchNormalization", "Mul"}));
}

TEST(ForeignQuantized, TakesWhatLaterOpsetsAdded) {
  QuantizedModel model;
  model.floats("s", {}, {0.5F});
  auto& quantize = model.node("QuantizeLinear", {"x", "s"}, "q");
  QuantizedModel::attribute(quantize, "saturate", 1);
  QuantizedModel::attribute(quantize, "output_dtype", Proto::INT8);
  QuantizedModel::attribute(quantize, "block_size", 0);
  model.node("DequantizeLinear", {"q", "s"}, "y");
  const Graph graph = model.read();
  EXPECT_TRUE(graph.nodes[0].attributes.empty());
  ASSERT_EQ(graph.nodes[0].inputs.size(), 3U);
  ASSERT_EQ(graph.nodes[1].inputs.size(), 3U);
  for (const Node& node : graph.nodes) EXPECT_EQ(graph.constants.at(node.inputs[2]).type, DataType::kInt8);
  // -70 * 0.5: below what uint8 holds.
  const Tensor x = make_tensor({1, 2, 5, 5}, std::vector<float>(50, -35));
  EXPECT_EQ(reference::evaluate(graph, {{"x", x}}).at("y").as<float>()[0], -35.0F);
}

TEST(ForeignQuantized, TakesOnnxRuntimesOwnPair) {
  QuantizedModel model;
  model.floats("s", {}, {0.5F});
  model.integers("z", Proto::UINT8, {}, {128});
  model.node("QuantizeLinear", {"x", "s", "z"}, "q").set_domain("com.microsoft");
  model.node("DequantizeLinear", {"q", "s", "z"}, "y").set_domain("com.microsoft");
  EXPECT_EQ(ops(model.read()), (Ops{"QuantizeLinear", "DequantizeLinear"}));
}

TEST(ForeignQuantized, RefusesOtherFormsNamingThem) {
  {
    QuantizedModel model;
    model.quantized_input();
    model.node("QLinearConv", {"xq", "s", "z"}, "y").set_name("c1");
    expect_bad_input([&] { model.read(); }, {"foreign.onnx", "c1", "QLinearConv", "QDQ"});
  }
  {
    QuantizedModel model;
    model.node("DynamicQuantizeLinear", {"x"}, "y");
    expect_bad_input([&] { model.read(); }, {"DynamicQuantizeLinear", "while it runs"});
  }
  {
    QuantizedModel model;
    model.floats("s", {}, {0.5F});
    model.integers("z", Proto::INT32, {}, {0});
    model.node("QuantizeLinear", {"x", "s", "z"}, "y").set_name("q1");
    expect_bad_input([&] { model.read(); }, {"q1", "int32", "uint16"});
  }
  {
    QuantizedModel model;
    model.floats("s", {}, {0.5F});
    auto& quantize = model.node("QuantizeLinear", {"x", "s"}, "y");
    QuantizedModel::attribute(quantize, "output_dtype", Proto::INT32);
    expect_bad_input([&] { model.read(); }, {"INT32", "8 or 16 bits"});
  }
  {
    QuantizedModel model;
    model.floats("s", {}, {0.5F});
    QuantizedModel::attribute(model.node("QuantizeLinear", {"x", "s"}, "y"), "block_size", 32);
    expect_bad_input([&] { model.read(); }, {"block_size 32"});
  }
}

// The elementwise layers between pairs are stored in 8 bits on both sides.
TEST(ForeignQuantized, ElementwiseLayersBetweenPairsCountAsInt8) {
  QuantizedModel model;
  model.quantized_input();
  model.node("LeakyRelu", {"xd"}, "a").set_name("act");
  model.node("QuantizeLinear", {"a", "s", "z"}, "aq");
  model.node("DequantizeLinear", {"aq", "s", "z"}, "ad");
  model.node("Relu", {"ad"}, "y").set_name("last");
  const auto summary = summarize(model.read(), "foreign.onnx");
  ASSERT_EQ(summary.layers.size(), 2U);
  EXPECT_EQ(summary.layers[0].precision, "int8");
  EXPECT_EQ(summary.layers[1].precision, "float32");
}

}  // namespace
}  // namespace octocal::model
