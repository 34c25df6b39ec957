// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/fine_tuning.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/study/quantization.hpp"
#include "octocal/train/graph_network.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/quant/small_generator.hpp"

// Fine-tuning of a small generator with the paper's ops. The oracle of its forward pass is the slow reference.

namespace octocal::train {
namespace {

struct Pair {
  std::string float32, quantized;
};

Pair write_pair(const octocal::test::TemporaryFolder& folder, model::Precision precision) {
  Pair pair{folder.file("float32.onnx"), folder.file("quantized.onnx")};
  auto graph = quant::testing::small_generator();
  model::write_generator_info(quant::testing::small_info(), graph);
  model::write_onnx(graph, pair.float32);
  study::QuantizationSettings settings;
  settings.model = pair.float32;
  settings.precision = precision;
  settings.check_showers = 0;
  settings.warn_unchecked = false;
  settings.calibration.showers = 16;
  model::write_onnx(study::quantize(settings).model.graph, pair.quantized);
  return pair;
}

std::vector<float> by_reference(const model::Graph& graph, const quant::ShowerInputs& showers) {
  const auto n = static_cast<std::int64_t>(showers.size());
  const auto outputs = model::reference::evaluate(graph, {{"latent", model::make_tensor({n, 8}, showers.latents)}});
  const auto numbers = outputs.begin()->second.as<float>();
  return {numbers.begin(), numbers.end()};
}

std::vector<float> by_network(const model::Graph& graph, const quant::ShowerInputs& showers) {
  GraphNetwork network(graph, "small");
  const auto n = static_cast<std::int64_t>(showers.size());
  const auto cells = network.run({{"latent", at::tensor(showers.latents).view({n, 8})}}).at(0).detach().contiguous();
  return {cells.data_ptr<float>(), cells.data_ptr<float>() + cells.numel()};
}

TEST(GraphNetwork, IsTheReferenceInEveryPrecision) {
  const octocal::test::TemporaryFolder folder;
  const auto showers = quant::testing::small_showers(3);
  for (const auto precision : {model::Precision::kFloat32, model::Precision::kInt8, model::Precision::kInt16x8,
                               model::Precision::kBfloat16, model::Precision::kFloat16}) {
    const auto graph = precision == model::Precision::kFloat32
                           ? quant::testing::small_generator()
                           : model::read_onnx(write_pair(folder, precision).quantized);
    const auto wanted = by_reference(graph, showers);
    const auto found = by_network(graph, showers);
    ASSERT_EQ(found.size(), wanted.size());
    double sum = 0, off = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      sum += static_cast<double>(std::abs(wanted[i]));
      off += static_cast<double>(std::abs(found[i] - wanted[i]));
    }
    // A sum in another order may round to the next step now and then.
    EXPECT_GT(sum, 1) << model::name_of(precision);
    EXPECT_LT(off, (precision == model::Precision::kFloat32 ? 1e-6 : 1e-3) * sum) << model::name_of(precision);
  }
}

TEST(GraphNetwork, GivesBackTheGraphThatItHolds) {
  const octocal::test::TemporaryFolder folder;
  const auto graph = model::read_onnx(write_pair(folder, model::Precision::kInt8).quantized);
  EXPECT_EQ(model::graph_hash(GraphNetwork(graph, "small").graph()), model::graph_hash(graph));
}

// One value on u8 steps of 0.5 with zero point 10, summed over 1.3 (2.6 steps: rounded to 3), 200 (clipped at 245 steps)
// and -9 (clipped at -10): the derivative by the scale is 3 - 2.6 inside and the number of steps where clipped
// (Esser et al. 2020), 0.4 + 245 - 10.
TEST(GraphNetwork, HasTheGradientOfALearnedStepSize) {
  model::Graph graph;
  graph.inputs = {{"latent", model::DataType::kFloat32, {model::kBatch, 3}}};
  const std::uint8_t zero = 10;
  graph.constants["scale"] = model::make_tensor({}, {0.5F});
  graph.constants["zero"] = model::make_tensor(model::DataType::kUint8, {}, std::span<const std::uint8_t>(&zero, 1));
  graph.nodes = {{"q", "QuantizeLinear", {"latent", "scale", "zero"}, {"stored"}, {}},
                 {"d", "DequantizeLinear", {"stored", "scale", "zero"}, {"cells"}, {}}};
  graph.outputs = {{"cells", model::DataType::kFloat32, {model::kBatch, 3}}};
  GraphNetwork network(graph, "test", true);
  ASSERT_EQ(network.parameters().size(), 1U);
  EXPECT_TRUE(network.is_scale("scale"));
  const auto cells = network.run({{"latent", at::tensor({1.3F, 200.0F, -9.0F}).view({1, 3})}}).at(0);
  EXPECT_NEAR(cells.sum().item<double>(), 1.5 + 122.5 - 5, 1e-5);
  torch::autograd::backward({cells.sum()}, {});
  EXPECT_NEAR(network.parameters().at("scale").grad().item<double>(), 0.4 + 245 - 10, 1e-4);
}

TEST(FineTuning, TrainsScalesWithTheWeights) {
  const octocal::test::TemporaryFolder folder;
  const auto pair = write_pair(folder, model::Precision::kInt8);
  // Ranges that clip half of what there is: weights cannot mend it, scales can.
  auto clipped = model::read_onnx(pair.quantized);
  for (const auto& node : clipped.nodes)
    if (node.op == "QuantizeLinear")
      for (float& scale : clipped.constants.at(node.inputs[1]).as<float>()) scale *= 0.5F;
  model::write_onnx(clipped, pair.quantized);
  FineTuningSettings settings;
  settings.teacher = pair.float32;
  settings.model = pair.quantized;
  settings.rate = 2e-2;
  settings.steps = 60;
  settings.steps_per_look = 20;
  settings.judged_showers = 24;
  settings.out = folder.file("weights");
  const auto weights = fine_tune(settings);
  settings.scales = true;
  settings.out = folder.file("scales");
  const auto scales = fine_tune(settings);
  EXPECT_EQ(scales.before.cells, weights.before.cells);
  EXPECT_LT(scales.best.cells, weights.best.cells);
  const auto tuned = model::read_onnx((settings.out / "best.onnx").string());
  bool other = false;
  for (const auto& node : clipped.nodes)
    if (node.op == "QuantizeLinear")
      other = other || tuned.constants.at(node.inputs[1]).bytes != clipped.constants.at(node.inputs[1]).bytes;
  EXPECT_TRUE(other);
}

TEST(FineTuning, BringsShowersNearerAndResumesToTheSameBits) {
  const octocal::test::TemporaryFolder folder;
  const auto pair = write_pair(folder, model::Precision::kInt8);
  // Off by much, so that a few steps show.
  auto off = model::read_onnx(pair.quantized);
  for (auto& [name, constant] : off.constants)
    if (name.find("beta") != std::string::npos)
      for (float& beta : constant.as<float>()) beta += 0.2F;
  model::write_onnx(off, pair.quantized);
  FineTuningSettings settings;
  settings.teacher = pair.float32;
  settings.model = pair.quantized;
  settings.out = folder.file("whole");
  settings.rate = 1e-2;
  settings.steps = 60;
  settings.steps_per_look = 20;
  settings.judged_showers = 24;
  const auto whole = fine_tune(settings);
  EXPECT_GT(whole.before.cells, 0);
  EXPECT_LT(whole.best.cells, 0.7 * whole.before.cells);
  EXPECT_GT(whole.best_step, 0);
  const auto tuned = model::read_onnx((settings.out / "best.onnx").string());
  EXPECT_TRUE(tuned.metadata.contains("octocal.fine_tuning"));
  // The same plan and scales; other weights.
  const auto before = model::read_onnx(pair.quantized);
  ASSERT_EQ(tuned.nodes.size(), before.nodes.size());
  for (const auto& node : before.nodes) {
    if (node.op != "QuantizeLinear") continue;
    EXPECT_EQ(tuned.constants.at(node.inputs[1]).bytes, before.constants.at(node.inputs[1]).bytes) << node.name;
  }

  // Broken off by Ctrl-C behind the first look, wherever that hits, and resumed.
  auto halves = settings;
  halves.out = folder.file("halves");
  {
    const InterruptScope scope;
    std::thread user([&] {
      while (!std::filesystem::exists(halves.out / "last.ckpt"))
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      std::raise(SIGINT);
    });
    try {
      fine_tune(halves);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInterrupted);
    }
    user.join();
  }
  halves.resume = true;
  const auto resumed = fine_tune(halves);
  EXPECT_EQ(resumed.best.cells, whole.best.cells);
  EXPECT_EQ(resumed.best_step, whole.best_step);
  for (const char* file : {"best.onnx", "fine-tuning.jsonl"})
    EXPECT_EQ(read_text_file(halves.out / file), read_text_file(settings.out / file)) << file;

  // Another run's checkpoint is refused.
  halves.rate = 2e-2;
  EXPECT_THROW(fine_tune(halves), Error);
}

TEST(FineTuning, RefusesWhatItCannotTune) {
  const octocal::test::TemporaryFolder folder;
  const auto pair = write_pair(folder, model::Precision::kInt8);
  FineTuningSettings settings;
  settings.out = folder.file("out");
  settings.judged_showers = 1;
  const auto refusal = [&](const std::string& teacher, const std::string& model) -> std::string {
    settings.teacher = teacher;
    settings.model = model;
    try {
      fine_tune(settings);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadInput);
      return error.what();
    }
    return "nothing was refused";
  };
  EXPECT_NE(refusal(pair.float32, pair.float32).find("no value is quantized"), std::string::npos);
  auto other = quant::testing::small_generator();
  other.outputs[0].name = "showers";
  for (auto& node : other.nodes)
    for (auto& output : node.outputs)
      if (output == "cells") output = "showers";
  model::write_generator_info(quant::testing::small_info(), other);
  model::write_onnx(other, folder.file("other.onnx"));
  EXPECT_NE(refusal(folder.file("other.onnx"), pair.quantized).find("are not those of"), std::string::npos);
  auto odd = quant::testing::small_generator();
  odd.nodes.push_back({"odd", "Ceil", {odd.outputs[0].name}, {"odd:out"}, {}});
  try {
    const GraphNetwork network(odd, "odd.onnx");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "odd.onnx: node odd is a Ceil, which has no gradients here; such a model cannot be fine-tuned");
  }
}

}  // namespace
}  // namespace octocal::train
