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

TEST(SampleInfoTable, SaysWhyThereIsNoFit) {
  study::SampleInfo info;
  info.files = {"a.h5"};
  info.file_showers = {3};
  info.showers = 3;
  EXPECT_NE(to_table(info).find("none: too few different energies"), std::string::npos);
}

}  // namespace
}  // namespace octocal::cli
