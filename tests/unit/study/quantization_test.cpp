// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/quantization.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "octocal/base/error.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/tuning.hpp"
#include "support/ruinous_generator.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::study {
namespace {

class RuinousModel : public ::testing::Test {
 protected:
  RuinousModel() {
    settings_.model = folder_.file("m.onnx");
    settings_.calibration.showers = 32;
    settings_.check_showers = 20;
    settings_.engine.streams = 1;
    model::write_onnx(octocal::testing::ruinous_generator(), settings_.model);
    settings_.precision = model::Precision::kInt8;
    // Equalized channels would save it.
    settings_.calibration.options.equalization = false;
    settings_.calibration.options.ranges = quant::RangeMethod::kMinMax;
  }

  std::string refusal() {
    try {
      quantize(settings_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kFailed);
      return error.what();
    }
    return {};
  }

  const octocal::test::TemporaryFolder folder_;
  QuantizationSettings settings_;
};

TEST_F(RuinousModel, IsRefusedSayingHowBadItIsAndWhatHelps) {
  const auto said = refusal();
  for (const char* part : {"m.onnx: int8 changes ECAL by +", "cells by", "`max_shift` 0.05", "nothing was written",
                           "tune", "`keep_float32`"})
    EXPECT_NE(said.find(part), std::string::npos) << part << " in " << said;
}

TEST_F(RuinousModel, IsMadeWhereItIsWantedAndItsShiftIsTold) {
  settings_.max_shift = 1e6;
  const auto made = quantize(settings_);
  ASSERT_TRUE(made.difference);
  EXPECT_GT(made.difference->ecal_shift, 1) << "the model of this test is not ruinous";
  EXPECT_EQ(made.difference->shift(),
            std::max(made.difference->ecal_shift, std::sqrt(made.difference->projection_mse)));
}

TEST_F(RuinousModel, TellsWhatLearnedRoundingChanges) {
  settings_.max_shift = 1e6;
  settings_.precision = model::Precision::kInt16x8;
  EXPECT_FALSE(quantize(settings_).nearest_difference);
  settings_.calibration.options.rounding = quant::Rounding::kLearned;
  const auto learned = quantize(settings_);
  ASSERT_TRUE(learned.nearest_difference);
  EXPECT_EQ(learned.nearest_difference->showers, learned.difference->showers);
  for (const auto& layer : learned.model.layers) EXPECT_LE(layer.learned_error, layer.nearest_error) << layer.name;
}

TEST_F(RuinousModel, RefusesLearnedRoundingWhereThereAreNoIntegers) {
  settings_.calibration.options.rounding = quant::Rounding::kLearned;
  settings_.precision = model::Precision::kBfloat16;
  EXPECT_THROW(quantize(settings_), Error);
  settings_.precision.reset();
  settings_.form = RewriteForm::kFloat16Weights;
  EXPECT_THROW(quantize(settings_), Error);
  EXPECT_EQ(rounding_named("learned"), quant::Rounding::kLearned);
  EXPECT_THROW(rounding_named("adaround"), Error);
}

// Without a precision given, as far as quantize() goes by itself; what is still spoilt then is refused.
TEST_F(RuinousModel, TakesFinerPrecisionsByItself) {
  settings_.max_shift = 1e6;
  settings_.precision.reset();
  const auto made = quantize(settings_);
  EXPECT_EQ(made.precisions, "float16");
  for (const auto& layer : made.model.layers) EXPECT_EQ(layer.precision, model::Precision::kFloat16) << layer.name;
  settings_.max_shift = kMostShift;
  EXPECT_THROW(quantize(settings_), Error);
}

TEST_F(RuinousModel, IsWarnedOfWhereNothingIsChecked) {
  settings_.check_showers = 0;
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(quantize(settings_).difference);
  const auto said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("was not checked"), std::string::npos) << said;
}

TEST_F(RuinousModel, IsCalledByAllItsPrecisionsWhereTheyAreMixed) {
  settings_.keep_float32 = {"Conv4"};
  settings_.max_shift = 0;
  EXPECT_NE(refusal().find("m.onnx: mixed (int8, float32) changes ECAL"), std::string::npos);
}

TEST_F(RuinousModel, IsQuantizedOpByOpOnlyAsAWhole) {
  settings_.form = form_of("tflite-int8");
  settings_.max_shift = 1e9;
  const auto made = quantize(settings_);
  EXPECT_EQ(made.precisions, "int8");
  EXPECT_NE(made.model.graph.metadata.at("octocal.calibration").find("tflite-int8"), std::string::npos);
  settings_.keep_float32 = {"Conv*"};
  EXPECT_THROW(quantize(settings_), Error);
  settings_.keep_float32.clear();
  settings_.plan = model::PrecisionPlan{};
  EXPECT_THROW(quantize(settings_), Error);
  EXPECT_THROW(form_of("tflite-int4"), Error);
}

TEST_F(RuinousModel, IsFineWithItsLastLayersInFloat32) {
  settings_.keep_float32 = {"Conv*"};
  EXPECT_LT(quantize(settings_).difference->shift(), kGoodShift);
}

TEST_F(RuinousModel, IsNotWhatTuneGivesBack) {
  TuningSettings tuning;
  tuning.model = settings_.model;
  tuning.showers = tuning.check_showers = 20;
  tuning.calibration = settings_.calibration;
  tuning.engine = settings_.engine;
  tuning.cache = false;
  const auto tuned = tune(tuning);
  EXPECT_TRUE(tuned.result.within);
  if (tuned.difference) {
    EXPECT_LT(tuned.difference->shift(), kMostShift);
  }
  tuning.budget.trials = 1;  // all int8, and no more: float32 is the way out
  const auto fallback = tune(tuning);
  EXPECT_TRUE(fallback.result.within);
  for (const auto& [layer, precision] : fallback.result.plan) EXPECT_EQ(precision, model::Precision::kFloat32) << layer;
  tuning.rungs = {model::Precision::kInt8};
  EXPECT_THROW(tune(tuning), Error);
}

TEST(JudgeShift, CountsEnergyThatGoesElsewhereAndWhatIsNoNumber) {
  Int8Difference difference;
  difference.showers = 10;
  EXPECT_NO_THROW(judge_shift(difference, "int8", 0, "m"));
  difference.ecal_shift = -0.06;
  EXPECT_THROW(judge_shift(difference, "int8", 0.05, "m"), Error);
  EXPECT_NO_THROW(judge_shift(difference, "int8", 0.06, "m"));
  difference = {};
  difference.projection_mse = 0.0036;  // the mean shower is off by 6 %
  EXPECT_NEAR(difference.shift(), 0.06, 1e-12);
  EXPECT_THROW(judge_shift(difference, "int8", 0.05, "m"), Error);
  for (const double none : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    difference = {};
    difference.ecal_shift = none;
    EXPECT_THROW(judge_shift(difference, "int8", 1e6, "m"), Error) << none;
  }
}

}  // namespace
}  // namespace octocal::study
