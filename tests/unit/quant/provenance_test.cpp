// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/provenance.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "octocal/model/onnx_file.hpp"
#include "octocal/model/precision_plan.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

TEST(Provenance, SaysHowTheModelWasMadeAndSurvivesTheFile) {
  const auto source = testing::small_generator();
  const QuantizeOptions options{ActivationScheme::kS8, WeightScheme::kPerTensor, false};
  const Quantizer quantizer(source, testing::small_showers(8), options, testing::reference_backend(), "test");
  auto model = quantizer.build_int8({"final"});
  write_provenance(source, options, {8, 5, "100:500"}, model);

  const auto metadata = model::parse_onnx(model::serialize_onnx(model.graph), "test").metadata;
  EXPECT_EQ(metadata.at("octocal.latent"), "paper");  // the source's own
  EXPECT_EQ(metadata.at("octocal.source_model"), model::graph_hash(source));
  const auto record = nlohmann::json::parse(metadata.at("octocal.calibration"));
  EXPECT_EQ(record.at("showers"), 8);
  EXPECT_EQ(record.at("seed"), 5);
  EXPECT_EQ(record.at("energies"), "100:500");
  EXPECT_EQ(record.at("activations"), "s8");
  EXPECT_EQ(record.at("weights"), "per-tensor");
  EXPECT_EQ(record.at("bias_correction"), false);
  EXPECT_EQ(record.at("method"), "mse");
  EXPECT_EQ(record.at("methods").at("branch1/upsample1"), "mse");
  EXPECT_EQ(record.at("ranges").size(), model.sites.size());
  EXPECT_TRUE(record.at("ranges").contains("branch1/upsample1"));

  const auto plan = model::parse_precision_plan(metadata.at("octocal.precision_plan"), "test");
  EXPECT_NO_THROW(model::check_plan(plan, model.graph, "test"));
  EXPECT_EQ(plan.at("dense"), model::Precision::kFloat32);
  EXPECT_EQ(plan.at("final"), model::Precision::kFloat32);
  EXPECT_EQ(plan.at("branch0/conv1"), model::Precision::kInt8);
}

TEST(Provenance, TellsOfLearnedRounding) {
  const auto source = testing::small_generator();
  for (const auto rounding : {Rounding::kNearest, Rounding::kLearned}) {
    QuantizeOptions options;
    options.rounding = rounding;
    const Quantizer quantizer(source, testing::small_showers(8), options, testing::reference_backend(), "test");
    auto model = quantizer.build_int8();
    write_provenance(source, options, {8, 5, "100:500"}, model);
    const auto record = nlohmann::json::parse(model.graph.metadata.at("octocal.calibration"));
    // Files of the default stay what they were.
    EXPECT_EQ(record.value("rounding", "none"), rounding == Rounding::kLearned ? "learned" : "none");
  }
}

// No grid and no correction is made of floats.
TEST(Provenance, TellsNothingOfGridsWhereThereAreNone) {
  const auto source = testing::small_generator();
  const Quantizer quantizer(source, testing::small_showers(8), {}, testing::reference_backend(), "test");
  auto model = quantizer.build(quantizer.plan(model::Precision::kBfloat16));
  write_provenance(source, {}, {8, 1, "100:500"}, model);
  const auto record = nlohmann::json::parse(model.graph.metadata.at("octocal.calibration"));
  EXPECT_EQ(record.at("method"), "none");
  EXPECT_EQ(record.at("showers"), 8);
  EXPECT_FALSE(record.contains("bias_correction"));
  EXPECT_FALSE(record.contains("ranges"));
}

}  // namespace
}  // namespace octocal::quant
