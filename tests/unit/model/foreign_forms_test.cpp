// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "unit/model/expect_error.hpp"
#include "unit/model/foreign_model.hpp"

// How PyTorch and Keras write upsampling, padding and reshaping: x (batch, 2, 5, 5) through their nodes to y.

namespace octocal::model {
namespace {

using testing::expect_bad_input;
using testing::ForeignModel;

Graph read_form(const ForeignModel& model) { return parse_onnx(model.bytes(), "foreign.onnx"); }

void axis_list(ForeignModel& model, const std::string& name, const std::vector<std::int64_t>& numbers,
               bool scalar = false) {
  auto& tensor =
      model.tensor(name, onnx::TensorProto::INT64,
                   scalar ? std::vector<std::int64_t>{} : std::vector{static_cast<std::int64_t>(numbers.size())});
  for (const auto number : numbers) tensor.add_int64_data(number);
}

void text(onnx::NodeProto& node, const std::string& name, const std::string& value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}

void number(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void numbers_of_form(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const auto value : values) attribute.add_ints(value);
}

/// PyTorch does not work out sizes behind its Pad: it names them.
void forget_output_sizes(ForeignModel& model) {
  auto& shape = *model.graph().mutable_output(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  for (int axis = 1; axis < shape.dim_size(); ++axis)
    shape.mutable_dim(axis)->set_dim_param("Reluy_dim_" + std::to_string(axis));
}

/// torch.nn.ConstantPad2d((1, 2, 3, 0), 0) as torch.onnx.export writes it (opset 13).
void add_pytorch_pad(ForeignModel& model, const std::string& output) {
  axis_list(model, "padding", {1, 2, 3, 0});
  axis_list(model, "missing", {4});
  axis_list(model, "two_columns", {-1, 2});
  axis_list(model, "axis", {0});
  axis_list(model, "start", {-1});
  axis_list(model, "end", {-9223372036854775807});
  axis_list(model, "step", {-1});
  axis_list(model, "flat", {-1});
  auto& zeros = *model.node("ConstantOfShape", {"missing"}, "zeros").add_attribute();
  zeros.set_name("value");
  zeros.set_type(onnx::AttributeProto::TENSOR);
  zeros.mutable_t()->set_data_type(onnx::TensorProto::INT64);
  zeros.mutable_t()->add_dims(1);
  zeros.mutable_t()->add_int64_data(0);
  number(model.node("Concat", {"padding", "zeros"}, "all"), "axis", 0);
  model.node("Reshape", {"all", "two_columns"}, "pairs");
  model.node("Slice", {"pairs", "start", "end", "axis", "step"}, "reversed");
  numbers_of_form(model.node("Transpose", {"reversed"}, "rows"), "perm", {1, 0});
  model.node("Reshape", {"rows", "flat"}, "pads");
  number(model.node("Cast", {"pads"}, "pads64"), "to", 7);
  model.tensor("zero", onnx::TensorProto::FLOAT, {}).add_float_data(0);
  text(model.node("Pad", {"x", "pads64", "zero"}, output), "mode", "constant");
}

TEST(ForeignForms, PytorchsPadsAreWorkedOutAndLeaveNothingBehind) {
  ForeignModel model;
  add_pytorch_pad(model, "y");
  forget_output_sizes(model);
  const Graph graph = read_form(model);
  ASSERT_EQ(graph.nodes.size(), 1U);
  const auto pads = graph.constants.at("pads64").as<std::int64_t>();
  EXPECT_EQ(std::vector<std::int64_t>(pads.begin(), pads.end()), (std::vector<std::int64_t>{0, 0, 3, 1, 0, 0, 0, 2}));
  EXPECT_EQ(graph.outputs[0].shape, (Shape{kBatch, 2, 8, 8}));
  EXPECT_EQ(graph.constants.size(), 2U);  // the pads and the zero
  EXPECT_EQ(parse_onnx(serialize_onnx(graph), "again").constants.size(), 2U);
}

TEST(ForeignForms, PytorchsUpsamplingWithAnEmptyRegionOfInterest) {
  ForeignModel model;
  model.tensor("roi", onnx::TensorProto::FLOAT, {0});
  auto& scales = model.tensor("scales", onnx::TensorProto::FLOAT, {4});
  for (const float factor : {1.0F, 1.0F, 2.0F, 3.0F}) scales.add_float_data(factor);
  auto& node = model.node("Resize", {"x", "roi", "scales"}, "y");
  text(node, "coordinate_transformation_mode", "asymmetric");
  text(node, "nearest_mode", "floor");
  text(node, "mode", "nearest");
  forget_output_sizes(model);
  EXPECT_EQ(read_form(model).outputs[0].shape, (Shape{kBatch, 2, 10, 15}));
}

TEST(ForeignForms, KerasReshapesWithTheBatchOfTheInput) {
  ForeignModel model;
  axis_list(model, "first", {0});
  axis_list(model, "second", {1});
  axis_list(model, "sizes", {2, 25});
  axis_list(model, "rest", {-1});
  model.node("Shape", {"x"}, "shape");
  number(model.node("Cast", {"shape"}, "shape32"), "to", 6);
  model.node("Slice", {"shape32", "first", "second", "first"}, "batch32");
  number(model.node("Cast", {"batch32"}, "batch"), "to", 7);
  number(model.node("Concat", {"batch", "sizes"}, "target"), "axis", 0);
  model.node("Reshape", {"x", "target"}, "rows");
  number(model.node("Concat", {"batch", "rest"}, "flat_target"), "axis", 0);
  model.node("Reshape", {"rows", "flat_target"}, "flat");
  axis_list(model, "image", {-1, 2, 5, 5});
  model.node("Reshape", {"flat", "image"}, "y");
  const Graph graph = read_form(model);
  ASSERT_EQ(graph.nodes.size(), 3U);
  const auto values = infer_shapes(graph, "foreign.onnx");
  EXPECT_EQ(values.at("rows").shape, (Shape{kBatch, 2, 25}));
  EXPECT_EQ(values.at("flat").shape, (Shape{kBatch, 50}));
}

/// y is x with each cell of the two image axes twice: a Split into cells and a Concat of each twice, for each axis.
void add_keras_upsampling(ForeignModel& model) {
  std::string value = "x";
  for (const int axis : {2, 3}) {
    auto& split = *model.graph().add_node();
    split.set_op_type("Split");
    split.add_input(value);
    split.add_input("ones");
    number(split, "axis", axis);
    auto& concat = *model.graph().add_node();
    concat.set_op_type("Concat");
    number(concat, "axis", axis);
    for (int cell = 0; cell < 5; ++cell) {
      const auto name = "cell" + std::to_string(axis) + std::to_string(cell);
      model.graph().mutable_node(model.graph().node_size() - 2)->add_output(name);
      concat.add_input(name);
      concat.add_input(name);
    }
    value = axis == 2 ? "rows" : "y";
    concat.add_output(value);
  }
  axis_list(model, "ones", {1, 1, 1, 1, 1});
  forget_output_sizes(model);
}

TEST(ForeignForms, KerasUpsamplingBecomesResize) {
  ForeignModel model;
  add_keras_upsampling(model);
  const Graph graph = read_form(model);
  ASSERT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(graph.nodes[0].op, "Resize");
  EXPECT_EQ(graph.nodes[1].op, "Resize");
  EXPECT_EQ(graph.constants.size(), 2U);  // the lists of scales
  EXPECT_EQ(graph.outputs[0].shape, (Shape{kBatch, 2, 10, 10}));
  std::vector<float> image(50);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i);
  const auto made = reference::evaluate(graph, {{"x", make_tensor({1, 2, 5, 5}, image)}}).at("y");
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t y = 0; y < 10; ++y)
      for (std::size_t x = 0; x < 10; ++x)
        EXPECT_EQ(made.as<float>()[(c * 10 + y) * 10 + x], image[(c * 5 + y / 2) * 5 + x / 2]);
}

TEST(ForeignForms, CellsInAnotherOrderStayAConcat) {
  ForeignModel model;
  add_keras_upsampling(model);
  model.graph().mutable_node(1)->set_input(0, "cell21");
  const Graph graph = read_form(model);
  EXPECT_EQ(infer_shapes(graph, "foreign.onnx").at("y").shape, (Shape{kBatch, 2, 10, 10}));
  const auto is_slice = [](const Node& node) { return node.op == "Slice"; };
  EXPECT_EQ(std::count_if(graph.nodes.begin(), graph.nodes.end(), is_slice), 5);
}

TEST(ForeignForms, SqueezeUnsqueezeAndFlattenAreReshapes) {
  ForeignModel model;
  axis_list(model, "axes", {1, -1});
  axis_list(model, "last", {4});
  model.node("Unsqueeze", {"x", "axes"}, "a");  // (N, 1, 2, 5, 5, 1)
  model.node("Squeeze", {"a"}, "b");            // (N, 2, 5, 5)
  model.node("Flatten", {"b"}, "c");            // (N, 50)
  axis_list(model, "image", {-1, 2, 5, 5});
  model.node("Reshape", {"c", "image"}, "y");
  const Graph graph = read_form(model);
  for (const Node& node : graph.nodes) EXPECT_EQ(node.op, "Reshape") << node.name;
  const auto values = infer_shapes(graph, "foreign.onnx");
  EXPECT_EQ(values.at("a").shape, (Shape{kBatch, 1, 2, 5, 5, 1}));
  EXPECT_EQ(values.at("b").shape, (Shape{kBatch, 2, 5, 5}));
  EXPECT_EQ(values.at("c").shape, (Shape{kBatch, 50}));
}

TEST(ForeignForms, ArithmeticWithTheBatchSizeIsRefused) {
  ForeignModel model;
  axis_list(model, "first", {0});
  axis_list(model, "two", {2});
  axis_list(model, "sizes", {1, 25});
  model.node("Shape", {"x"}, "shape");
  model.node("Gather", {"shape", "first"}, "batch");
  model.node("Mul", {"batch", "two"}, "twice");
  number(model.node("Concat", {"twice", "sizes"}, "target"), "axis", 0);
  model.node("Reshape", {"x", "target"}, "y");
  expect_bad_input([&] { read_form(model); }, {"foreign.onnx", "Reshape_1", "number of showers"});
}

TEST(ForeignForms, AConstantThatWouldFillTheMemoryIsNotMade) {
  ForeignModel model;
  axis_list(model, "sizes", {1 << 20, 1 << 20});
  model.node("ConstantOfShape", {"sizes"}, "big");
  model.node("Mul", {"x", "big"}, "y");
  expect_bad_input([&] { read_form(model); }, {"foreign.onnx", "ConstantOfShape"});
}

}  // namespace
}  // namespace octocal::model
