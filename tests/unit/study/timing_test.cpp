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

/// A generator of one dense layer and, if asked, one int8 convolution behind it.
std::string write_generator(const std::string& name, bool int8) {
  using model::make_tensor;
  model::Graph graph;
  graph.inputs = {{"latent", model::DataType::kFloat32, {model::kBatch, 4}}};
  graph.outputs = {{"cells", model::DataType::kFloat32, {model::kBatch, 5, 5, 5}}};
  graph.constants["dense"] = make_tensor({4, 125}, std::vector<float>(500, 0.01F));
  const std::vector<std::int64_t> cube = {-1, 5, 5, 5};
  graph.constants["cube"] = make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(cube));
  graph.nodes.push_back({"gemm", "Gemm", {"latent", "dense"}, {"row"}, {}});
  graph.nodes.push_back({"reshape", "Reshape", {"row", "cube"}, {int8 ? "image" : "cells"}, {}});
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
