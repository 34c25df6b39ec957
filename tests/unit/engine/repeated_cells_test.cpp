// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

// A Resize that repeats cells in front of a convolution of integers: taps that meet one cell become one. Against the
// reference interpreter, which copies the cells.

namespace octocal::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

struct Upsampled {
  std::int64_t in = 1, out = 1;
  Integers image, repeats, kernel, pads;  // pads: before and behind, of the Pad between; empty: none
  Integers own_pads = {};                 // of the convolution
  std::int64_t stride = 1;
};

std::vector<Upsampled> upsampled_cases() {
  return {{6, 5, {5, 4, 3}, {2, 2, 2}, {3, 3, 8}, {1, 1, 3, 1, 1, 4}},
          {3, 6, {3, 3, 4}, {2, 1, 3}, {6, 5, 8}, {2, 2, 5, 3, 2, 0}},
          {4, 9, {5, 7}, {2, 2}, {4, 5}, {}, {3, 1, 0, 2}},
          {2, 17, {4, 3}, {3, 4}, {5, 7}, {1, 0, 2, 7}, {1, 4, 0, 1}},
          {5, 3, {6, 6}, {2, 2}, {4, 4}, {}}};
}

std::string integer_tensor(GraphMaker& make, const Integers& numbers) {
  const auto name = "integers" + std::to_string(make.graph().constants.size());
  make.graph().constants[name] = model::make_tensor(
      model::DataType::kInt64, {static_cast<std::int64_t>(numbers.size())}, std::span<const std::int64_t>(numbers));
  return name;
}

std::string resized_cells(GraphMaker& make, const std::string& value, const Integers& repeats) {
  std::vector<float> scales = {1, 1};
  scales.insert(scales.end(), repeats.begin(), repeats.end());
  const auto name = "scales" + std::to_string(make.graph().constants.size());
  make.graph().constants[name] = model::make_tensor({static_cast<std::int64_t>(scales.size())}, scales);
  return make.node(
      "Resize", {value, "", name},
      {{"coordinate_transformation_mode", std::string("asymmetric")}, {"nearest_mode", std::string("floor")}});
}

template <typename Weight>
std::string repeating_weights(GraphMaker& make, const Upsampled& c, int most) {
  model::Shape shape = {c.out, c.in};
  shape.insert(shape.end(), c.kernel.begin(), c.kernel.end());
  std::vector<Weight> numbers;
  for (std::size_t i = 0; i < model::elements(shape); ++i)
    numbers.push_back(static_cast<Weight>(static_cast<int>(i * 7919 % static_cast<std::size_t>(2 * most + 1)) - most));
  const std::vector<Weight> zero(1, 0);
  const auto type = sizeof(Weight) == 1 ? model::DataType::kInt8 : model::DataType::kInt16;
  const auto id = std::to_string(make.graph().constants.size());
  make.graph().constants["w" + id] = model::make_tensor(type, shape, std::span<const Weight>(numbers));
  make.graph().constants["s" + id] = model::make_tensor({}, std::vector<float>{1.0F / 4096});
  make.graph().constants["z" + id] = model::make_tensor(type, {}, std::span<const Weight>(zero));
  return make.node("DequantizeLinear", {"w" + id, "s" + id, "z" + id});
}

/// Bits of activations and of weights.
model::Graph upsampled_graph(const Upsampled& c, int bits, int weight_bits, Numbers numbers = Numbers::kExact) {
  GraphMaker make(40, numbers);
  model::Shape shape = {c.in};
  shape.insert(shape.end(), c.image.begin(), c.image.end());
  auto value = make.input("x", shape);
  value = bits == 8 ? make.fake_quantize(value, 0.0625F, 118) : make.fake_quantize16(value, 1.0F / 512, 30466);
  value = resized_cells(make, value, c.repeats);
  if (!c.pads.empty()) {
    const auto axes = c.image.size();
    Integers pads = {0, 0};
    pads.insert(pads.end(), c.pads.begin(), c.pads.begin() + static_cast<std::ptrdiff_t>(axes));
    pads.insert(pads.end(), {0, 0});
    pads.insert(pads.end(), c.pads.begin() + static_cast<std::ptrdiff_t>(axes), c.pads.end());
    value = make.node("Pad", {value, integer_tensor(make, pads)});
  }
  const auto weight =
      weight_bits == 8 ? repeating_weights<std::int8_t>(make, c, 15) : repeating_weights<std::int16_t>(make, c, 255);
  std::map<std::string, model::Attribute> attributes = {{"strides", Integers(c.image.size(), c.stride)}};
  if (!c.own_pads.empty()) attributes["pads"] = c.own_pads;
  value = make.leaky_relu(make.node("Conv", {value, weight, make.constant({c.out}, 0, 0.5F)}, attributes));
  make.output(bits == 8 ? value : make.fake_quantize16(value, 1.0F / 512, 30466));
  return make.graph();
}

bool copies_cells(const Program& program) {
  return std::any_of(program.layers().begin(), program.layers().end(),
                     [](const auto& layer) { return layer.ops.find("Resize") != std::string::npos; });
}

TEST(RepeatedCells, GiveTheReferencesBytesOnEveryInstructionSet) {
  for (const auto& c : upsampled_cases())
    for (const auto& [bits, weight_bits] : {std::pair{16, 8}, std::pair{16, 12}, std::pair{8, 8}}) {
      const auto graph = upsampled_graph(c, bits, weight_bits);
      const auto inputs = random_inputs(graph, 3, 41, Numbers::kExact);
      const auto expected = run_reference(graph, inputs).at(0);
      for (const char* isa : {"baseline", "avx2", "avx512", "avx512_vnni"}) {
        const CappedIsa cap(isa);
        const auto program = Program::compile(graph);
        EXPECT_EQ(run_program(program, inputs).at(0), expected)
            << isa << ", " << bits << " by " << weight_bits << " bits, " << c.in << " to " << c.out;
        if (bits == 16) {
          EXPECT_FALSE(copies_cells(*program));
        }
      }
    }
}

// With four times fewer products in 16 bits they beat those in 8 bits, with fewer they need not.
TEST(RepeatedCells, Of8BitsAreJoinedWhereThatPays) {
  const auto joined = [](const Integers& kernel) {
    const auto program = Program::compile(upsampled_graph({6, 5, {5, 4, 4}, {2, 2, 2}, kernel, {}}, 8, 8));
    EXPECT_EQ(first_convolution(*program).ran, "int8");
    return !copies_cells(*program);
  };
  EXPECT_TRUE(joined({3, 3, 8}));   // 72 taps meet 18 cells on average
  EXPECT_FALSE(joined({3, 3, 3}));  // 27 taps 8
}

TEST(RepeatedCells, AreCopiedWhereConvolutionsCannotJoinThem) {
  const Upsampled c{3, 4, {4, 4}, {2, 2}, {4, 4}, {}};
  const auto same = [](const model::Graph& graph) {
    const auto inputs = random_inputs(graph, 2, 42, Numbers::kExact);
    const auto program = Program::compile(graph);
    EXPECT_EQ(run_program(program, inputs), run_reference(graph, inputs));
    return copies_cells(*program);
  };
  EXPECT_FALSE(same(upsampled_graph(c, 16, 12)));
  auto strided = c;
  strided.stride = 2;
  EXPECT_TRUE(same(upsampled_graph(strided, 16, 12)));
  auto graph = upsampled_graph(c, 16, 12);
  for (const auto& node : graph.nodes)
    if (node.op == "Resize")
      graph.outputs.push_back({node.outputs[0], model::DataType::kFloat32, {model::kBatch, 3, 8, 8}});
  EXPECT_TRUE(same(graph));
  // Sums of 5 x 5 weights of up to 2047 need not fit 16 bits.
  auto large = upsampled_graph({3, 4, {4, 4}, {5, 5}, {5, 5}, {}}, 16, 12);
  for (auto& [name, weights] : large.constants)
    if (name.starts_with("w") && weights.type == model::DataType::kInt16) weights.as<std::int16_t>()[0] = 2047;
  EXPECT_TRUE(same(large));
}

}  // namespace
}  // namespace octocal::engine::test
