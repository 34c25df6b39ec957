// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/float_storage.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/quant/quantizer.hpp"
#include "support/differences.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

// Layers in bfloat16 and float16: what the graph becomes, and what its file keeps.

namespace octocal::quant {
namespace {

using model::Precision;
using testing::count_op;
using testing::reference_backend;
using testing::small_generator;
using testing::small_showers;

Quantizer float_quantizer(const model::Graph& graph) {
  return Quantizer(graph, small_showers(16), {}, reference_backend(), "test");
}

std::vector<float> cells(const model::Graph& graph) {
  const auto showers = small_showers(8, 77);
  const auto out = model::reference::evaluate(graph, {{"latent", model::make_tensor({8, 8}, showers.latents)}});
  const auto numbers = out.at("cells").as<float>();
  return {numbers.begin(), numbers.end()};
}

/// Each constant's and each value's numbers rounded where a layer reads them: the definition, without Casts.
std::vector<float> by_definition(model::Graph graph, const Quantizer& quantizer, model::DataType type) {
  for (const auto& layer : quantizer.layer_names())
    for (const auto& node : graph.nodes)
      if (node.name == layer)
        graph.constants[node.inputs[1]] = model::widened(model::rounded_to(type, graph.constants.at(node.inputs[1])));
  const auto values = model::infer_shapes(graph, "test");
  const auto showers = small_showers(8, 77);
  std::map<std::string, model::Tensor> known{{"latent", model::make_tensor({8, 8}, showers.latents)}};
  for (const auto& node : graph.nodes) {
    model::Graph one;
    one.nodes = {node};
    std::map<std::string, model::Tensor> inputs;
    for (const auto& name : node.inputs) {
      if (graph.constant(name) != nullptr) {
        one.constants[name] = *graph.constant(name);
        continue;
      }
      auto tensor = known.at(name);
      if (node.op == "Conv" || node.op == "ConvTranspose") tensor = model::widened(model::rounded_to(type, tensor));
      one.inputs.push_back(values.at(name));
      inputs[name] = std::move(tensor);
    }
    one.outputs = {values.at(node.outputs[0])};
    known[node.outputs[0]] = model::reference::evaluate(one, inputs).at(node.outputs[0]);
  }
  const auto numbers = known.at("cells").as<float>();
  return {numbers.begin(), numbers.end()};
}

TEST(FloatLayers, ComputeWhatTheDefinitionSays) {
  const auto graph = small_generator();
  const auto quantizer = float_quantizer(graph);
  const auto float32 = cells(graph);
  for (const auto precision : {Precision::kBfloat16, Precision::kFloat16}) {
    const auto model = quantizer.build(quantizer.plan(precision));
    for (const auto& layer : model.layers) EXPECT_EQ(layer.precision, precision);
    const auto rounded = cells(model.graph);
    EXPECT_EQ(rounded, by_definition(quantizer.source(), quantizer, model::storage_of(precision)));
    // 8 and 11 bits of mantissa, a few layers deep.
    const double difference = octocal::testing::summed_difference(rounded, float32);
    EXPECT_GT(difference, 1e-5);
    EXPECT_LT(difference, precision == Precision::kFloat16 ? 2e-3 : 2e-2);
  }
}

TEST(FloatLayers, StoreWeightsAndValuesOnce) {
  const auto quantizer = float_quantizer(small_generator());
  const auto model = quantizer.build(quantizer.plan(Precision::kBfloat16));
  // The cube, two inside each branch and the branches' outputs: two Casts each; seven weights: one each.
  EXPECT_EQ(count_op(model.graph, "Cast"), 2U * 7 + 7);
  EXPECT_EQ(count_op(model.graph, "QuantizeLinear"), 0U);
  for (const auto& [name, tensor] : model.graph.constants) {
    EXPECT_EQ(tensor.type == model::DataType::kBfloat16, name.ends_with(".weight.bfloat16")) << name;
  }
}

TEST(FloatLayers, MixedNeighboursCostOneConversion) {
  const auto quantizer = float_quantizer(small_generator());
  auto plan = quantizer.plan(Precision::kFloat32);
  plan["branch0/conv1"] = Precision::kBfloat16;
  plan["branch0/upsample1"] = Precision::kInt8;
  plan["branch0/conv2"] = Precision::kFloat16;
  plan["final"] = Precision::kFloat16;
  const auto model = quantizer.build(plan);
  EXPECT_EQ(count_op(model.graph, "QuantizeLinear"), 1U);  // conv1's output
  // The cube in bfloat16, upsample1's output and the branches' in float16; three weights.
  EXPECT_EQ(count_op(model.graph, "Cast"), 2U * 4 + 3);
  const auto summary = model::summarize(model.graph, "test");
  for (const auto& layer : summary.layers) {
    if (!plan.contains(layer.name)) continue;
    EXPECT_EQ(layer.precision, model::name_of(plan.at(layer.name))) << layer.name;
  }
}

TEST(FloatLayers, ComeBackFromTheirFile) {
  const auto quantizer = float_quantizer(small_generator());
  for (const auto precision : {Precision::kBfloat16, Precision::kFloat16}) {
    auto model = quantizer.build(quantizer.plan(precision, {"branch1/conv1"}));
    model.graph.metadata["octocal.precision_plan"] = model::to_json_text(quantizer.plan(precision, {"branch1/conv1"}));
    model::OnnxSource source;
    const auto bytes = model::serialize_onnx(model.graph);
    const auto again = model::parse_onnx(bytes, "test", &source);
    EXPECT_FALSE(source.other_floats);
    EXPECT_EQ(model::serialize_onnx(again), bytes);
    EXPECT_EQ(cells(again), cells(model.graph));
    // Without our word for it, 16-bit floats are numbers like others: computed in float32.
    model.graph.metadata.clear();
    const auto foreign = model::parse_onnx(model::serialize_onnx(model.graph), "test", &source);
    EXPECT_TRUE(source.other_floats);
    EXPECT_EQ(count_op(foreign, "Cast"), 0U);
    EXPECT_EQ(model::summarize(foreign, "test").precision, "float32");
  }
}

TEST(FloatLayers, AreNotQuantizedAgain) {
  const auto quantizer = float_quantizer(small_generator());
  const auto model = quantizer.build(quantizer.plan(Precision::kFloat16));
  try {
    float_quantizer(model.graph);
    FAIL() << "took it";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("already"), std::string::npos) << error.what();
  }
}

TEST(FloatLayers, RefuseWhatFloat16CannotHold) {
  const auto expect_refused = [](const Quantizer& quantizer, const std::string& layer) {
    try {
      quantizer.build(quantizer.plan(Precision::kFloat16));
      FAIL() << "took it";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(layer), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("65504"), std::string::npos) << error.what();
    }
    EXPECT_NO_THROW(quantizer.build(quantizer.plan(Precision::kBfloat16)));
  };
  auto heavy = small_generator();
  for (const auto& node : heavy.nodes)
    if (node.name == "branch0/conv2") heavy.constants.at(node.inputs[1]).as<float>()[3] = 65520.0F;
  expect_refused(float_quantizer(heavy), "branch0/conv2");
  auto loud = small_generator();
  for (const auto& node : loud.nodes)
    if (node.name == "branch1/conv1/batch_norm")
      for (float& gamma : loud.constants.at(node.inputs[1]).as<float>()) gamma *= 1e6F;
  expect_refused(float_quantizer(loud), "branch1/upsample1");
}

TEST(StoredWeights, HalveTheFileAndStayFloat32) {
  const auto graph = small_generator();
  auto stored = model::with_stored_weights(graph, model::DataType::kFloat16, "test");
  EXPECT_EQ(count_op(stored, "Cast"), 8U);  // seven convolutions and the dense layer
  for (const auto& layer : model::summarize(stored, "test").layers) {
    if (layer.macs == 0) continue;
    EXPECT_EQ(layer.precision, "float32");
    EXPECT_EQ(layer.weight_type, "float16");
  }
  auto by_hand = graph;
  for (const auto& node : graph.nodes)
    if (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm")
      by_hand.constants[node.inputs[1]] =
          model::widened(model::rounded_to(model::DataType::kFloat16, graph.constants.at(node.inputs[1])));
  EXPECT_EQ(cells(stored), cells(by_hand));
  stored.metadata["octocal.precision_plan"] = "{}";
  EXPECT_EQ(cells(model::parse_onnx(model::serialize_onnx(stored), "test")), cells(by_hand));
}

}  // namespace
}  // namespace octocal::quant
