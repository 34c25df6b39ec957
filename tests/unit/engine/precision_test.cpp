// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"
#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

namespace octocal::engine::test {
namespace {

/// Three int8 convolutions and a float32 one of this kernel.
model::Graph graph_of_four(std::int64_t float_kernel) {
  GraphMaker make(1);
  auto value = make.convolution(make.input("x", {8, 6, 6}), {8, 8, float_kernel, 6, 6, 1, 0, float_kernel - 1});
  for (int layer = 0; layer < 3; ++layer)
    value = make.int8_convolution(make.fake_quantize(value, 0.03F, 120), {8, 8, 3, 6, 6});
  make.output(value);
  return make.graph();
}

/// Int8 convolutions that int8 kernels lack.
model::Graph dilated(int layers) {
  GraphMaker make(5);
  auto value = make.input("x", {4, 6, 6});
  for (int layer = 0; layer < layers; ++layer) {
    value = make.int8_convolution(make.fake_quantize(value, 0.03F, 120), {4, 4, 3, 6, 6, 1, 2, 2});
    make.graph().nodes.back().attributes["dilations"] = std::vector<std::int64_t>{2, 2};
  }
  make.output(value);
  return make.graph();
}

model::Graph dense_in_int8() {
  GraphMaker make(2);
  const auto value = make.fake_quantize(make.input("x", {7}), 0.03F, 120);
  const std::vector<std::int8_t> weights(21, 3);
  make.graph().constants["w"] = model::make_tensor(model::DataType::kInt8, {7, 3}, std::span(weights));
  make.graph().constants["s"] = model::make_tensor({}, std::vector<float>{0.5F});
  make.output(make.node("Gemm", {value, make.node("DequantizeLinear", {"w", "s"})}));
  return make.graph();
}

TEST(Precision, OfAProgramIsThatOfNineTenthsOfTheMacs) {
  // 9 * 64 * 36 MACs an int8 layer; the float32 one has 1, 9 or 49 taps: 3.6 %, 25 % and 64 % of all.
  EXPECT_EQ(Program::compile(graph_of_four(1))->precision(), "int8");
  EXPECT_EQ(Program::compile(graph_of_four(3))->precision(), "mixed");
  GraphMaker make(3);
  make.output(make.node("Relu", {make.input("x", {4})}));
  EXPECT_EQ(Program::compile(make.graph())->precision(), "float32");
}

// What the engine takes a layer to ask for is what octocal inspect tells of the graph, and so is the word for all.
TEST(Precision, AskedIsWhatTheSummaryOfTheGraphSays) {
  const std::string models = std::string(OCTOCAL_SOURCE_DIR) + "/models/";
  const std::vector<model::Graph> graphs = {graph_of_four(1),
                                            graph_of_four(3),
                                            dilated(2),
                                            dense_in_int8(),
                                            model::read_onnx(models + "generator.onnx"),
                                            model::read_onnx(models + "generator-int8.onnx")};
  for (const auto& graph : graphs) {
    const auto summary = model::summarize(graph, "test");
    std::map<std::string, std::string> expected;
    for (const auto& layer : summary.layers)
      if (layer.macs > 0) expected[layer.name] = layer.precision;
    const auto program = Program::compile(graph);
    std::map<std::string, std::string> asked;
    bool all_as_asked = true;
    for (const auto& layer : program->layers()) {
      if (layer.macs > 0) asked[layer.layer] = layer.asked;
      all_as_asked &= layer.asked == layer.ran;
    }
    EXPECT_EQ(asked, expected);
    if (all_as_asked) {
      EXPECT_EQ(program->precision(), summary.precision);
    }
  }
}

TEST(Remarks, AreNoneWhereAllRunsAsAskedAndFast) {
  GraphMaker make(4);
  make.output(make.convolution(make.input("x", {8, 6, 6}), {8, 8, 3, 6, 6}));
  EXPECT_EQ(Program::compile(make.graph())->remarks(), std::vector<std::string>{});
  if (machine_isa() < Isa::kAvx512Vnni) GTEST_SKIP() << "no VNNI here";
  EXPECT_EQ(Program::compile(graph_of_four(1))->remarks(), std::vector<std::string>{});
}

TEST(Remarks, TellOnceAndInWordsThatThereIsNoVnni) {
  const CappedIsa cap("avx2");
  const auto program = Program::compile(graph_of_four(1));
  EXPECT_EQ(program->remarks(),
            (std::vector<std::string>{"int8 runs on octocal's own kernels, because OCTOCAL_ISA=avx2 allows no AVX-512 "
                                      "VNNI: the same showers, byte for byte, but not as fast as with it"}));
  int layers = 0;
  for (const auto& layer : program->layers()) {
    EXPECT_EQ(layer.asked, layer.ran);
    if (layer.ran != "int8" || layer.macs == 0) continue;
    ++layers;
    EXPECT_NE(layer.reason.find("VNNI"), std::string::npos) << layer.reason;
    EXPECT_EQ(layer.reason.find("float32"), std::string::npos) << "looks like another precision: " << layer.reason;
  }
  EXPECT_EQ(layers, 3);
  // A float32 program has nothing to say of it.
  GraphMaker make(4);
  make.output(make.convolution(make.input("x", {8, 6, 6}), {8, 8, 3, 6, 6}));
  EXPECT_EQ(Program::compile(make.graph())->remarks(), std::vector<std::string>{});
}

TEST(Remarks, NameTheModelAndTheLayersThatRunInAnotherPrecision) {
  if (machine_isa() < Isa::kAvx512Vnni) GTEST_SKIP() << "no VNNI here: one sentence more";
  EXPECT_EQ(Program::compile(dilated(1), {8, "d.onnx"})->remarks(),
            (std::vector<std::string>{"d.onnx: 1 layer asked in int8 runs in float32 (dilated convolution): Conv3"}));
  // Six convolutions of one reason are one sentence that names the first four.
  EXPECT_EQ(
      Program::compile(dilated(6), {8, "m.onnx"})->remarks(),
      (std::vector<std::string>{"m.onnx: 6 layers asked in int8 run in float32 (dilated convolution): Conv3, Conv7, "
                                "Conv11, Conv15 and 2 more"}));
}

}  // namespace
}  // namespace octocal::engine::test
