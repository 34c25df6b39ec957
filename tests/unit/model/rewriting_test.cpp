// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "unit/model/expect_error.hpp"
#include "unit/model/foreign_model.hpp"

// Ops and forms that become others when a file is read, against numbers worked out by hand. x is (N, 2, 5, 5).

namespace octocal::model {
namespace {

using testing::expect_bad_input;
using testing::ForeignModel;

/// A model of one op, in a file of some opset.
class OneOp {
 public:
  OneOp(const std::string& op, int opset, const Shape& output_sizes = {2, 5, 5}) {
    model_.model.mutable_opset_import(0)->set_version(opset);
    model_.node(op, {"x"}, "y").set_name("it");
    auto& shape = *model_.graph().mutable_output(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
    shape.clear_dim();
    shape.add_dim()->set_dim_param("batch");
    for (const auto size : output_sizes) shape.add_dim()->set_dim_value(size);
  }
  OneOp& integer(const std::string& name, std::int64_t value) {
    auto& attribute = *node().add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
    return *this;
  }
  OneOp& integers(const std::string& name, const std::vector<std::int64_t>& values) {
    auto& attribute = *node().add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const auto value : values) attribute.add_ints(value);
    return *this;
  }
  OneOp& input(const std::vector<std::int64_t>& numbers) {
    const auto name = "list" + std::to_string(node().input_size());
    auto& tensor = model_.tensor(name, onnx::TensorProto::INT64, {static_cast<std::int64_t>(numbers.size())});
    for (const auto number : numbers) tensor.add_int64_data(number);
    node().add_input(name);
    return *this;
  }
  OneOp& input(const std::vector<float>& numbers, const std::vector<std::int64_t>& shape) {
    const auto name = "numbers" + std::to_string(node().input_size());
    auto& tensor = model_.tensor(name, onnx::TensorProto::FLOAT, shape);
    for (const float number : numbers) tensor.add_float_data(number);
    node().add_input(name);
    return *this;
  }
  OneOp& no_input() {
    node().add_input("");
    return *this;
  }

  Graph read() const { return parse_onnx(model_.bytes(), "foreign.onnx"); }
  std::set<std::string> ops() const {
    std::set<std::string> found;
    for (const Node& node : read().nodes) found.insert(node.op);
    return found;
  }
  /// y for x = x0, x0 + step, ... in C order, one shower.
  std::vector<float> run(float start = 0, float step = 1) const {
    std::vector<float> image(50);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = start + step * static_cast<float>(i);
    const auto made = reference::evaluate(read(), {{"x", make_tensor({1, 2, 5, 5}, image)}}).at("y");
    const auto numbers = made.as<float>();
    return {numbers.begin(), numbers.end()};
  }

 private:
  onnx::NodeProto& node() { return *model_.graph().mutable_node(0); }

  ForeignModel model_;
};

void expect_numbers(const std::vector<float>& ours, const std::vector<double>& wanted) {
  ASSERT_EQ(ours.size(), wanted.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(static_cast<double>(ours[i]), wanted[i], 1e-6 * std::max(1.0, std::abs(wanted[i]))) << i;
}

TEST(Rewriting, ReductionsTakeTheirAxesFromAttributeOrInput) {
  // Rows of x are 5 r .. 5 r + 4: sum 25 r + 10, mean 5 r + 2.
  std::vector<double> sums;
  std::vector<double> means;
  std::vector<double> largest;
  for (int r = 0; r < 10; ++r) {
    sums.push_back(25 * r + 10);
    means.push_back(5 * r + 2);
    largest.push_back(5 * r + 4);
  }
  const auto row = [](const std::string& op, int opset) { return OneOp(op, opset, {2, 5}).integer("keepdims", 0); };
  expect_numbers(row("ReduceSum", 11).integers("axes", {3}).run(), sums);
  expect_numbers(row("ReduceSum", 13).input({-1}).run(), sums);
  expect_numbers(row("ReduceMean", 13).integers("axes", {-1}).run(), means);
  expect_numbers(row("ReduceMean", 18).input({3}).run(), means);
  expect_numbers(row("ReduceMax", 11).integers("axes", {3}).run(), largest);
  expect_numbers(row("ReduceMax", 20).input({3}).run(), largest);
  expect_numbers(OneOp("ReduceL2", 18, {1, 1, 1}).input({1, 2, 3}).run(1, 0), {std::sqrt(50.0)});
  expect_numbers(OneOp("ReduceL1", 18, {1, 1, 1}).input({1, 2, 3}).run(-1, 0), {50});
  expect_numbers(OneOp("ReduceSumSquare", 13, {1, 1, 1}).integers("axes", {1, 2, 3}).run(-2, 0), {200});
  expect_numbers(OneOp("GlobalAveragePool", 13, {2, 1, 1}).run(), {12, 37});
  expect_numbers(OneOp("GlobalMaxPool", 13, {2, 1, 1}).run(), {24, 49});
  const auto idle = OneOp("ReduceMean", 18).integer("noop_with_empty_axes", 1);
  EXPECT_EQ(idle.run().at(7), 7);
  expect_bad_input([] { OneOp("ReduceMean", 18, {}).input({0}).read(); }, {"foreign.onnx", "it", "showers"});
  expect_bad_input([] { OneOp("ReduceMean", 18, {}).read(); }, {"foreign.onnx", "it", "showers"});
}

TEST(Rewriting, SoftmaxHadAnotherMeaningBeforeOpset13) {
  // Numbers that differ by log 2 along the last axis: 1, 2, 4, 8, 16 of 31.
  const float step = 0.69314718F;
  using Weights = std::vector<std::pair<std::size_t, double>>;
  for (const auto& [i, weight] : Weights{{0, 1}, {1, 2}, {4, 16}, {5, 1}, {49, 16}})
    EXPECT_NEAR(static_cast<double>(OneOp("Softmax", 13).run(0, step).at(i)), weight / 31, 1e-6);
  // All 50 cells of a shower are one row there: 2^i / (2^50 - 1).
  const auto before = OneOp("Softmax", 11).run(0, step);
  EXPECT_NEAR(before.at(49), 0.5, 1e-5);
  EXPECT_NEAR(before.at(48), 0.25, 1e-5);
  EXPECT_NEAR(OneOp("LogSoftmax", 13).run(0, step).at(4), std::log(16.0 / 31), 1e-6);
  // exp of large numbers would overflow.
  EXPECT_NEAR(OneOp("Softmax", 13).run(1000, 0).at(3), 0.2, 1e-6);
}

TEST(Rewriting, NormalizationsBringEachChannelToItsMoments) {
  // A channel is 25 numbers one apart: variance (25^2 - 1) / 12 = 52.
  const auto instance = OneOp("InstanceNormalization", 13).input({2.0F, 3.0F}, {2}).input({0.5F, -1.0F}, {2});
  const auto made = instance.run();
  EXPECT_NEAR(made.at(12), 0.5, 1e-6);
  EXPECT_NEAR(made.at(13), 0.5 + 2 / std::sqrt(52.00001), 1e-6);
  EXPECT_NEAR(made.at(25), -1 - 3 * 12 / std::sqrt(52.00001), 1e-6);
  // Rows of five: variance 2.
  const std::vector<float> ones(5, 1.0F);
  const auto layer = OneOp("LayerNormalization", 17).input(ones, {5}).input({1, 0, 0, 0, 0}, {5}).run();
  EXPECT_NEAR(layer.at(0), 1 - 2 / std::sqrt(2.00001), 1e-6);
  EXPECT_NEAR(layer.at(49), 2 / std::sqrt(2.00001), 1e-6);
  // Both channels in one group: 50 numbers, variance (50^2 - 1) / 12.
  const double width = std::sqrt((2500 - 1) / 12.0 + 1e-5);
  const auto group = [](int opset, const std::vector<float>& scale) {
    const auto count = static_cast<std::int64_t>(scale.size());
    return OneOp("GroupNormalization", opset)
        .input(scale, {count})
        .input(std::vector<float>(scale.size(), 0.0F), {count})
        .integer("num_groups", 1)
        .run();
  };
  EXPECT_NEAR(group(18, {3}).at(49), 3 * 24.5 / width, 1e-5);     // a scale a group
  EXPECT_NEAR(group(21, {3, 5}).at(49), 5 * 24.5 / width, 1e-5);  // a scale a channel
  EXPECT_NEAR(group(21, {3, 5}).at(0), -3 * 24.5 / width, 1e-5);
  expect_bad_input([] { OneOp("GroupNormalization", 17).read(); }, {"it", "came with opset 18"});
}

TEST(Rewriting, ActivationsByTheirFormulas) {
  const auto at_one = [](const std::string& op, int opset) { return OneOp(op, opset).run(1, 0).at(0); };
  EXPECT_NEAR(at_one("Gelu", 20), 0.841344746, 1e-6);   // the normal distribution at 1
  EXPECT_NEAR(at_one("Mish", 18), 0.865098388, 1e-6);   // tanh(log(1 + e))
  EXPECT_NEAR(at_one("HardSwish", 14), 2.0 / 3, 1e-6);  // (1 + 3) / 6
  EXPECT_NEAR(at_one("HardSigmoid", 11), 0.7, 1e-6);
  EXPECT_NEAR(at_one("Softsign", 11), 0.5, 1e-6);
  EXPECT_NEAR(at_one("Selu", 11), 1.05070098, 1e-6);
  EXPECT_NEAR(OneOp("Selu", 11).run(-1, 0).at(0), -1.11133074, 1e-6);
  EXPECT_NEAR(OneOp("Celu", 12).run(-1, 0).at(0), std::exp(-1.0) - 1, 1e-6);
  EXPECT_NEAR(OneOp("Reciprocal", 11).run(4, 0).at(0), 0.25, 1e-6);
  EXPECT_EQ(OneOp("ThresholdedRelu", 11).run(0, 0.5F).at(2), 0);  // alpha 1: not above it
  EXPECT_EQ(OneOp("ThresholdedRelu", 11).run(0, 0.5F).at(3), 1.5F);
}

TEST(Rewriting, SlopesThatAreAllTheSameMakeALeakyRelu) {
  EXPECT_EQ(OneOp("PRelu", 13).input({0.25F, 0.25F}, {2, 1, 1}).ops(), std::set<std::string>{"LeakyRelu"});
  const auto two = OneOp("PRelu", 13).input({0.25F, 0.5F}, {2, 1, 1});
  EXPECT_EQ(two.ops(), std::set<std::string>{"PRelu"});
  EXPECT_EQ(two.run(-100).at(0), -25);
  EXPECT_EQ(two.run(-100).at(49), -51 * 0.5F);
}

TEST(Rewriting, DepthToSpaceInBothOrders) {
  // Blocks of one are the same image; the real orders are held against ONNX Runtime.
  EXPECT_EQ(OneOp("DepthToSpace", 13).integer("blocksize", 1).run().at(17), 17);
  expect_bad_input([] { OneOp("DepthToSpace", 13).integer("blocksize", 2).read(); }, {"it", "blocks of 2"});
}

TEST(Rewriting, ResizeAndPadOfSomeAxes) {
  const auto up = OneOp("Resize", 18, {2, 5, 10}).no_input().input({2.0F}, {1}).integers("axes", {3}).run();
  EXPECT_EQ(up.at(10 + 1), 5);
  EXPECT_EQ(up.at(10 + 2), 6);
  expect_bad_input([] { OneOp("Resize", 18).integer("antialias", 1).read(); }, {"it", "antialias"});
  const auto padded = OneOp("Pad", 18, {2, 5, 8}).input({1, 2}).no_input().input({-1}).run();
  EXPECT_EQ(padded.at(0), 0);
  EXPECT_EQ(padded.at(1), 0.0F);
  EXPECT_EQ(padded.at(2), 1);
  EXPECT_EQ(padded.at(8 + 1), 5);
  EXPECT_EQ(padded.at(7), 0);
}

TEST(Rewriting, ReshapeWithAllowzeroIsAPlainOneUnlessAnAxisHasNoCells) {
  const Graph graph = OneOp("Reshape", 18, {50}).input({-1, 50}).integer("allowzero", 1).read();
  EXPECT_TRUE(graph.nodes.at(0).attributes.empty());
  EXPECT_EQ(graph.opset, 13);
  expect_bad_input(
      [] {
        OneOp("Reshape", 18, {50}).input({0, 50}).integer("allowzero", 1).read();
      },
      {"it", "without cells"});
}

TEST(Rewriting, SplitsIntoEqualPartsTheLastSmaller) {
  ForeignModel model;
  model.model.mutable_opset_import(0)->set_version(18);
  auto& node = model.node("Split", {"x"}, "a");
  node.add_output("y");
  auto& axis = *node.add_attribute();
  axis.set_name("axis");
  axis.set_type(onnx::AttributeProto::INT);
  axis.set_i(-1);
  auto& outputs = *node.add_attribute();
  outputs.set_name("num_outputs");
  outputs.set_type(onnx::AttributeProto::INT);
  outputs.set_i(2);
  model.graph()
      .mutable_output(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(3)
      ->set_dim_value(2);
  const auto graph = parse_onnx(model.bytes(), "foreign.onnx");
  EXPECT_EQ(infer_shapes(graph, "foreign.onnx").at("a").shape, (Shape{kBatch, 2, 5, 3}));
}

TEST(Rewriting, SmallFilesCannotFillTheMemory) {
  expect_bad_input([] { OneOp("Tile", 13, {2, 5, 5}).input({1, 1 << 30, 1, 1}).read(); }, {"it", "1073741824 repeats"});
  expect_bad_input(
      [] {
        OneOp("Tile", 13, {2, 5, 5}).input({1, 1 << 18, 1 << 17, 1 << 17}).read();
      },
      {"value y", "more than 268435456 cells"});
  expect_bad_input([] { OneOp("Expand", 13, {2, 5, 5}).input({1 << 30, 1, 1, 1, 1, 1}).read(); }, {"it"});
  ForeignModel model;  // one constant of 2^23 numbers after the other
  auto& size = model.tensor("size", onnx::TensorProto::INT64, {1});
  size.add_int64_data(1 << 23);
  std::string last = "x";
  for (int i = 0; i < 40; ++i) {
    const auto zeros = "zeros" + std::to_string(i);
    model.node("ConstantOfShape", {"size"}, zeros);
    model.node("Neg", {zeros}, zeros + "n");
  }
  model.node("Relu", {"x"}, "y");
  expect_bad_input([&] { parse_onnx(model.bytes(), "foreign.onnx"); }, {"foreign.onnx", "hold more than 134217728"});
}

}  // namespace
}  // namespace octocal::model
