// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/precision_plan.hpp"

#include <gtest/gtest.h>

#include "octocal/model/generator_builder.hpp"
#include "unit/model/expect_error.hpp"

namespace octocal::model {
namespace {

using testing::expect_bad_input;

TEST(PrecisionPlan, IsTheSameTextForTheSamePlan) {
  const PrecisionPlan plan{{"final", Precision::kFloat32}, {"dense", Precision::kInt8}, {"b/c", Precision::kBfloat16}};
  EXPECT_EQ(to_json_text(plan), R"({"b/c":"bfloat16","dense":"int8","final":"float32"})");
  EXPECT_EQ(parse_precision_plan(to_json_text(plan), "plan.json"), plan);
}

TEST(PrecisionPlan, NamesEveryLayerWithWeightsOfTheGenerator) {
  const GeneratorSpec spec;
  const Graph graph = build_generator(spec, random_generator_parameters(spec, 1));
  const auto plan = uniform_plan(graph, Precision::kInt8);
  EXPECT_EQ(plan.size(), 1U + 3U * 9U + 1U);
  EXPECT_EQ(plannable_layers(graph).front(), "dense");
  EXPECT_EQ(plannable_layers(graph).back(), "final");
  check_plan(plan, graph, "plan.json");
  expect_bad_input(
      [&] {
        check_plan({{"branch3/conv1", Precision::kInt8}}, graph, "plan.json");
      },
      {"plan.json", "branch3/conv1", "branch2/conv1"});
}

TEST(PrecisionPlan, RefusesWhatIsNoPlan) {
  expect_bad_input([] { parse_precision_plan("{\"dense\": ", "plan.json"); }, {"plan.json", "JSON object"});
  expect_bad_input([] { parse_precision_plan("[\"dense\"]", "plan.json"); }, {"plan.json", "JSON object"});
  expect_bad_input([] { parse_precision_plan("{\"dense\": 8}", "plan.json"); }, {"plan.json", "dense", "8"});
  expect_bad_input([] { parse_precision_plan("{\"dense\": \"int4\"}", "plan.json"); }, {"dense", "int4", "float16"});
}

}  // namespace
}  // namespace octocal::model
