// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/integer_form.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/quant/phase_convolution.hpp"
#include "octocal/quant/quantizer.hpp"
#include "support/differences.hpp"
#include "support/graph_maker.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

// The oracle is the reference evaluation of the graph before.

namespace octocal::quant {
namespace {

using octocal::testing::GraphMaker;
using octocal::testing::Integers;
using testing::count_op;
using testing::reference_backend;
using testing::small_generator;
using testing::small_showers;

std::vector<float> cells_of(const model::Graph& graph) {
  const auto showers = small_showers(8, 77);
  const auto out = model::reference::evaluate(graph, {{"latent", model::make_tensor({8, 8}, showers.latents)}});
  const auto cells = out.begin()->second.as<float>();
  return {cells.begin(), cells.end()};
}

model::Graph int8_generator(ActivationScheme activations = ActivationScheme::kU8) {
  QuantizeOptions options;
  options.activations = activations;
  return Quantizer(small_generator(), small_showers(32), options, reference_backend(), "test").build_int8().graph;
}

std::vector<std::int8_t> some_weights(std::size_t n) {
  std::vector<std::int8_t> weights;
  for (std::size_t i = 0; i < n; ++i) weights.push_back(static_cast<std::int8_t>(static_cast<int>(i * 37 % 255) - 127));
  return weights;
}

struct Upsampling {
  model::Shape weight;  // inputs, channels, taps
  model::Shape pixels;
  Integers strides, pads, more;  // more: output_padding
};

// Each against the ConvTranspose itself, in numbers that float32 holds exactly: odd sizes, phases that see nothing
// (stride beyond the kernel), crops, and pixels beyond the last tap.
TEST(PhaseConvolution, MakesThePixelsOfAConvTranspose) {
  const std::vector<Upsampling> cases{
      {{2, 3, 5, 5}, {4, 3}, {2, 2}, {1, 1, 2, 2}, {0, 0}},
      {{2, 3, 5, 4}, {3, 5}, {3, 2}, {1, 0, 1, 2}, {0, 0}},
      {{1, 2, 2, 3}, {3, 2}, {3, 3}, {0, 0, 0, 0}, {1, 0}},
      {{2, 1, 3, 3}, {5, 4}, {2, 1}, {2, 2, 1, 0}, {0, 0}},
      {{3, 2, 1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}},
      {{2, 2, 4}, {5}, {3}, {1, 2}, {1}},
      {{2, 2, 3, 2, 5}, {2, 3, 2}, {2, 2, 3}, {1, 0, 1, 0, 0, 2}, {0, 1, 0}},
  };
  for (const auto& upsampling : cases) {
    GraphMaker make;
    model::Shape shape{model::kBatch, upsampling.weight[0]};
    shape.insert(shape.end(), upsampling.pixels.begin(), upsampling.pixels.end());
    const auto image = make.input("image", shape);
    const auto integers = some_weights(model::elements(upsampling.weight));
    const model::Tensor weight =
        model::make_tensor(model::DataType::kInt8, upsampling.weight, std::span<const std::int8_t>(integers));
    const auto whole = make.node(
        "ConvTranspose",
        {image, make.constant("w", model::make_tensor(upsampling.weight, {integers.begin(), integers.end()}))},
        {{"strides", upsampling.strides}, {"pads", upsampling.pads}, {"output_padding", upsampling.more}});
    auto graph = make.finish({whole});
    const auto phases =
        phase_convolution(model::convolution_geometry(graph.nodes.front(), shape, upsampling.weight, "test"), weight);
    std::vector<float> numbers;
    for (const auto w : phases.weight.as<std::int8_t>()) numbers.push_back(static_cast<float>(w));
    const auto folded =
        make.node("Conv", {image, make.constant("phases", model::make_tensor(phases.weight.shape, numbers))},
                  {{"pads", phases.pads}});
    const auto apart = make.node("Reshape", {folded, make.shape("apart", phases.apart)});
    const auto beside = make.node("Transpose", {apart}, {{"perm", phases.order}});
    auto pixels = make.node("Reshape", {beside, make.shape("together", phases.together)});
    const Integers none(phases.output.size(), 0);
    Integers axes;
    for (std::size_t a = 0; a < phases.output.size(); ++a) axes.push_back(static_cast<std::int64_t>(a) + 2);
    pixels = make.node(
        "Slice", {pixels, make.shape("begins", none), make.shape("ends", phases.output), make.shape("axes", axes)});
    graph = make.finish({whole, pixels});
    shape[0] = 2;
    std::vector<float> cells(model::elements(shape));
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<float>(i * 29 % 61) - 30;
    const auto out = model::reference::evaluate(graph, {{"image", model::make_tensor(shape, cells)}});
    EXPECT_EQ(out.at(whole).shape, out.at(pixels).shape) << model::to_string(upsampling.weight);
    EXPECT_EQ(out.at(whole).bytes, out.at(pixels).bytes) << model::to_string(upsampling.weight);
  }
}

TEST(IntegerForm, LeavesNoConvolutionBetweenFloats) {
  const auto form = integer_form(int8_generator(), small_showers(32, 9), reference_backend(), "test");
  EXPECT_EQ(form.straight, (std::vector<std::string>{"branch0/upsample1", "branch1/upsample1"}));
  EXPECT_EQ(form.rounded.size(), 4U);
  EXPECT_EQ(form.exact, std::vector<std::string>{"final"});
  EXPECT_TRUE(form.left.empty());
  EXPECT_EQ(count_op(form.graph, "ConvTranspose"), 0U);
  for (const auto& node : form.graph.nodes) {
    if (node.op != "Conv") continue;
    for (const auto& input : node.inputs) EXPECT_EQ(form.graph.producer(input)->op, "DequantizeLinear") << node.name;
    const auto readers = form.graph.consumers(node.outputs[0]);
    ASSERT_EQ(readers.size(), 1U) << node.name;
    EXPECT_EQ(readers.front()->op, node.name == "final" ? "BatchNormalization" : "QuantizeLinear") << node.name;
  }
}

// Eight bits more in front of four activations: about what the eight bits behind them cost.
TEST(IntegerForm, MakesNearlyTheSameShowers) {
  const auto float32 = cells_of(small_generator());
  for (const auto activations : {ActivationScheme::kU8, ActivationScheme::kS8}) {
    const auto int8 = int8_generator(activations);
    const auto before = cells_of(int8);
    const auto form = integer_form(int8, small_showers(64, 9), reference_backend(), "test");
    const auto after = cells_of(form.graph);
    const double cost = octocal::testing::summed_difference(before, float32);
    const double change = octocal::testing::summed_difference(after, before);
    EXPECT_GT(cost, 0);
    EXPECT_GT(change, 0);
    EXPECT_LT(change, 1.5 * cost);
  }
}

TEST(IntegerForm, IsTheSameInAFileAndInTheEngine) {
  const auto form = integer_form(int8_generator(), small_showers(32, 9), reference_backend(), "test");
  const auto bytes = model::serialize_onnx(form.graph);
  EXPECT_NE(bytes.find("ConvInteger"), std::string::npos);
  const auto read = model::parse_onnx(bytes, "test");
  EXPECT_EQ(count_op(read, "ConvInteger"), 0U);
  const auto expected = cells_of(form.graph);
  EXPECT_EQ(octocal::testing::summed_difference(cells_of(read), expected), 0);
  // What is next to a tie may fall to either side.
  const auto showers = small_showers(8, 77);
  std::vector<float> cells;
  run_showers(read, showers, engine_backend(),
              [&](std::size_t, auto outputs) { cells.insert(cells.end(), outputs[0].begin(), outputs[0].end()); });
  EXPECT_LT(octocal::testing::summed_difference(cells, expected), 0.01);
}

/// u8 steps of 0.5 from latents, a Conv of one pixel with two channels, and what `behind` adds, in steps of 0.25.
template <typename Behind>
model::Graph one_layer(const Behind& behind) {
  GraphMaker make;
  const auto latent = make.input("latent", {model::kBatch, 8});
  const auto image = make.node("Reshape", {latent, make.shape("image", {-1, 1, 8, 1})});
  const auto scale = make.constant("scale", 0.5F);
  const std::uint8_t zero = 100;
  const auto zero_point =
      make.constant("zero", model::make_tensor(model::DataType::kUint8, {}, std::span<const std::uint8_t>(&zero, 1)));
  const auto stored = make.node("QuantizeLinear", {image, scale, zero_point});
  const auto read = make.node("DequantizeLinear", {stored, scale, zero_point});
  const std::vector<std::int8_t> weights{3, -2};
  const std::vector<std::int8_t> zeros{0, 0};
  const auto weight = make.node(
      "DequantizeLinear",
      {make.constant("w",
                     model::make_tensor(model::DataType::kInt8, {2, 1, 1, 1}, std::span<const std::int8_t>(weights))),
       make.constant("ws", model::make_tensor({2}, {0.25F, 0.5F})),
       make.constant("wz", model::make_tensor(model::DataType::kInt8, {2}, std::span<const std::int8_t>(zeros)))},
      {{"axis", std::int64_t{0}}});
  auto value = make.node("Conv", {read, weight, make.constant("b", model::make_tensor({2}, {0.375F, -1.0F}))});
  value = behind(make, value);
  const auto next = make.constant("next", 0.25F);
  const std::uint8_t none = 0;
  const auto lowest =
      make.constant("none", model::make_tensor(model::DataType::kUint8, {}, std::span<const std::uint8_t>(&none, 1)));
  return make.finish(
      {make.node("DequantizeLinear", {make.node("QuantizeLinear", {value, next, lowest}), next, lowest})});
}

// A norm of negative gain, and a Relu that the grid makes needless: the same integers.
TEST(IntegerForm, TakesNormsAndReluIntoTheLayer) {
  const auto graph = one_layer([](GraphMaker& make, const std::string& value) {
    const auto normed = make.node("BatchNormalization",
                                  {value, make.constant("gamma", model::make_tensor({2}, {-2.0F, 1.0F})),
                                   make.constant("beta", model::make_tensor({2}, {1.0F, 0.5F})),
                                   make.constant("mean", model::make_tensor({2}, {0.5F, 0.0F})),
                                   make.constant("variance", model::make_tensor({2}, {1.0F, 4.0F}))},
                                  {{"epsilon", 0.0F}});
    return make.node("Relu", {normed});
  });
  const auto form = integer_form(graph, small_showers(4), reference_backend(), "test");
  EXPECT_EQ(form.straight.size(), 1U);
  EXPECT_EQ(count_op(form.graph, "BatchNormalization"), 0U);
  EXPECT_EQ(count_op(form.graph, "Relu"), 0U);
  const auto cells = cells_of(form.graph);
  EXPECT_EQ(cells, cells_of(graph));
  EXPECT_GT(*std::max_element(cells.begin(), cells.end()), 0);
}

TEST(IntegerForm, RefusesAModelWithoutIntegers) {
  EXPECT_THROW(integer_form(small_generator(), small_showers(4), reference_backend(), "test"), Error);
}

}  // namespace
}  // namespace octocal::quant
