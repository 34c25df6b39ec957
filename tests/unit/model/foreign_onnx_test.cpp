// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "octocal/model/onnx_file.hpp"
#include "unit/model/expect_error.hpp"
#include "unit/model/foreign_model.hpp"

// Files as other exporters write them, and files that octocal must refuse.

namespace octocal::model {
namespace {

using testing::expect_bad_input;
using testing::ForeignModel;

Graph read(const ForeignModel& model) { return parse_onnx(model.bytes(), "foreign.onnx"); }

void refuses(const ForeignModel& model, std::vector<std::string> parts) {
  parts.push_back("foreign.onnx");
  expect_bad_input([&] { read(model); }, parts);
}

TEST(ForeignOnnx, GivesUnnamedNodesFreeNames) {
  ForeignModel model;
  model.node("Relu", {"x"}, "a");
  model.node("LeakyRelu", {"a"}, "b").set_name("Relu_1");
  model.node("Relu", {"b"}, "y");
  const Graph graph = read(model);
  EXPECT_EQ(graph.nodes[0].name, "Relu_2");
  EXPECT_EQ(graph.nodes[1].name, "Relu_1");
  EXPECT_EQ(graph.nodes[2].name, "Relu_3");
}

TEST(ForeignOnnx, FreesABatchAxisOfOne) {
  ForeignModel model;
  model.node("Relu", {"x"}, "y");
  const auto dim = [](onnx::ValueInfoProto& value) {
    return value.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0);
  };
  dim(*model.graph().mutable_input(0))->set_dim_value(1);
  dim(*model.graph().mutable_output(0))->set_dim_value(1);
  EXPECT_EQ(read(model).inputs[0].shape, (Shape{kBatch, 2, 5, 5}));
  dim(*model.graph().mutable_input(0))->set_dim_value(16);
  refuses(model, {"value x", "16", "batch"});
}

TEST(ForeignOnnx, FreesTheBatchOfOneInReshapesToo) {
  ForeignModel model;
  const auto shape = [&](const std::string& name, const std::vector<std::int64_t>& sizes) {
    auto& tensor = model.tensor(name, onnx::TensorProto::INT64, {static_cast<std::int64_t>(sizes.size())});
    for (const auto size : sizes) tensor.add_int64_data(size);
  };
  shape("flat", {1, -1});
  shape("image", {1, 2, 5, 5});
  model.node("Reshape", {"x", "flat"}, "a");
  model.node("Reshape", {"a", "image"}, "y");
  refuses(model, {"cannot take"});  // a free batch and a fixed shape contradict each other
  model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(
      1);
  EXPECT_EQ(infer_shapes(read(model), "foreign.onnx").at("a").shape, (Shape{kBatch, 50}));
}

TEST(ForeignOnnx, ReadsTypedFieldsOfEveryType) {
  ForeignModel model;
  model.node("Relu", {"x"}, "y");
  auto& f = model.tensor("f", onnx::TensorProto::FLOAT, {2});
  f.add_float_data(1.5F);
  f.add_float_data(-2);
  auto& h = model.tensor("h", onnx::TensorProto::FLOAT16, {1});
  h.add_int32_data(0x3c00);
  model.tensor("b", onnx::TensorProto::BFLOAT16, {1}).add_int32_data(0xc000);
  model.tensor("d", onnx::TensorProto::DOUBLE, {1}).add_double_data(0.1);
  model.tensor("no", onnx::TensorProto::BOOL, {1}).add_int32_data(0);
  auto& s = model.tensor("s", onnx::TensorProto::INT8, {2});
  s.add_int32_data(-128);
  s.add_int32_data(127);
  auto& u = model.tensor("u", onnx::TensorProto::UINT8, {1});
  u.add_int32_data(200);
  auto& l = model.tensor("l", onnx::TensorProto::INT64, {1});
  l.add_int64_data(-1);
  auto& i = model.tensor("i", onnx::TensorProto::INT32, {});
  i.add_int32_data(-70000);
  const Graph graph = read(model);
  EXPECT_EQ(graph.constants.at("f").as<float>()[0], 1.5F);
  EXPECT_EQ(graph.constants.at("h").type, DataType::kFloat32);
  EXPECT_EQ(graph.constants.at("h").as<float>()[0], 1);
  EXPECT_EQ(graph.constants.at("b").as<float>()[0], -2);
  EXPECT_EQ(graph.constants.at("d").as<float>()[0], 0.1F);
  EXPECT_EQ(graph.constants.at("no").bytes, std::vector{std::byte{0}});
  EXPECT_EQ(graph.constants.at("s").as<std::int8_t>()[0], -128);
  EXPECT_EQ(graph.constants.at("u").as<std::uint8_t>()[0], 200);
  EXPECT_EQ(graph.constants.at("l").as<std::int64_t>()[0], -1);
  EXPECT_EQ(graph.constants.at("i").as<std::int32_t>()[0], -70000);
  EXPECT_TRUE(graph.constants.at("i").shape.empty());
}

TEST(ForeignOnnx, TurnsConstantAndIdentityNodesIntoConstants) {
  ForeignModel model;
  auto& attribute = *model.node("Constant", {}, "two").add_attribute();
  attribute.set_name("value_float");
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(2);
  model.node("Identity", {"two"}, "same");
  model.node("Mul", {"x", "same"}, "y");
  const Graph graph = read(model);
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.constants.at("same").as<float>()[0], 2);
}

TEST(ForeignOnnx, AcceptsADropoutInInferenceOnly) {
  ForeignModel model;
  model.tensor("ratio", onnx::TensorProto::FLOAT, {}).add_float_data(0.2F);
  auto& training = model.tensor("training", onnx::TensorProto::BOOL, {});
  training.add_int32_data(0);
  model.node("Dropout", {"x", "ratio", "training"}, "y");
  EXPECT_EQ(read(model).nodes[0].inputs, std::vector<std::string>{"x"});
  training.set_int32_data(0, 1);
  refuses(model, {"Dropout", "training_mode"});
}

TEST(ForeignOnnx, WritesAutoPadOutAsPads) {
  ForeignModel model;
  model.tensor("w", onnx::TensorProto::FLOAT, {2, 2, 2, 4}).set_raw_data(std::string(2 * 2 * 2 * 4 * 4, '\0'));
  auto& attribute = *model.node("Conv", {"x", "w"}, "y").add_attribute();
  attribute.set_name("auto_pad");
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s("SAME_UPPER");
  const Node node = read(model).nodes[0];
  EXPECT_FALSE(node.attributes.contains("auto_pad"));
  EXPECT_EQ(node.integers("pads", {}), (std::vector<std::int64_t>{0, 1, 1, 2}));
}

TEST(ForeignOnnx, KnowsWeightsThatAreListedAsInputsToo) {
  ForeignModel model;
  model.tensor("w", onnx::TensorProto::FLOAT, {1}).add_float_data(3);
  ForeignModel::value(*model.graph().add_input(), "w", {});
  model.node("Mul", {"x", "w"}, "y");
  EXPECT_EQ(read(model).inputs.size(), 1U);
}

TEST(ForeignOnnx, RefusesOpsAndTypesThatOctocalLacksByName) {
  ForeignModel softmax;
  softmax.node("Hardmax", {"x"}, "y").set_name("last");
  refuses(softmax, {"last", "Hardmax"});
  ForeignModel domain;
  domain.node("FusedConv", {"x"}, "y").set_domain("com.microsoft");
  refuses(domain, {"FusedConv", "com.microsoft"});
  ForeignModel complex;
  complex.tensor("d", onnx::TensorProto::COMPLEX64, {1}).add_float_data(1);
  complex.node("Mul", {"x", "d"}, "y");
  refuses(complex, {"constant d", "COMPLEX64"});
  ForeignModel opset;
  opset.node("Relu", {"x"}, "y");
  for (const int other : {10, 22}) {
    opset.model.mutable_opset_import(0)->set_version(other);
    refuses(opset, {"opset " + std::to_string(other), "11 to 21"});
  }
  for (const int known : {11, 21}) {
    opset.model.mutable_opset_import(0)->set_version(known);
    OnnxSource source;
    EXPECT_EQ(parse_onnx(opset.bytes(), "foreign.onnx", &source).opset, 13);
    EXPECT_EQ(source.opset, known);
  }
  ForeignModel early;
  early.node("Gelu", {"x"}, "y");
  refuses(early, {"Gelu", "came with opset 20"});
  ForeignModel loop;
  auto& body = *loop.node("Loop", {"x"}, "y").add_attribute();
  body.set_name("body");
  body.set_type(onnx::AttributeProto::GRAPH);
  refuses(loop, {"Loop", "graph of its own"});
}

TEST(ForeignOnnx, RefusesWeightsThatAreNotThere) {
  ForeignModel elsewhere;
  auto& tensor = elsewhere.tensor("w", onnx::TensorProto::FLOAT, {4});
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& entry = *tensor.add_external_data();
  entry.set_key("location");
  entry.set_value("/etc/passwd");
  elsewhere.node("Mul", {"x", "w"}, "y");
  refuses(elsewhere, {"constant w", "/etc/passwd", "without its folder"});
  // 4 TB by its dims, four bytes by what is there: nothing is allocated.
  for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{1 << 20, 1 << 20},
                                                {std::int64_t{1} << 32, std::int64_t{1} << 32},
                                                {-1, -1},
                                                {0, 1}}) {
    ForeignModel huge;
    huge.tensor("w", onnx::TensorProto::FLOAT, dims).add_float_data(1);
    huge.node("Mul", {"x", "w"}, "y");
    refuses(huge, {"constant w", "1 numbers"});
  }
}

TEST(ForeignOnnx, RefusesNamesThatAreNoText) {
  for (const std::string& name : {std::string("\xff\xfe"), std::string("a\x1b[2J"), std::string("\xc0\x80"),
                                  std::string("\xed\xa0\x80"), std::string("\xe2\x82")}) {
    ForeignModel model;
    model.node("Relu", {"x"}, "y").set_name(name);
    refuses(model, {"UTF-8"});
  }
  ForeignModel greek;
  greek.node("Relu", {"x"}, "y").set_name("\xce\xb1-\xe2\x82\xac-\xf0\x9f\x90\x99");
  EXPECT_EQ(read(greek).nodes[0].name.size(), 11U);
}

TEST(ForeignOnnx, RefusesAFreeAxisThatIsNotTheBatch) {
  ForeignModel model;
  model.node("Relu", {"x"}, "y");
  model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(2)->set_dim_param(
      "h");
  refuses(model, {"value x", "axis 2"});
}

}  // namespace
}  // namespace octocal::model
