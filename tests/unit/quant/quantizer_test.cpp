// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/quantizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/quant/calibration.hpp"
#include "octocal/quant/output_gain.hpp"
#include "support/differences.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using testing::random_tensor;
using testing::reference_backend;
using testing::small_generator;
using testing::small_showers;

Quantizer quantizer_for(const model::Graph& graph, const QuantizeOptions& options = {}) {
  return Quantizer(graph, small_showers(32), options, reference_backend(), "test");
}

/// Cells of fresh showers, which calibration has not seen.
std::vector<float> fresh_cells(const model::Graph& graph) {
  const auto showers = small_showers(16, 77);
  const auto out = model::reference::evaluate(graph, {{"latent", model::make_tensor({16, 8}, showers.latents)}});
  const auto cells = out.at("cells").as<float>();
  return {cells.begin(), cells.end()};
}

TEST(Quantizer, MakesTheSameBytesFromTheSameInputs) {
  const auto first = model::serialize_onnx(quantizer_for(small_generator()).build_int8().graph);
  const auto second = model::serialize_onnx(quantizer_for(small_generator()).build_int8().graph);
  EXPECT_EQ(first, second);
  const auto other = model::serialize_onnx(quantizer_for(small_generator(4)).build_int8().graph);
  EXPECT_NE(first, other);
}

TEST(Quantizer, KeepsShowersCloseToFloat32) {
  const auto graph = small_generator();
  const auto cells = fresh_cells(graph);
  for (const auto activations : {ActivationScheme::kU8, ActivationScheme::kS8})
    for (const auto weights : {WeightScheme::kPerChannel, WeightScheme::kPerTensor}) {
      const auto model = quantizer_for(graph, {activations, weights, true}).build_int8();
      // Four layers deep, each with a noise of a percent or two of its values' spread: s / sqrt(12) / spread for a
      // range of about 2 x 4 spreads in 255 (u8) steps is 1 %, weights add as much.
      const double difference = octocal::testing::summed_difference(fresh_cells(model.graph), cells);
      EXPECT_LT(difference, 0.08) << name_of(activations) << " " << name_of(weights);
      EXPECT_GT(difference, 1e-4) << "nothing was quantized";
    }
}

TEST(Quantizer, IsExactWhenAllLayersStayFloat32) {
  const auto graph = small_generator();
  const auto quantizer = quantizer_for(graph);
  const auto names = quantizer.layer_names();
  const auto model = quantizer.build_int8({names.begin(), names.end()});
  EXPECT_EQ(fresh_cells(model.graph), fresh_cells(graph));
  EXPECT_TRUE(model.sites.empty());
}

TEST(Quantizer, TellsRangesStepsAndMacs) {
  const auto quantizer = quantizer_for(small_generator());
  const auto model = quantizer.build_int8({"branch1/conv1"});
  ASSERT_EQ(model.layers.size(), 7u);
  EXPECT_EQ(model.layers[0].name, "branch0/conv1");
  EXPECT_EQ(model.layers[0].precision, model::Precision::kInt8);
  EXPECT_GT(model.layers[0].weight_sqnr_db, 35);  // 8 bits: 6 dB a bit less the crest factor
  EXPECT_LT(model.layers[0].weight_sqnr_db, 55);
  EXPECT_EQ(model.layers[0].macs, 6u * 4 * 9 * 16);  // weights times output pixels
  EXPECT_EQ(model.layers[1].macs, 6u * 5 * 9 * 16);  // ConvTranspose: times input pixels
  EXPECT_EQ(model.layers[3].precision, model::Precision::kFloat32);
  EXPECT_EQ(model.layers[3].name, "branch1/conv1");
  ASSERT_EQ(model.sites.size(), 6u);
  EXPECT_EQ(model.sites[0].name, "cube");
  for (const auto& site : model.sites) {
    EXPECT_LE(site.range.low, 0) << site.name;
    const auto grid = activation_grid(site.range, ActivationScheme::kU8);
    EXPECT_EQ(site.grid.scale, grid.scale);
  }
}

TEST(Quantizer, PlansTheLastLayerAndTransposedOnesAsAsked) {
  QuantizeOptions options;
  options.last_layer = model::Precision::kInt16x8;
  options.transposed = false;
  const auto quantizer = quantizer_for(small_generator(), options);
  const auto plan = quantizer.plan(model::Precision::kInt8);
  EXPECT_EQ(plan.at("final"), model::Precision::kInt16x8);
  EXPECT_EQ(plan.at("branch0/upsample1"), model::Precision::kFloat32);
  EXPECT_EQ(plan.at("branch0/conv1"), model::Precision::kInt8);
  EXPECT_EQ(quantizer.plan(model::Precision::kInt16x8, {"final"}).at("final"), model::Precision::kFloat32);
  // 16 bits hold what was seen, of channels that nobody scaled.
  const auto model = quantizer.build(plan);
  for (const auto& site : model.sites)
    if (site.name == "concat") {
      EXPECT_EQ(site.precision, model::Precision::kInt16x8);
      EXPECT_EQ(site.method, RangeMethod::kMinMax);
      EXPECT_EQ(site.range.low, site.seen.low);
    }
}

// Plans differ in the quantized network; what they are corrected to is the float32 one's, which is slow to run.
TEST(Quantizer, RunsFloat32OnceForAllPlansOfTheSameCorrections) {
  int float32_runs = 0;
  const auto counting = [&, inner = reference_backend()](const model::Graph& graph, std::size_t batch) {
    const bool quantized = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                                       [](const auto& node) { return node.op == "QuantizeLinear"; });
    float32_runs += quantized ? 0 : 1;
    return inner(graph, batch);
  };
  const Quantizer quantizer(small_generator(), small_showers(8), {}, counting, "test");
  const auto first = quantizer.build(quantizer.plan(model::Precision::kInt16x8));
  const int before = float32_runs;
  const auto finer = quantizer.build(quantizer.plan(model::Precision::kInt16x12));
  EXPECT_EQ(float32_runs, before);
  const Quantizer alone(small_generator(), small_showers(8), {}, reference_backend(), "test");
  EXPECT_EQ(model::serialize_onnx(finer.graph),
            model::serialize_onnx(alone.build(alone.plan(model::Precision::kInt16x12)).graph));
  quantizer.build_int8();  // equalized: another float32 network
  EXPECT_GT(float32_runs, before);
}

TEST(Quantizer, CutsTheNoiseOfWeightsIn12Bits) {
  const auto quantizer = quantizer_for(small_generator());
  const auto cells = fresh_cells(small_generator());
  const auto coarse = quantizer.build(quantizer.plan(model::Precision::kInt16x8));
  const auto fine = quantizer.build(quantizer.plan(model::Precision::kInt16x12));
  EXPECT_LT(octocal::testing::summed_difference(fresh_cells(fine.graph), cells),
            0.3 * octocal::testing::summed_difference(fresh_cells(coarse.graph), cells));
  EXPECT_GT(octocal::testing::summed_difference(fresh_cells(fine.graph), cells), 1e-6);
  for (const auto& layer : fine.layers) EXPECT_EQ(layer.precision, model::Precision::kInt16x12) << layer.name;
  for (const auto& site : fine.sites) EXPECT_EQ(site.precision, model::Precision::kInt16x8) << site.name;
  // The file keeps what was asked.
  const auto again = model::parse_onnx(model::serialize_onnx(fine.graph), "test");
  EXPECT_EQ(model::summarize(again, "test").precision, "int16x12");
}

TEST(Quantizer, RefusesUnknownLayersAndNoShowers) {
  EXPECT_THROW(quantizer_for(small_generator()).build_int8({"branch7/conv1"}), Error);
  EXPECT_THROW(Quantizer(small_generator(), {}, {}, reference_backend(), "g.onnx"), Error);
}

TEST(MatchLayers, TakesNamesAndPatterns) {
  const std::vector<std::string> layers = {"branch0/conv1", "branch1/conv1", "branch1/conv2", "final"};
  EXPECT_EQ(match_layers(layers, {"final", "branch*/conv1"}),
            (std::set<std::string>{"branch0/conv1", "branch1/conv1", "final"}));
  EXPECT_TRUE(match_layers(layers, {}).empty());
  try {
    match_layers(layers, {"finale"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("branch1/conv2, final"), std::string::npos) << error.what();
  }
}

/// latent -> Reshape -> Conv: the error of one int8 layer is bounded by the steps of its input and weights.
TEST(Quantizer, KeepsASingleLayerWithinTheBoundOfItsSteps) {
  model::Graph graph;
  graph.inputs.push_back({"latent", model::DataType::kFloat32, {model::kBatch, 8}});
  const std::vector<std::int64_t> shape = {-1, 2, 2, 2};
  graph.constants["shape"] = model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(shape));
  graph.constants["w"] = random_tensor({3, 2, 2, 2}, 0.4F, 17);
  graph.nodes.push_back({"reshape", "Reshape", {"latent", "shape"}, {"image"}, {}});
  graph.nodes.push_back({"conv", "Conv", {"image", "w"}, {"cells"}, {}});
  graph.outputs.push_back({"cells", model::DataType::kFloat32, {model::kBatch, 3, 1, 1}});
  const auto showers = small_showers(16, 5);
  const Quantizer quantizer(graph, showers, {.bias_correction = false, .ranges = RangeMethod::kMinMax},
                            reference_backend(), "test");
  const auto model = quantizer.build_int8();
  ASSERT_EQ(model.sites.size(), 1u);
  const float step = model.sites[0].grid.scale;
  const auto latents = model::make_tensor({16, 8}, showers.latents);
  const auto exact = model::reference::evaluate(graph, {{"latent", latents}}).at("cells");
  const auto quantized = model::reference::evaluate(model.graph, {{"latent", latents}}).at("cells");
  const auto w = graph.constants.at("w");
  const auto weights = w.as<float>();
  for (std::size_t shower = 0; shower < 16; ++shower)
    for (std::size_t c = 0; c < 3; ++c) {
      float largest = 0;
      for (std::size_t k = 0; k < 8; ++k) largest = std::max(largest, std::abs(weights[c * 8 + k]));
      const float weight_error = largest / 127 / 2;  // half a step
      // |sum (x+dx)(w+dw) - x w| <= sum |x| |dw| + |w| |dx| + |dx| |dw|, |dx| <= one step (see activation_grid).
      float bound = 0;
      for (std::size_t k = 0; k < 8; ++k)
        bound += std::abs(showers.latents[shower * 8 + k]) * weight_error +
                 (std::abs(weights[c * 8 + k]) + weight_error) * step;
      const auto i = shower * 3 + c;
      EXPECT_LE(std::abs(quantized.as<float>()[i] - exact.as<float>()[i]), bound);
    }
}

TEST(BiasCorrection, GivesEveryLayerTheMeansOfFloat32) {
  const auto graph = small_generator();
  const auto showers = small_showers(32);
  const std::vector<std::string> values = {"branch0/conv1/batch_norm:out", "branch0/upsample1:out",
                                           "branch1/conv2/batch_norm:out"};
  const auto wanted = observe_channel_means(graph, values, showers, reference_backend(), "test");
  const auto shift = [&](bool correct) {
    QuantizeOptions options;
    options.activations = ActivationScheme::kS8;
    options.bias_correction = correct;
    options.equalization = false;  // it would scale the values that are compared
    const auto model = Quantizer(graph, showers, options, reference_backend(), "test").build_int8();
    const auto means = observe_channel_means(model.graph, values, showers, reference_backend(), "test");
    double largest = 0;
    for (const auto& value : values)
      for (std::size_t c = 0; c < means.at(value).size(); ++c)
        largest = std::max(largest, std::abs(means.at(value)[c] - wanted.at(value)[c]));
    return largest;
  };
  // On the calibration showers themselves it is exact up to float32 rounding of values of order 1 to 10.
  EXPECT_LT(shift(true), 1e-5);
  EXPECT_GT(shift(false), 1e-3);
}

TEST(BiasCorrection, PutsTheShiftWhereItIsExact) {
  const auto model = quantizer_for(small_generator()).build_int8();
  for (const auto& node : model.graph.nodes) {
    if (node.name == "final") {
      EXPECT_EQ(node.inputs.size(), 3u);  // a shift that keeps the hits; its weights' scales hold a gain
    }
    if (node.name == "branch0/conv1") {
      EXPECT_EQ(node.inputs.size(), 2u);  // it is in the batch norm's beta
    }
    if (node.name == "branch0/upsample1") {
      EXPECT_EQ(model.graph.constant(node.inputs[2])->shape, model::Shape{5});
    }
  }
  EXPECT_FALSE(model.graph.constants.contains("branch0/conv1.beta"));
  EXPECT_TRUE(model.graph.constants.contains("branch0/conv1.corrected_beta"));
}

/// Conv without batch norm between two others: the shift becomes a bias that it did not have.
TEST(BiasCorrection, GivesAPlainConvABias) {
  auto graph = small_generator();
  std::erase_if(graph.nodes, [](const auto& node) { return node.name == "branch0/conv1/batch_norm"; });
  for (auto& node : graph.nodes)
    for (auto& input : node.inputs)
      if (input == "branch0/conv1/batch_norm:out") input = "branch0/conv1/leaky_relu:out";
  const auto model = quantizer_for(graph).build_int8();
  for (const auto& node : model.graph.nodes) {
    if (node.name != "branch0/conv1") continue;
    ASSERT_EQ(node.inputs.size(), 3u);
    EXPECT_EQ(model.graph.constant(node.inputs[2])->shape, model::Shape{6});
  }
}

TEST(OutputGain, FollowsTheLastLayerToTheCells) {
  const model::GeneratorSpec spec;
  const auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 1));
  const auto structure = find_structure(graph, "test");
  const auto output = homogeneous_output(graph, structure.layers.back());
  ASSERT_TRUE(output.has_value());
  EXPECT_EQ(output->degree, 2);
  EXPECT_EQ(output->value, "output/times_energy:out");  // in front of the transposition
  EXPECT_FALSE(homogeneous_output(graph, structure.layers.front()).has_value());
}

TEST(OutputGain, LeavesALayerWithBiasAlone) {
  auto graph = small_generator();
  graph.constants["final.b"] = random_tensor({8}, 0.1F, 5);
  for (auto& node : graph.nodes)
    if (node.name == "final") node.inputs.push_back("final.b");
  EXPECT_FALSE(homogeneous_output(graph, find_structure(graph, "test").layers.back()).has_value());
}

TEST(OutputGain, LeavesAnOutputThatMayBeNegativeAlone) {
  auto graph = small_generator();
  for (auto& node : graph.nodes)
    if (node.op == "Relu") {
      node.op = "LeakyRelu";
      node.attributes["alpha"] = 0.3F;
    }
  EXPECT_FALSE(homogeneous_output(graph, find_structure(graph, "test").layers.back()).has_value());
}

TEST(OutputGain, LeavesALayerThatAnotherOneReadsAlone) {
  // A sum in between, as in a residual block: what the first convolution makes is no output of the network.
  auto graph = small_generator();
  graph.nodes.back().outputs = {"inner"};
  graph.constants["more.w"] = random_tensor({8, 8, 3, 3}, 0.1F, 5);
  graph.nodes.push_back({"sum", "Add", {"inner", "concat:out"}, {"sum:out"}, {}});
  graph.nodes.push_back(
      {"more", "Conv", {"sum:out", "more.w"}, {"more:out"}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}});
  graph.nodes.push_back({"more/relu", "Relu", {"more:out"}, {"cells"}, {}});
  const auto structure = find_structure(graph, "test");
  const auto& layers = structure.layers;
  ASSERT_EQ(layers[layers.size() - 2].name, "final");
  EXPECT_FALSE(homogeneous_output(graph, layers[layers.size() - 2]).has_value());
  EXPECT_TRUE(homogeneous_output(graph, layers.back()).has_value());
}

TEST(ShowerInputs, PartsKeepTheirNoise) {
  ShowerInputs showers{{1, 2, 3, 4}, {10, 11, 20, 21, 30, 31, 40, 41}, {0.1F, 0.2F, 0.3F, 0.4F}};
  const auto middle = some_showers(showers, 1, 3);
  EXPECT_EQ(middle.noise, (std::vector<float>{0.2F, 0.3F}));
  EXPECT_EQ(middle.latents, (std::vector<float>{20, 21, 30, 31}));
  const auto spread = spread_showers(showers, 2);
  EXPECT_EQ(spread.energy_gev, (std::vector<float>{1, 3}));
  EXPECT_EQ(spread.noise, (std::vector<float>{0.1F, 0.3F}));
  EXPECT_EQ(spread.latents, (std::vector<float>{10, 11, 30, 31}));
}

// What eight bits make of values around zero would be hits: each layer of the calorimeter keeps float32's number of
// them, and its energy, on the calibration showers.
TEST(HitsCorrection, LeavesEachLayerItsHitsAndItsEnergy) {
  const auto graph = small_generator();
  const auto showers = small_showers(32);
  const auto hits_and_energy = [&](const model::Graph& g) {
    std::vector<double> hits(8, 0), energy(8, 0);
    run_showers(g, showers, reference_backend(), [&](std::size_t count, auto outputs) {
      const std::size_t pixels = outputs[0].size() / (count * 8);
      for (std::size_t i = 0; i < outputs[0].size(); ++i) {
        hits[i / pixels % 8] += outputs[0][i] > 0 ? 1 : 0;
        energy[i / pixels % 8] += static_cast<double>(outputs[0][i]);
      }
    });
    return std::pair(hits, energy);
  };
  const auto [wanted, energy] = hits_and_energy(graph);
  const auto [corrected, corrected_energy] = hits_and_energy(quantizer_for(graph).build_int8().graph);
  const auto [plain, plain_energy] =
      hits_and_energy(quantizer_for(graph, {.bias_correction = false}).build_int8().graph);
  double off = 0, plain_off = 0;
  for (std::size_t c = 0; c < 8; ++c) {
    off += std::abs(corrected[c] - wanted[c]);
    plain_off += std::abs(plain[c] - wanted[c]);
    EXPECT_NEAR(corrected_energy[c], energy[c], 1e-4 * energy[c]) << c;
  }
  EXPECT_GT(plain_off, 20);
  EXPECT_LE(off, 8);  // values that are equal, at the edge
}

TEST(OutputGain, GivesEachLayerOfTheCalorimeterItsMeanEnergy) {
  const auto showers = small_showers(32);
  for (const bool energy_square : {false, true}) {
    const auto graph = small_generator(3, energy_square);
    const auto means = [&](const model::Graph& g) {
      return observe_channel_means(g, {"cells"}, showers, reference_backend(), "test").at("cells");
    };
    const auto wanted = means(graph);
    const auto largest_shift = [&](bool correct, const std::set<std::string>& keep) {
      QuantizeOptions options{ActivationScheme::kS8, WeightScheme::kPerChannel, correct};
      const auto is = means(Quantizer(graph, showers, options, reference_backend(), "test").build_int8(keep).graph);
      double largest = 0;
      for (std::size_t c = 0; c < is.size(); ++c) largest = std::max(largest, std::abs(is[c] / wanted[c] - 1));
      return largest;
    };
    EXPECT_GT(largest_shift(false, {}), 1e-3);
    EXPECT_LT(largest_shift(true, {}), 2e-6);  // a few float32 roundings
    EXPECT_LT(largest_shift(true, {"final"}), 2e-6);
  }
}

TEST(OutputGain, KeepsTheBaselinesMeanEnergy) {
  model::GeneratorSpec spec;
  spec.architecture = model::Architecture::kConv3d;
  const auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 4));
  model::GeneratorInfo info;
  info.latent_size = 200;
  info.has_energy_input = true;
  const auto showers = make_inputs(info, {120, 210, 330, 480}, 5);
  const auto mean = [&](const model::Graph& g) {
    return observe_channel_means(g, {"output/times_energy:out"}, showers, engine_backend(), "test").begin()->second;
  };
  const auto wanted = mean(graph);
  ASSERT_EQ(wanted.size(), 1u);  // one channel: the whole shower
  QuantizeOptions options;
  const auto corrected = Quantizer(graph, showers, options, engine_backend(), "test").build_int8();
  EXPECT_NEAR(mean(corrected.graph)[0] / wanted[0], 1, 1e-5);
  options.bias_correction = false;
  const auto plain = Quantizer(graph, showers, options, engine_backend(), "test").build_int8();
  EXPECT_GT(std::abs(mean(plain.graph)[0] / wanted[0] - 1), 1e-4);
  EXPECT_NEAR(mean(plain.graph)[0] / wanted[0], 1, 0.05);
}

TEST(OutputGain, KeepsTheTotalWithOneScaleForAllWeights) {
  const auto showers = small_showers(32);
  const auto graph = small_generator(3, true);
  const auto total = [&](const model::Graph& g) {
    const auto means = observe_channel_means(g, {"cells"}, showers, reference_backend(), "test").at("cells");
    return std::accumulate(means.begin(), means.end(), 0.0);
  };
  QuantizeOptions options{ActivationScheme::kU8, WeightScheme::kPerTensor, true};
  const auto model = Quantizer(graph, showers, options, reference_backend(), "test").build_int8();
  EXPECT_NEAR(total(model.graph) / total(graph), 1, 2e-6);
}

}  // namespace
}  // namespace octocal::quant
