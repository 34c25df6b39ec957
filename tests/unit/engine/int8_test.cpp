// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "octocal/base/machine.hpp"
#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

namespace octocal::engine::test {
namespace {

struct Block {
  ConvolutionCase convolution;
  Numbers numbers = Numbers::kReal;
  int zero_in = 0, zero_out = 0;
  bool is_signed = false, leaky = true, batch_norm = true, quantized = true, per_channel = true, bias = false;
};

model::Graph graph_of(const Block& block, std::uint64_t seed = 3) {
  const auto& c = block.convolution;
  const bool exact = block.numbers == Numbers::kExact;
  GraphMaker make(seed, block.numbers);
  auto value = make.input("x", {c.in, c.height, c.width});
  value = make.fake_quantize(value, exact ? 0.125F : 0.021F, block.zero_in, block.is_signed);
  value = make.int8_convolution(value, c, block.bias, block.per_channel);
  if (block.leaky) value = make.leaky_relu(value);
  if (block.batch_norm) value = make.batch_norm(value, c.out);
  if (block.quantized) value = make.fake_quantize(value, exact ? 0.0625F : 0.013F, block.zero_out, block.is_signed);
  make.output(value);
  return make.graph();
}

/// Cells that differ by at most one step, and by more.
struct Differences {
  std::size_t one_step = 0, more = 0, cells = 0;
};
Differences compare(const std::vector<float>& ours, const std::vector<float>& expected, double step) {
  Differences result;
  result.cells = expected.size();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double steps = std::abs(static_cast<double>(ours[i]) - static_cast<double>(expected[i])) / step;
    result.one_step += steps > 0.01 && steps < 1.01 ? 1 : 0;
    result.more += steps >= 1.01 ? 1 : 0;
  }
  return result;
}

class Int8Convolution : public ::testing::TestWithParam<ConvolutionCase> {};

TEST_P(Int8Convolution, ExactNumbersGiveTheReferencesBytesTiesAndSaturationIncluded) {
  for (const int zero : {0, 78, 128, 254}) {
    const auto graph = graph_of({GetParam(), Numbers::kExact, zero, zero});
    const auto inputs = random_inputs(graph, 3, 5, Numbers::kExact);
    const auto ours = run_graph(graph, inputs, 2).at(0);
    EXPECT_EQ(ours, run_reference(graph, inputs).at(0)) << "zero point " << zero;
  }
}

TEST_P(Int8Convolution, RealNumbersAgreeButForRareTies) {
  const auto graph = graph_of({GetParam(), Numbers::kReal, 117, 93});
  const auto inputs = random_inputs(graph, 3, 6);
  const auto difference = compare(run_graph(graph, inputs).at(0), run_reference(graph, inputs).at(0), 0.013);
  EXPECT_EQ(difference.more, 0U);
  EXPECT_LE(static_cast<double>(difference.one_step), 2 + 2e-4 * static_cast<double>(difference.cells));
}

TEST_P(Int8Convolution, SameBytesWithoutVnni) {
  for (const bool quantized : {true, false}) {
    const auto graph = graph_of({GetParam(), Numbers::kReal, 131, 90, false, true, true, quantized, true, true});
    const auto inputs = random_inputs(graph, 2, 7);
    std::vector<float> avx2;
    std::vector<float> baseline;
    {
      const CappedIsa cap("avx2");
      const auto program = Program::compile(graph);
      EXPECT_NE(first_convolution(*program).kernel.find("own:convolution_integer"), std::string::npos);
      EXPECT_NE(first_convolution(*program).reason, "");
      avx2 = run_program(program, inputs).at(0);
    }
    {
      const CappedIsa cap("baseline");
      baseline = run_graph(graph, inputs).at(0);
    }
    EXPECT_EQ(avx2, baseline);
    if (machine_isa() < Isa::kAvx512Vnni) continue;
    const auto program = Program::compile(graph);
    // oneDNN has no right kernel for pixels that no tap meets.
    const bool has_gaps = GetParam().transposed && GetParam().kernel < GetParam().stride;
    EXPECT_EQ(first_convolution(*program).kernel.find("oneDNN") == std::string::npos, has_gaps)
        << first_convolution(*program).kernel;
    EXPECT_EQ(run_program(program, inputs).at(0), avx2);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Int8Convolution, ::testing::ValuesIn(convolution_cases()));

// oneDNN 2.6 gives other numbers where output_padding reaches beyond what is cropped behind.
TEST(Int8Block, OutputPaddingBeyondTheLastTapGivesTheReferencesBytes) {
  for (const std::int64_t kernel : {2, 3, 4, 5})
    for (const std::int64_t stride : {2, 3})
      for (const std::int64_t before : {std::int64_t{0}, kernel - 1})
        for (const std::int64_t longer : {1, 2}) {
          if (longer >= stride) continue;
          GraphMaker make(4, Numbers::kExact);
          const ConvolutionCase c{3, 6, kernel, 5, 4, stride, before, 0, true};
          const auto value = make.int8_convolution(make.fake_quantize(make.input("x", {3, 5, 4}), 0.125F, 100), c);
          make.graph().nodes.back().attributes["output_padding"] = std::vector<std::int64_t>{0, longer};
          make.output(value);
          const auto inputs = random_inputs(make.graph(), 2, 9, Numbers::kExact);
          EXPECT_EQ(run_graph(make.graph(), inputs), run_reference(make.graph(), inputs))
              << c << ", longer by " << longer;
        }
}

TEST(Int8Block, EveryFormOfEpilogueGivesTheReferencesBytes) {
  for (const ConvolutionCase& c : {ConvolutionCase{5, 33, 3, 6, 6}, ConvolutionCase{5, 33, 5, 5, 5, 2, 1, 2, true}})
    for (const bool leaky : {false, true})
      for (const bool batch_norm : {false, true})
        for (const bool quantized : {false, true})
          for (const bool per_channel : {false, true})
            for (const bool bias : {false, true})
              for (const bool is_signed : {false, true}) {
                const int zero = is_signed ? 0 : 100;
                const auto graph = graph_of(
                    {c, Numbers::kExact, zero, zero, is_signed, leaky, batch_norm, quantized, per_channel, bias});
                const auto inputs = random_inputs(graph, 1, 8, Numbers::kExact);
                EXPECT_EQ(run_graph(graph, inputs).at(0), run_reference(graph, inputs).at(0))
                    << c << leaky << batch_norm << quantized << per_channel << bias << is_signed;
              }
}

TEST(Int8Block, SaturatesAtBothEnds) {
  auto graph = graph_of({{5, 8, 3, 6, 6}, Numbers::kExact, 128, 128});
  // Weights that drive half of the outputs far above and half far below what eight bits hold.
  for (auto& [name, tensor] : graph.constants)
    if (name.starts_with("weight"))
      for (std::size_t i = 0; auto& weight : tensor.as<std::int8_t>()) weight = i++ / 45 % 2 == 0 ? 127 : -127;
  auto inputs = random_inputs(graph, 1, 9, Numbers::kExact);
  for (float& x : inputs.at("x").as<float>()) x = 4;
  const auto ours = run_graph(graph, inputs).at(0);
  EXPECT_EQ(ours, run_reference(graph, inputs).at(0));
  EXPECT_EQ(*std::max_element(ours.begin(), ours.end()), 127 * 0.0625F);
  EXPECT_EQ(*std::min_element(ours.begin(), ours.end()), -128 * 0.0625F);
}

TEST(Int8Block, BorderSeesTheZeroPointNotZero) {
  // A constant image of the value that the zero point stands for: every output is the bias, at the border too.
  GraphMaker make(4, Numbers::kExact);
  auto value = make.fake_quantize(make.input("x", {5, 7, 7}), 0.125F, 77);
  make.output(make.int8_convolution(value, {5, 8, 8, 7, 7, 1, 3, 4}));
  auto inputs = random_inputs(make.graph(), 1, 10);
  for (float& x : inputs.at("x").as<float>()) x = 0;
  const auto ours = run_graph(make.graph(), inputs).at(0);
  for (const float y : ours) EXPECT_EQ(y, 0.0F);
}

TEST(Int8Program, RotationsAndConcatMoveBytes) {
  GraphMaker make(5, Numbers::kExact);
  const auto x = make.fake_quantize(make.input("x", {6, 6, 6}), 0.125F, 90);
  std::vector<std::string> parts;
  for (const auto& order : {std::vector<std::int64_t>{0, 3, 1, 2}, {0, 1, 2, 3}, {0, 2, 1, 3}}) {
    auto part = make.int8_convolution(make.node("Transpose", {x}, {{"perm", order}}), {6, 6, 3, 6, 6});
    // One scale and zero point for all three, as octocal quantize writes it.
    const auto quantized = make.node("QuantizeLinear", {make.leaky_relu(part), "shared.scale", "shared.zero"});
    part = make.node("DequantizeLinear", {quantized, "shared.scale", "shared.zero"});
    parts.push_back(make.node("Transpose", {part}, {{"perm", order}}));
  }
  make.graph().constants["shared.scale"] = model::make_tensor({}, std::vector<float>{0.0625F});
  const std::uint8_t zero = 40;
  make.graph().constants["shared.zero"] = model::make_tensor(model::DataType::kUint8, {}, std::span(&zero, 1));
  const auto concat = make.node("Concat", parts, {{"axis", std::int64_t{1}}});
  make.output(make.int8_convolution(concat, {18, 5, 3, 6, 6}));
  const auto inputs = random_inputs(make.graph(), 3, 11, Numbers::kExact);
  EXPECT_EQ(run_graph(make.graph(), inputs).at(0), run_reference(make.graph(), inputs).at(0));
  const auto program = Program::compile(make.graph());
  for (const auto& layer : program->layers()) {
    EXPECT_NE(layer.ops, "DequantizeLinear") << layer.layer;
    if (layer.macs > 0 || layer.ops == "Concat") {
      EXPECT_EQ(layer.ran, "int8") << layer.layer;
    }
  }
}

TEST(Int8Program, Float32LayersInTheMiddleQuantizeAtTheirBordersOnly) {
  GraphMaker make(6);
  auto value = make.fake_quantize(make.input("x", {5, 8, 8}), 0.03F, 120);
  value = make.int8_convolution(value, {5, 16, 3, 8, 8});
  value = make.fake_quantize(make.batch_norm(make.leaky_relu(value), 16), 0.02F, 70);
  value = make.convolution(value, {16, 12, 4, 8, 8, 1, 1, 2});  // stays float32
  value = make.fake_quantize(make.batch_norm(make.leaky_relu(value), 12), 0.02F, 80);
  value = make.convolution(value, {12, 12, 5, 8, 8, 2, 1, 2, true}, true);  // float32, too
  value = make.fake_quantize(value, 0.02F, 128);
  make.output(make.int8_convolution(value, {12, 5, 3, 16, 16}));
  const auto inputs = random_inputs(make.graph(), 2, 12);
  const auto ours = run_graph(make.graph(), inputs).at(0);
  const auto expected = run_reference(make.graph(), inputs).at(0);
  double largest = 0;
  std::size_t differing = 0;
  for (const float y : expected) largest = std::max(largest, std::abs(static_cast<double>(y)));
  for (std::size_t i = 0; i < ours.size(); ++i)
    differing += std::abs(static_cast<double>(ours[i]) - static_cast<double>(expected[i])) > 1e-5 * largest ? 1 : 0;
  // One flipped step of an inner cell touches 9 pixels of 5 channels, and a deeper one more.
  EXPECT_LE(differing, ours.size() / 20);
  std::vector<std::string> ran;
  const auto program = Program::compile(make.graph());
  for (const auto& layer : program->layers())
    if (layer.macs > 0) ran.push_back(layer.ran);
  EXPECT_EQ(ran, (std::vector<std::string>{"int8", "float32", "float32", "int8"}));
}

TEST(Int8Program, TellsWhyALayerAskedInInt8RunsInFloat32) {
  GraphMaker make(7);
  const auto value = make.fake_quantize(make.input("x", {4, 6, 6}), 0.03F, 120);
  make.output(make.int8_convolution(value, {4, 4, 3, 6, 6}));
  for (auto& node : make.graph().nodes)  // as many scales, along the input channels
    if (node.attributes.contains("axis")) node.attributes["axis"] = std::int64_t{1};
  const auto inputs = random_inputs(make.graph(), 1, 13);
  const auto program = Program::compile(make.graph());
  const auto layer = first_convolution(*program);
  EXPECT_EQ(layer.asked, "int8");
  EXPECT_EQ(layer.ran, "float32");
  EXPECT_EQ(layer.reason, "weight scales not along the output channels");
  const auto ours = run_program(program, inputs).at(0);
  const auto expected = run_reference(make.graph(), inputs).at(0);
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], expected[i], 1e-4);
}

}  // namespace
}  // namespace octocal::engine::test
