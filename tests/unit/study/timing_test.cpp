// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>

#include "octocal/base/error.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/timing_json.hpp"

namespace octocal::study {
namespace {

/// A generator of one dense layer and, if asked, one convolution behind it, int8 or float32.
std::string write_generator(const std::string& name, bool int8, bool float32 = false) {
  using model::make_tensor;
  model::Graph graph;
  graph.inputs = {{"latent", model::DataType::kFloat32, {model::kBatch, 4}}};
  graph.outputs = {{"cells", model::DataType::kFloat32, {model::kBatch, 5, 5, 5}}};
  graph.constants["dense"] = make_tensor({4, 125}, std::vector<float>(500, 0.01F));
  const std::vector<std::int64_t> cube = {-1, 5, 5, 5};
  graph.constants["cube"] = make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(cube));
  graph.nodes.push_back({"gemm", "Gemm", {"latent", "dense"}, {"row"}, {}});
  graph.nodes.push_back({"reshape", "Reshape", {"row", "cube"}, {int8 || float32 ? "image" : "cells"}, {}});
  if (int8) {
    const std::uint8_t zero = 128;
    const std::vector<std::int8_t> ones(5 * 5 * 9, 1);
    graph.constants["s"] = make_tensor({}, std::vector<float>{0.01F});
    graph.constants["z"] = make_tensor(model::DataType::kUint8, {}, std::span(&zero, 1));
    graph.constants["w"] = make_tensor(model::DataType::kInt8, {5, 5, 3, 3}, std::span<const std::int8_t>(ones));
    graph.nodes.push_back({"q", "QuantizeLinear", {"image", "s", "z"}, {"stored"}, {}});
    graph.nodes.push_back({"dq", "DequantizeLinear", {"stored", "s", "z"}, {"read"}, {}});
    graph.nodes.push_back({"dqw", "DequantizeLinear", {"w", "s"}, {"weight"}, {}});
    graph.nodes.push_back(
        {"conv", "Conv", {"read", "weight"}, {"cells"}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}});
  }
  if (float32) {
    graph.constants["weight"] = make_tensor({5, 5, 3, 3}, std::vector<float>(225, 0.1F));
    graph.nodes.push_back(
        {"conv", "Conv", {"image", "weight"}, {"cells"}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}});
  }
  model::GeneratorInfo info;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  info.nx = info.ny = info.nz = 5;
  info.response = {0.0, 2.0};
  model::write_generator_info(info, graph);
  const auto file = (std::filesystem::path(::testing::TempDir()) / name).string();
  model::write_onnx(graph, file);
  return file;
}

BenchSettings small_settings() {
  BenchSettings settings;
  settings.models = {write_generator("bench_float32.onnx", false), write_generator("bench_int8.onnx", true)};
  settings.repeats = 4;
  settings.showers = 19;
  return settings;
}

TEST(Bench, TellsSpeedsLayersAndSpeedup) {
  const auto settings = small_settings();
  const auto result = run_bench(settings);
  const auto document = to_json(result, settings, "repeats=4");
  ASSERT_EQ(document["models"].size(), 2U);
  EXPECT_EQ(document["models"][0]["name"], "float32");
  EXPECT_EQ(document["models"][1]["name"], "int8");
  for (const auto& model : document["models"]) {
    const auto& speed = model["showers_per_second"];
    EXPECT_EQ(speed["values"].size(), 4U);
    EXPECT_GT(speed["min"].get<double>(), 0);
    EXPECT_LE(speed["min"].get<double>(), speed["low"].get<double>());
    EXPECT_LE(speed["low"].get<double>(), speed["median"].get<double>());
    EXPECT_LE(speed["median"].get<double>(), speed["high"].get<double>());
    EXPECT_LE(speed["high"].get<double>(), speed["max"].get<double>());
    EXPECT_EQ(model["file_bytes"], std::filesystem::file_size(model["file"].get<std::string>()));
    EXPECT_GT(model["layers"].size(), 0U);
  }
  // The ratio of each turn, not of the medians.
  const auto& slow = document["models"][0]["showers_per_second"]["values"];
  const auto& fast = document["models"][1]["showers_per_second"]["values"];
  const auto& turns = document["speedup"]["values"];
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(turns[i].get<double>(), fast[i].get<double>() / slow[i].get<double>(), 1e-9);
  EXPECT_EQ(document["speedup_int8_over_float32"], document["speedup"]["median"]);
}

TEST(Bench, TellsBatchesStreamsPeaksAndFirstShowers) {
  auto settings = small_settings();
  settings.repeats = 2;
  settings.batches = {1, 4};
  settings.streams = {1, 2};
  settings.peak = settings.first_shower = true;
  const auto result = run_bench(settings);
  const auto document = to_json(result, settings, "");
  for (const auto& model : document["models"]) {
    ASSERT_EQ(model["batches"].size(), 2U);
    EXPECT_EQ(model["batches"][1]["batch"], 4);
    EXPECT_EQ(model["batches"][1]["showers_per_second"]["values"].size(), 2U);
    ASSERT_EQ(model["streams"].size(), 2U);
    EXPECT_EQ(model["streams"][1]["streams"], 2);
    const auto& first = model["first_shower"];
    ASSERT_EQ(first["parts"].size(), 4U);
    EXPECT_EQ(first["parts"][0]["part"], "load");
    for (std::size_t turn = 0; turn < 2; ++turn) {
      double all = 0;
      for (const auto& part : first["parts"]) all += part["processor_seconds"]["values"][turn].get<double>();
      EXPECT_NEAR(first["processor_seconds"]["values"][turn].get<double>(), all, 1e-12);
    }
    double share = 0;
    for (const auto& operation : model["operations"]) share += operation["share"].get<double>();
    EXPECT_NEAR(share, 1.0, 1e-9);
  }
  // The dense layer has 4 x 125 products; the convolution 5 x 5 x 9 for each of 25 pixels more.
  EXPECT_EQ(document["models"][0]["macs"], 500);
  EXPECT_EQ(document["models"][1]["macs"], 500 + 5625);
  // Of each turn, in processor time.
  const auto& slow = document["models"][0]["showers_per_processor_second"]["values"];
  const auto& fast = document["models"][1]["showers_per_processor_second"]["values"];
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_NEAR(document["models"][1]["over_float32"]["values"][i].get<double>(),
                fast[i].get<double>() / slow[i].get<double>(), 1e-9);
  EXPECT_EQ(document["models"][0]["over_float32"]["median"], 1.0);
  if (const auto peak = peak_of(result.peaks, "int8")) {
    EXPECT_NEAR(document["models"][1]["share_of_peak"].get<double>(),
                6125 * result.models[1].showers_per_processor_second.median / (*peak * 1e9), 1e-9);
  }
  for (const auto& peak : document["peaks"]) EXPECT_GT(peak["giga_macs_per_second"]["min"].get<double>(), 0);
}

TEST(Bench, TakesTheHighestPeakOfAPrecision) {
  const auto peak = [](const char* precision, double value) {
    return BenchedPeak{"", precision, "", spread_of({value})};
  };
  const std::vector<BenchedPeak> peaks = {peak("int8", 80), peak("float32", 50), peak("int8", 230), peak("int8", 90)};
  EXPECT_EQ(peak_of(peaks, "int8"), 230);
  EXPECT_EQ(peak_of(peaks, "mixed"), std::nullopt);
}

TEST(Bench, TimesAFloat32ModelInOtherPrecisions) {
  auto settings = small_settings();
  settings.models = {write_generator("bench_plain.onnx", false, true)};
  settings.precisions = {"float32", "int8", "int16x8"};
  settings.repeats = 1;
  const auto result = run_bench(settings);
  ASSERT_EQ(result.models.size(), 3U);
  EXPECT_EQ(result.models[0].format, "");
  EXPECT_EQ(result.models[1].format, "int8");
  EXPECT_EQ(result.models[1].name, "int8");
  EXPECT_EQ(result.models[2].name, "int16x8");
  EXPECT_EQ(result.models[1].file, result.models[0].file);
  EXPECT_EQ(result.models[1].macs, result.models[0].macs);
  EXPECT_TRUE(result.models[2].over_float32.has_value());
  EXPECT_TRUE(result.has_speedup);
}

TEST(Bench, HasNoSpeedupOfOneModel) {
  auto settings = small_settings();
  settings.models.pop_back();
  EXPECT_FALSE(to_json(run_bench(settings), settings, "").contains("speedup_int8_over_float32"));
}

TEST(Bench, RefusesAbsurdNumbersNamingTheSetting) {
  const auto refusal = [](auto change) -> std::string {
    auto settings = small_settings();
    change(settings);
    try {
      run_bench(settings);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "ran";
  };
  EXPECT_EQ(refusal([](auto& s) { s.repeats = 0; }), "`repeats` 0: must be from 1 to 1000");
  EXPECT_EQ(refusal([](auto& s) { s.batch = 5000; }), "`batch` 5000: must be from 1 to 1024");
  EXPECT_NE(refusal([](auto& s) { s.showers = -1; }).find("`showers` -1"), std::string::npos);
  EXPECT_EQ(refusal([](auto& s) { s.batches = {8, 0}; }), "`batches` 0: must be from 1 to 1024");
  EXPECT_EQ(refusal([](auto& s) { s.streams = {2000}; }), "`streams` 2000: must be from 1 to 1024");
  EXPECT_NE(refusal([](auto& s) { s.precisions = {"int9"}; }).find("int9: no such format"), std::string::npos);
  EXPECT_NE(refusal([](auto& s) { s.core = 100000; }).find("`core` 100000"), std::string::npos);
  EXPECT_NE(refusal([](auto& s) { s.models = {"absent.onnx"}; }).find("absent.onnx"), std::string::npos);
}

TEST(Bench, QuantilesLieBetweenTheirNeighbours) {
  const auto spread = spread_of({4, 1, 3, 2});
  EXPECT_EQ(spread.min, 1);
  EXPECT_DOUBLE_EQ(spread.low, 1.75);
  EXPECT_DOUBLE_EQ(spread.median, 2.5);
  EXPECT_DOUBLE_EQ(spread.high, 3.25);
  EXPECT_EQ(spread.max, 4);
  EXPECT_EQ(spread.values, (std::vector<double>{4, 1, 3, 2}));
}

}  // namespace
}  // namespace octocal::study
