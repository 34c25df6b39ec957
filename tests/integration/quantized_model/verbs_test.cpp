// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "octocal/base/pending_file.hpp"
#include "octocal/cli/verb_dispatch.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/model/onnx_file.hpp"
#include "support/ruinous_generator.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal {
namespace {

using quant::testing::count_op;

struct Ran {
  int exit_code;
  std::string out, err;
};

Ran run(const std::vector<std::string>& arguments) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = cli::run_command_line(arguments);
  return {code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

/// A folder of its own with a small float32 generator (7 layers of 8 x 8 x 8 cells).
class QuantizeVerbs : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("octocal_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    auto graph = quant::testing::small_generator(3, true);
    bare_ = path("bare.onnx");
    graph.metadata.clear();
    model::write_onnx(graph, bare_);
    auto info = quant::testing::small_info();
    info.has_energy_input = true;
    model::write_generator_info(info, graph);
    model_ = path("model.onnx");
    model::write_onnx(graph, model_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Ran quantize(const std::string& model, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {
        "quantize", "--model", model, "-o", output_, "--streams", "1", "--calibration-showers", "32"};
    const auto given = [&](const char* option) { return std::find(more.begin(), more.end(), option) != more.end(); };
    // Random weights feel 8 bits.
    const bool precision = given("--precision") || given("--preset") || given("--plan");
    if (!given("--check-showers")) more.insert(more.end(), {"--check-showers", "20"});
    if (!precision) more.insert(more.end(), {"--precision", "int16x8"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  void expect_refused(const Ran& ran, const std::string& part) const {
    EXPECT_EQ(ran.exit_code, 2) << ran.err;
    EXPECT_NE(ran.err.find(part), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_FALSE(std::filesystem::exists(output_));
  }

  std::filesystem::path folder_;
  std::string model_, bare_;
  std::string output_ =
      (std::filesystem::temp_directory_path() /
       ("octocal_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name())) / "int8.onnx")
          .string();
};

TEST_F(QuantizeVerbs, WritesTheSameModelAgainAndSaysHowItWasMade) {
  const auto ran = quantize(model_, {"--json", path("q.json")});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_NE(ran.out.find("branch1/upsample1"), std::string::npos) << ran.out;
  const auto bytes = read_text_file(output_);
  const auto graph = model::read_onnx(output_);
  EXPECT_EQ(count_op(graph, "QuantizeLinear"), 7U);  // the cube, two inside each branch, and each branch's output
  EXPECT_EQ(graph.metadata.at("octocal.latent"), "paper");
  EXPECT_EQ(graph.metadata.at("octocal.source_model"), model::graph_hash(model::read_onnx(model_)));

  const auto json = nlohmann::json::parse(read_text_file(path("q.json")));
  EXPECT_EQ(json.at("layers").size(), 7U);
  EXPECT_EQ(json.at("bytes").at("int8"), bytes.size());
  EXPECT_EQ(json.at("calibration").at("showers"), 32);
  const auto& difference = json.at("int8_against_float32");
  EXPECT_EQ(difference.at("showers"), 20);
  const double cells = difference.at("pixel_difference_over_ecal");
  EXPECT_GT(cells, 1e-4);  // it is another model
  EXPECT_LT(cells, 0.15);  // and close
  // 32 calibration showers take the shift away but for what differs from shower to shower.
  EXPECT_LT(std::abs(difference.at("ecal_shift").get<double>()), 0.02);

  std::filesystem::remove(output_);
  ASSERT_EQ(quantize(model_).exit_code, 0);
  EXPECT_EQ(read_text_file(output_), bytes);
}

TEST_F(QuantizeVerbs, TakesEnergiesFromAFileAndKeepsLayers) {
  data::ShowerBatch batch;
  batch.geometry = {8, 8, 8};
  batch.resize(5);
  batch.energy_gev = {100, 200, 300, 400, 500};
  std::fill(batch.cells_gev.begin(), batch.cells_gev.end(), 0.01F);
  data::ShowerWriter writer(path("g4.h5"), {batch.geometry});
  writer.append(batch);
  writer.finish();
  const auto ran = quantize(model_, {"--calibration-data", path("g4.h5"), "--activations", "s8", "--weights",
                                     "per-tensor", "--bias-correction", "off", "--precision", "int8", "--max-shift",
                                     "1", "--keep-float32", "final", "branch?/conv1"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto metadata = model::read_onnx(output_).metadata;
  const auto record = nlohmann::json::parse(metadata.at("octocal.calibration"));
  EXPECT_EQ(record.at("showers"), 5);
  EXPECT_EQ(record.at("energies"), path("g4.h5"));
  EXPECT_EQ(record.at("activations"), "s8");
  const auto plan = nlohmann::json::parse(metadata.at("octocal.precision_plan"));
  EXPECT_EQ(plan.at("branch1/conv1"), "float32");
  EXPECT_EQ(plan.at("final"), "float32");
  EXPECT_EQ(plan.at("branch1/conv2"), "int8");
}

TEST_F(QuantizeVerbs, WritesEachPrecisionAndReadsItBack) {
  for (const std::string precision : {"bfloat16", "float16", "int16x8", "int16x12"}) {
    const auto ran = quantize(model_, {"--precision", precision, "--keep-float32", "final"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_NE(ran.out.find("mixed (" + precision + ", float32) changes ECAL by"), std::string::npos) << ran.out;
    const auto graph = model::read_onnx(output_);
    const auto plan = nlohmann::json::parse(graph.metadata.at("octocal.precision_plan"));
    EXPECT_EQ(plan.at("branch1/conv1"), precision);
    EXPECT_EQ(plan.at("final"), "float32");
    const auto inspected = run({"inspect", output_, "--json", path("i.json")});
    ASSERT_EQ(inspected.exit_code, 0) << inspected.err;
    EXPECT_EQ(inspected.err, "");
    const auto json = nlohmann::json::parse(read_text_file(path("i.json")));
    for (const auto& layer : json.at("layers"))
      if (const std::string name = layer.at("layer"); plan.contains(name)) {
        EXPECT_EQ(layer.at("precision"), plan.at(name)) << name;
      }
  }
}

TEST_F(QuantizeVerbs, StoresWeightsAsTensorFlowLiteDoes) {
  const auto wide = model::read_onnx(std::string(OCTOCAL_SOURCE_DIR) + "/models/generator.onnx");
  model::write_onnx(wide, path("wide.onnx"));
  ASSERT_EQ(quantize(path("wide.onnx"), {"--preset", "tflite-float16", "--check-showers", "2"}).exit_code, 0);
  const auto stored = model::read_onnx(output_);
  std::size_t numbers = 0, in_16_bits = 0;
  for (const auto& [name, tensor] : stored.constants) {
    if (tensor.type == model::DataType::kFloat16) in_16_bits += model::elements(tensor.shape);
    numbers += model::elements(tensor.shape);
  }
  EXPECT_GT(in_16_bits, numbers * 9 / 10);
  ASSERT_EQ(run({"inspect", output_, "--json", path("i.json")}).exit_code, 0);
  for (const auto& layer : nlohmann::json::parse(read_text_file(path("i.json"))).at("layers"))
    if (layer.at("macs") > 0) {
      EXPECT_EQ(layer.at("precision"), "float32") << layer;
    }
  std::filesystem::remove(output_);
  expect_refused(quantize(model_, {"--preset", "tflite-float16", "--precision", "int8"}), "--preset");
  expect_refused(quantize(model_, {"--preset", "tflite-int4"}), "tflite-float16");
}

TEST_F(QuantizeVerbs, TakesAModelFromElsewhereOnceItIsTold) {
  expect_refused(quantize(bare_), "octocal.latent");
  const auto ran = quantize(bare_, {"--model-info", "latent=paper", "--model-info", "energy_min=100", "--model-info",
                                    "energy_max=500", "--model-info", "geometry=8x8x8"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(model::read_onnx(output_).metadata.at("octocal.latent"), "paper");  // so that it need not be told again
}

TEST_F(QuantizeVerbs, RefusesWhatItCannotQuantize) {
  expect_refused(quantize(path("absent.onnx")), "absent.onnx");
  expect_refused(quantize(model_, {"--keep-float32", "branch9/conv1"}), "no layer fits branch9/conv1");
  expect_refused(quantize(model_, {"--activations", "s4"}), "activations");
  expect_refused(quantize(model_, {"--calibration-showers", "0"}), "calibration-showers");
  expect_refused(run({"quantize", "--model", model_, "-o", path("no/such/folder.onnx")}), "folder.onnx");
  ASSERT_EQ(quantize(model_).exit_code, 0);
  const auto quantized = path("already.onnx");
  std::filesystem::rename(output_, quantized);
  expect_refused(quantize(quantized), "already quantized");
}

TEST_F(QuantizeVerbs, WriteNoRuinUnlessItIsWanted) {
  const auto ruinous = path("ruinous.onnx");
  model::write_onnx(octocal::testing::ruinous_generator(), ruinous);
  const auto refused = quantize(
      ruinous, {"--precision", "int8", "--ranges", "min-max", "--equalization", "off", "--json", path("q.json")});
  EXPECT_EQ(refused.exit_code, 1) << refused.err;
  EXPECT_EQ(refused.out, "");
  for (const char* part : {"int8 changes ECAL by +", "--max-shift 0.05", "--keep-float32", "tune"})
    EXPECT_NE(refused.err.find(part), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(output_));
  EXPECT_FALSE(std::filesystem::exists(path("q.json")));
  const auto tuned = run({"tune",    "-m",
                          ruinous,   "-o",
                          output_,   "--precisions",
                          "int8",    "--ranges",
                          "min-max", "--equalization",
                          "off",     "--showers",
                          "20",      "--check-showers",
                          "20",      "--calibration-showers",
                          "16",      "--streams",
                          "1",       "--no-cache"});
  EXPECT_EQ(tuned.exit_code, 1) << tuned.err;
  EXPECT_FALSE(std::filesystem::exists(output_));

  const auto wanted =
      quantize(ruinous, {"--precision", "int8", "--ranges", "min-max", "--equalization", "off", "--max-shift", "1e6"});
  EXPECT_EQ(wanted.exit_code, 0) << wanted.err;
  EXPECT_NE(wanted.err.find("warning: " + ruinous + ": int8 changes ECAL by +"), std::string::npos) << wanted.err;
  EXPECT_NE(wanted.out.find("int8 changes ECAL by +"), std::string::npos) << wanted.out;
  EXPECT_TRUE(std::filesystem::exists(output_));
  const auto unchecked = quantize(ruinous, {"--check-showers", "0"});
  EXPECT_EQ(unchecked.exit_code, 0) << unchecked.err;
  EXPECT_NE(unchecked.err.find("was not checked; validate the new model"), std::string::npos) << unchecked.err;
}

TEST_F(QuantizeVerbs, RefusesCalibrationEnergiesOutsideTheModelsRange) {
  data::ShowerBatch batch;
  batch.geometry = {8, 8, 8};
  batch.resize(1);
  batch.energy_gev = {900};
  std::fill(batch.cells_gev.begin(), batch.cells_gev.end(), 0.01F);
  data::ShowerWriter writer(path("g4.h5"), {batch.geometry});
  writer.append(batch);
  writer.finish();
  expect_refused(quantize(model_, {"--calibration-data", path("g4.h5")}), "900");
}

class TuneVerb : public QuantizeVerbs {
 protected:
  Ran tune(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"tune",        "--model", model_,         "-o",      output_,
                                          "--streams",   "1",       "--showers",    "24",      "--calibration-showers",
                                          "16",          "--json",  path("t.json"), "--quiet", "--no-cache",
                                          "--max-shift", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  nlohmann::json json() const { return nlohmann::json::parse(read_text_file(path("t.json"))); }
};

TEST_F(TuneVerb, LowersLayersAsFarAsTheToleranceLets) {
  ASSERT_EQ(tune({"--tolerance", "10", "--objective", "size", "--precisions", "float32,int8"}).exit_code, 0);
  EXPECT_EQ(json().at("trials").size(), 1U);
  EXPECT_TRUE(json().at("keep_float32").empty());
  const double all_int8 = json().at("score");
  EXPECT_GT(all_int8, 0);

  for (const char* strategy : {"basic", "reranked", "octocal"}) {
    const auto ran = tune({"--tolerance", std::to_string(all_int8 / 2), "--objective", "size", "--precisions",
                           "float32,int8", "--strategy", strategy});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(json().at("within_tolerance")) << strategy;
    EXPECT_FALSE(json().at("keep_float32").empty()) << strategy;
    const auto model = model::read_onnx(output_);
    const auto plan = nlohmann::json::parse(model.metadata.at("octocal.precision_plan"));
    for (const auto& [layer, precision] : json().at("plan").items()) EXPECT_EQ(plan.at(layer), precision);
    EXPECT_EQ(nlohmann::json::parse(model.metadata.at("octocal.precision_reasons")).size(), 7U);
  }
}

TEST_F(TuneVerb, GoesOnFromItsHistoryAndRefusesThatOfAnother) {
  const auto history = path("h.json");
  const auto with = [&](const std::string& tolerance, const std::string& budget) {
    return tune({"--tolerance", tolerance, "--objective", "size", "--history", history, "--budget", budget});
  };
  ASSERT_EQ(with("1e-6", "2").exit_code, 0);
  const auto few = json().at("trials").size();
  ASSERT_EQ(with("1e-6", "3").exit_code, 0);
  EXPECT_EQ(json().at("trials_resumed"), few);
  EXPECT_GT(json().at("trials").size(), few);
  std::filesystem::remove(output_);
  expect_refused(with("0.5", "3"), "h.json: is the history of another tuning (criteria differs)");
  // The one beside the output, which nobody named, is overwritten.
  EXPECT_EQ(tune({"--tolerance", "10"}).exit_code, 0);
  EXPECT_EQ(tune({"--tolerance", "11"}).exit_code, 0);
}

// No trial fits into ten microseconds: float32 is the best so far, and more time goes on from there.
TEST_F(TuneVerb, KeepsTheBestWhenTimeIsUpAndGoesOn) {
  const auto with = [&](const std::string& budget) {
    return run({"tune",      "--model",     model_,         "-o",          output_,
                "--streams", "1",           "--showers",    "24",          "--calibration-showers",
                "16",        "--json",      path("t.json"), "--no-cache",  "--max-shift",
                "1",         "--tolerance", "10",           "--objective", "size",
                "--budget",  budget});
  };
  const auto first = with("0.00001s");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.err.find("the budget ended behind 1 trials"), std::string::npos) << first.err;
  EXPECT_EQ(json().at("ended"), "stopped");
  EXPECT_TRUE(json().at("within_tolerance"));
  for (const auto& [layer, precision] : json().at("plan").items()) EXPECT_EQ(precision, "float32") << layer;
  EXPECT_NO_THROW(model::read_onnx(output_));

  const auto second = with("10m");
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(json().at("ended"), "finished");
  EXPECT_EQ(json().at("trials_resumed"), 1);
  for (const auto& [layer, precision] : json().at("plan").items()) EXPECT_NE(precision, "float32") << layer;
}

TEST_F(TuneVerb, WritesAPlanThatQuantizeAndTuneTakeBack) {
  const auto plan = path("plan.json");
  ASSERT_EQ(tune({"--tolerance", "10", "--objective", "size", "--plan-out", plan}).exit_code, 0);
  const auto tuned = model::read_onnx(output_);
  ASSERT_EQ(quantize(model_, {"--plan", plan}).exit_code, 0);
  const auto quantized = model::read_onnx(output_);
  EXPECT_EQ(quantized.metadata.at("octocal.precision_plan"), tuned.metadata.at("octocal.precision_plan"));
  std::filesystem::remove(output_);
  expect_refused(quantize(model_, {"--plan", plan, "--keep-float32", "final"}), "leave out");
  write_text_file(plan, R"({"nowhere": "int8"})");
  expect_refused(quantize(model_, {"--plan", plan}), "no layer nowhere");
  expect_refused(tune({"--plan", plan}), "no layer nowhere");
}

TEST_F(TuneVerb, JudgesAgainstAReference) {
  data::ShowerBatch batch;
  batch.geometry = {8, 8, 8};
  batch.resize(40);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch.energy_gev[i] = 100 + 10 * static_cast<float>(i);
    for (float& cell : batch.shower(i)) cell = 1e-4F * batch.energy_gev[i];
  }
  data::ShowerWriter writer(path("g4.h5"), {batch.geometry});
  writer.append(batch);
  writer.finish();
  const auto ran = tune({"--reference", path("g4.h5"), "--criterion", "mse<=1.5x"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(json().at("within_tolerance"));
  // Float32 is as far from the reference as float32: less than that is too much to ask, and the nearest is written.
  const auto asked = tune({"--reference", path("g4.h5"), "--criterion", "mse<=1e-9x"});
  EXPECT_EQ(asked.exit_code, 1);
  EXPECT_NE(asked.err.find("no trial meets every criterion"), std::string::npos) << asked.err;
  EXPECT_TRUE(std::filesystem::exists(output_));
  std::filesystem::remove(output_);
  expect_refused(tune({"--criterion", "mse<=1.05x"}), "--reference");
}

}  // namespace
}  // namespace octocal
