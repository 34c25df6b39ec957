// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "octocal/base/machine.hpp"
#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

// Quantized graphs as others write them: a QuantizeLinear and DequantizeLinear pair around every op, weights with zero
// points, dense layers. Numbers are exact, so the engine must agree with the reference to the bit.

namespace octocal::engine::test {
namespace {

/// On this machine and under every cap: the reference's numbers, bit for bit.
void expect_reference(const GraphMaker& make, std::size_t showers = 2) {
  const auto inputs = random_inputs(make.graph(), showers, 21, Numbers::kExact);
  const auto expected = run_reference(make.graph(), inputs);
  EXPECT_EQ(run_graph(make.graph(), inputs), expected);
  for (const char* isa : {"avx2", "baseline"}) {
    const CappedIsa cap(isa);
    EXPECT_EQ(run_graph(make.graph(), inputs), expected) << isa;
  }
}

std::vector<std::string> ops_that_ran_in(const GraphMaker& make, const std::string& precision) {
  std::vector<std::string> ops;
  const auto program = Program::compile(make.graph());
  for (const auto& layer : program->layers())
    if (layer.ran == precision) ops.push_back(layer.ops);
  return ops;
}
using Ops = std::vector<std::string>;

TEST(ForeignInt8, WeightsOfEveryGrid) {
  struct Grid {
    int lowest, highest, zero_point;
    std::int64_t axis;
    bool nine_bits;
  };
  for (const ConvolutionCase& c : {ConvolutionCase{6, 9, 3, 6, 6}, ConvolutionCase{6, 9, 3, 5, 5, 2, 1, 1, true}})
    for (const Grid& grid :
         {Grid{-127, 127, 0, -1, false}, Grid{-128, 127, 0, -1, false}, Grid{0, 255, 128, -1, false},
          Grid{100, 200, 121, 0, false}, Grid{0, 255, 121, -1, true}, Grid{-128, 127, -17, 0, true}}) {
      GraphMaker make(31, Numbers::kExact);
      const std::int64_t axis = grid.axis < 0 ? -1 : c.transposed ? 1 : 0;
      const model::Shape shape{c.transposed ? c.in : c.out, c.transposed ? c.out : c.in, c.kernel, c.kernel};
      auto value = make.fake_quantize(make.input("x", {c.in, c.height, c.width}), 0.125F, 100);
      value = make.node(c.transposed ? "ConvTranspose" : "Conv",
                        {value, make.quantized_weights(shape, grid.lowest, grid.highest, grid.zero_point, axis),
                         make.constant({c.out}, 0, 0.5F)},
                        {{"strides", std::vector<std::int64_t>{c.stride, c.stride}},
                         {"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
      make.output(make.fake_quantize(value, 0.5F, 90));
      expect_reference(make);
      const auto layer = first_convolution(*Program::compile(make.graph()));
      EXPECT_EQ(layer.asked + layer.ran, "int8int8") << c << grid.zero_point;
      EXPECT_EQ(layer.reason.find("9 bits") != std::string::npos, grid.nine_bits) << layer.reason;
    }
}

TEST(ForeignInt8, DenseLayers) {
  for (const bool transposed : {false, true})
    for (const bool per_channel : {false, true})
      for (const int zero_point : {0, 5}) {
        GraphMaker make(32, Numbers::kExact);
        auto value = make.fake_quantize(make.input("x", {20}), 0.125F, -7, true);
        const model::Shape shape = transposed ? model::Shape{33, 20} : model::Shape{20, 33};
        const std::int64_t axis = !per_channel ? -1 : transposed ? 0 : 1;
        value = make.node(
            "Gemm", {value, make.quantized_weights(shape, -100, 100, zero_point, axis), make.constant({33}, 0, 0.5F)},
            {{"transB", std::int64_t{transposed}}, {"alpha", 0.5F}, {"beta", 2.0F}});
        make.output(make.fake_quantize(make.leaky_relu(value), 0.25F, 4, true));
        expect_reference(make, 3);
        const auto layer = report_of(*Program::compile(make.graph()), "Gemm");
        EXPECT_EQ(layer.ops, "Gemm+LeakyRelu+QuantizeLinear");
        EXPECT_EQ(layer.ran, "int8");
        EXPECT_EQ(layer.macs, 20U * 33U);
      }
}

TEST(ForeignInt8, MatMulOverRows) {
  GraphMaker make(33, Numbers::kExact);
  const auto value = make.fake_quantize(make.input("x", {3, 4, 12}), 0.125F, 128);
  const auto product = make.node("MatMul", {value, make.quantized_weights({12, 7}, -127, 127, 0, 1)});
  make.output(make.fake_quantize(product, 0.25F, 128));
  expect_reference(make);
  EXPECT_EQ(report_of(*Program::compile(make.graph()), "MatMul").macs, 3U * 4U * 12U * 7U);
}

TEST(ForeignInt8, APairAroundEveryOpIsOneTable) {
  GraphMaker make(34, Numbers::kExact);
  auto value = make.fake_quantize(make.input("x", {6, 7, 7}), 0.125F, 100);
  value = make.fake_quantize(make.int8_convolution(value, {6, 9, 3, 7, 7}), 0.25F, 110);
  value = make.fake_quantize(make.leaky_relu(value), 0.125F, 70);
  value = make.fake_quantize(make.batch_norm(value, 9), 0.0625F, 60);
  value = make.fake_quantize(make.node("Mul", {value, make.constant({}, 0.75F, 0)}), 0.125F, 40);
  value = make.fake_quantize(make.node("Sub", {make.constant({9, 1, 1}, 1, 0.5F), value}), 0.125F, 150);
  make.output(make.int8_convolution(value, {9, 5, 3, 7, 7}));
  expect_reference(make);
  EXPECT_EQ(ops_that_ran_in(make, "float32"), Ops{"reorder"});  // of the output
  EXPECT_EQ(ops_that_ran_in(make, "int8").at(3),
            "LeakyRelu+QuantizeLinear+DequantizeLinear+BatchNormalization+QuantizeLinear+DequantizeLinear+Mul+"
            "QuantizeLinear+DequantizeLinear+Sub+QuantizeLinear");
}

// Every function and side of every binary op, with real numbers: tables hold what the graph says, each op rounded once.
TEST(ForeignInt8, TablesOfEveryOp) {
  for (const std::string op :
       {"Relu", "Exp", "Log", "Sqrt", "Tanh", "Clip", "Mul", "Add", "Sub", "Div", "Max", "Min"}) {
    for (const bool swapped : {false, true}) {
      GraphMaker make(35);
      const auto x = make.fake_quantize(make.input("x", {5, 4, 4}), 0.02F, op == "Log" || op == "Sqrt" ? 0 : 128);
      std::vector<std::string> inputs{x};
      if (op == "Clip") inputs = {x, make.constant({}, -0.5F, 0), make.constant({}, 1, 0)};
      const bool binary = op == "Mul" || op == "Add" || op == "Sub" || op == "Div" || op == "Max" || op == "Min";
      if (binary) inputs.push_back(make.constant({5, 1, 1}, 0.7F, 0.1F));
      if (binary && swapped) std::swap(inputs[0], inputs[1]);
      make.output(make.fake_quantize(make.node(op, inputs), 0.011F, 100));
      const auto showers = random_inputs(make.graph(), 2, 22);
      EXPECT_EQ(run_graph(make.graph(), showers), run_reference(make.graph(), showers)) << op;
      EXPECT_EQ(report_of(*Program::compile(make.graph()), op).kernel, "own:table_u8") << op;
    }
  }
}

TEST(ForeignInt8, PairsOfTheSameGridDoNothing) {
  GraphMaker make(36, Numbers::kExact);
  auto value = make.fake_quantize(make.input("x", {32}), 0.125F, 100);
  value = make.node("Reshape", {value, "shape"});
  const std::int64_t sizes[] = {-1, 2, 4, 4};
  make.graph().constants["shape"] =
      model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(sizes));
  value = make.fake_quantize(value, 0.125F, 100);
  value = make.fake_quantize(make.node("Transpose", {value}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}}), 0.125F,
                             100);
  value = make.fake_quantize(value, 0.25F, 30);  // another grid: one table
  make.output(value);
  expect_reference(make);
  EXPECT_EQ(ops_that_ran_in(make, "int8"), (Ops{"QuantizeLinear", "QuantizeLinear+DequantizeLinear+QuantizeLinear"}));
}

TEST(ForeignInt8, AddAndMulOfTwoQuantizedValues) {
  for (const std::string op : {"Add", "Mul", "Sub", "Max"}) {
    GraphMaker make(37, Numbers::kExact);
    const auto x = make.fake_quantize(make.input("x", {6, 5, 3}), 0.125F, 100);
    const auto y = make.fake_quantize(make.input("y", {6, 1, 3}), 0.0625F, -9, true);
    const auto z = make.fake_quantize(make.node(op, {x, y}), 0.125F, 80);
    make.output(make.fake_quantize(make.node(op, {z, make.constant({6, 5, 3}, 0, 1)}), 0.25F, 90));
    expect_reference(make);
    const auto layer = report_of(*Program::compile(make.graph()), op);
    EXPECT_EQ(layer.ran + " " + layer.kernel, "int8 own:binary_u8");
    EXPECT_EQ(layer.ops, op + "+QuantizeLinear");
  }
}

TEST(ForeignInt8, ConcatOfSeveralGrids) {
  GraphMaker make(38, Numbers::kExact);
  const auto x = make.input("x", {4, 6, 6});
  const auto first = make.fake_quantize(x, 0.125F, 100);
  const auto second = make.fake_quantize(make.leaky_relu(x), 0.25F, 7);
  const auto whole = make.node("Concat", {first, second, make.leaky_relu(x, 0.5F)}, {{"axis", std::int64_t{1}}});
  make.output(make.int8_convolution(make.fake_quantize(whole, 0.25F, 90), {12, 5, 3, 6, 6}));
  expect_reference(make);
  EXPECT_EQ(report_of(*Program::compile(make.graph()), "Concat").ran, "int8");
  EXPECT_EQ(first_convolution(*Program::compile(make.graph())).ran, "int8");
}

TEST(ForeignInt8, SeveralReadersOfOnePair) {
  GraphMaker make(39, Numbers::kExact);
  const auto x = make.fake_quantize(make.input("x", {4, 6, 6}), 0.125F, 100);
  const auto conv = make.int8_convolution(x, {4, 5, 3, 6, 6});
  // A pair for each reader, all of one grid, and x read in float32, too.
  const auto a = make.fake_quantize(conv, 0.25F, 60);
  const auto b = make.fake_quantize(conv, 0.25F, 60);
  make.output(make.int8_convolution(a, {5, 3, 3, 6, 6}));
  make.output(make.int8_convolution(make.fake_quantize(make.leaky_relu(b), 0.125F, 30), {5, 3, 3, 6, 6}));
  make.output(make.leaky_relu(x));
  const auto c = make.leaky_relu(x, 0.5F);
  make.output(make.fake_quantize(c, 0.125F, 50));
  make.output(make.fake_quantize(c, 0.125F, 50));
  expect_reference(make);
  EXPECT_EQ(first_convolution(*Program::compile(make.graph())).ops, "Conv+QuantizeLinear");
}

// A value that leaves the graph, or has a reader in float32, is computed as such.
TEST(ForeignInt8, AChainEndsWhereItsValueIsNeeded) {
  GraphMaker make(40, Numbers::kExact);
  const auto x = make.fake_quantize(make.input("x", {4, 6, 6}), 0.125F, 100);
  const auto first = make.fake_quantize(make.leaky_relu(x), 0.25F, 60);
  make.output(first);
  make.output(make.fake_quantize(make.batch_norm(first, 4), 0.125F, 50));
  const auto seen = make.leaky_relu(x, 0.125F);
  make.output(seen);
  make.output(make.fake_quantize(seen, 0.25F, 60));
  expect_reference(make);
}

TEST(ForeignInt8, SumsThatMayOverflowRunInFloat32) {
  GraphMaker make(41, Numbers::kExact);
  const std::int64_t inputs = 80000;  // 80,000 * 255 * 255 > 2^31
  auto value = make.fake_quantize(make.input("x", {inputs}), 0.125F, 100);
  const std::vector<std::uint8_t> ones(static_cast<std::size_t>(inputs), 255);
  make.graph().constants["w"] =
      model::make_tensor(model::DataType::kUint8, {inputs, 1}, std::span<const std::uint8_t>(ones));
  make.graph().constants["s"] = model::make_tensor({}, {0.0009765625F});
  value = make.node("MatMul", {value, make.node("DequantizeLinear", {"w", "s"})});
  make.output(value);
  const auto program = Program::compile(make.graph());
  const auto layer = report_of(*program, "MatMul");
  EXPECT_EQ(layer.asked + " " + layer.ran + " " + layer.reason, "int8 float32 sums that may need more than 32 bits");
  const auto showers = random_inputs(make.graph(), 1, 23, Numbers::kExact);
  EXPECT_NEAR(run_program(program, showers).at(0).at(0), run_reference(make.graph(), showers).at(0).at(0), 1.0F);
}

}  // namespace
}  // namespace octocal::engine::test
