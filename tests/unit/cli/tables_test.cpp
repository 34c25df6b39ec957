// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "octocal/cli/bench_output.hpp"
#include "octocal/cli/sample_info_output.hpp"

namespace octocal::cli {
namespace {

TEST(BenchTable, ShowsLayersWhenAsked) {
  study::BenchResult result;
  study::BenchedModel model;
  model.name = "int8";
  model.file = "g.onnx";
  model.showers_per_second = {500, 400, 600, 300, 700, {}};
  model.showers_per_processor_second = {510, 410, 610, 310, 710, {}};
  model.layers = {{"branch1/conv1", "Conv+LeakyRelu", "int8", "int8", "own", "", 8'000'000}};
  model.layer_seconds = {1e-4};
  result.models = {model};
  EXPECT_EQ(to_table(result).find("branch1/conv1"), std::string::npos);
  const auto table = to_table(result, {.layers = true});
  EXPECT_NE(table.find("  int8           500.0  400.0 - 600.0      2.000        510.0             -  g.onnx\n"),
            std::string::npos)
      << table;
  // 8e6 multiply-accumulates in 100 us are 80e9 a second.
  EXPECT_NE(table.find("  branch1/conv1  int8  100.0    80.0  own\n"), std::string::npos) << table;
}

TEST(BenchTable, ShowsWhatWasMeasuredBesides) {
  const auto spread = [](double median) { return study::Spread{median, median, median, median, median, {}}; };
  study::BenchResult result;
  study::BenchedModel model;
  model.name = "int8";
  model.file = "g.onnx";
  model.file_bytes = 565'390;
  model.weight_bytes = 1'320'000;
  model.stream_bytes = 5'010'000;
  model.macs = 132'400'000;
  model.showers_per_second = model.showers_per_processor_second = spread(800);
  model.over_float32 = spread(2.3);
  model.share_of_peak = 0.4;
  model.batches = {{8, spread(900), spread(900)}, {1, spread(720), spread(720)}};
  model.streams = {{1, spread(800), spread(800)}, {2, spread(1500), spread(760)}};
  model.layers = {{"conv", "Conv+Relu+QuantizeLinear", "int8", "int8", "own", "", 8'000'000},
                  {"draw", "DrawCells", "float32", "float32", "own", "", 0}};
  model.layer_seconds = {3e-4, 1e-4};
  model.first_shower = {{spread(0.008), spread(0.016), spread(0.001), spread(0.002)}, spread(0.029), spread(0.027)};
  result.models = {model};
  result.peaks = {{"vpdpbusd zmm", "int8", "avx512_vnni", spread(230)}};
  const auto table = to_table(result, {.operations = true});
  for (const auto* line :
       {"          2.30  g.onnx", "  precision      1       2  efficiency  model",
        "  int8       800.0  1500.0        0.95  g.onnx", "  int8       900.0  720.0        0.80  g.onnx",
        "  int8        8.0     16.0     1.0     2.0      27.0        29.0  g.onnx",
        "  vpdpbusd zmm  avx512_vnni  int8   230.0", "  g.onnx (int8): 0.40 of the best of int8 (132.4 million",
        "  int8       0.57            1.32      5.01  g.onnx", "  convolutions        1  300.0  75.0    26.7",
        "  draws and fit       1  100.0  25.0       -",
        "  in the pass of the layer before, and in its time: 1 Relu, 1 QuantizeLinear"})
    EXPECT_NE(table.find(line), std::string::npos) << line << "\n" << table;
}

TEST(SampleInfoTable, SaysWhyThereIsNoFit) {
  study::SampleInfo info;
  info.files = {"a.h5"};
  info.file_showers = {3};
  info.showers = 3;
  EXPECT_NE(to_table(info).find("none: too few different energies"), std::string::npos);
}

}  // namespace
}  // namespace octocal::cli
