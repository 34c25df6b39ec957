// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/formats.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/validation.hpp"
#include "support/ruinous_generator.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::study {
namespace {

class Formats : public ::testing::Test {
 protected:
  Formats() {
    model::write_onnx(octocal::testing::ruinous_generator(), folder_.file("g.onnx"));
    data::ShowerBatch batch;
    batch.geometry = {8, 8, 8};
    batch.resize(64);
    for (std::size_t i = 0; i < batch.size(); ++i) batch.energy_gev[i] = 101 + 6 * static_cast<float>(i);
    for (std::size_t i = 0; i < batch.cells_gev.size(); ++i) batch.cells_gev[i] = 1e-3F * static_cast<float>(1 + i % 7);
    data::ShowerWriter writer(folder_.file("g4.h5"), {batch.geometry});
    writer.append(batch);
    writer.finish();
    settings_.reference = {folder_.file("g4.h5")};
    settings_.models = {folder_.file("g.onnx")};
    settings_.classifier = settings_.neighbours = false;
    settings_.engine.streams = 1;
  }

  const octocal::test::TemporaryFolder folder_;
  ValidationSettings settings_;
};

TEST_F(Formats, StandBesideTheModelFromTheSameLatents) {
  settings_.formats = {"int16x8", "int8"};
  const auto validation = validate(settings_);
  ASSERT_EQ(validation.samples.size(), 4U);
  const auto& float32 = validation.samples[1];
  const auto& wide = validation.samples[2];
  const auto& int8 = validation.samples[3];
  EXPECT_EQ(float32.identity.name, "float32");
  EXPECT_EQ(wide.identity.name, "int16x8");
  EXPECT_EQ(int8.identity.name, "int8");
  EXPECT_EQ(int8.identity.latents, float32.identity.latents);
  EXPECT_EQ(int8.identity.metadata.at("octocal.source_model"), float32.identity.model_hash);
  EXPECT_NE(int8.identity.file_bytes, float32.identity.file_bytes);
  const auto energy = [](const MeasuredSample& sample) { return sample.result.response.mean.value; };
  EXPECT_NE(energy(int8), energy(float32));
  EXPECT_NEAR(energy(int8) / energy(float32), 1, 0.5);
  EXPECT_NEAR(energy(wide) / energy(float32), 1, 0.5);
}

// Its cells are small differences of large numbers: 8 bits of mantissa spoil them, 11 do not.
TEST_F(Formats, OfFloatsAreAsFineAsTheirMantissa) {
  settings_.formats = {"bfloat16", "float16", "tflite-float16"};
  const auto validation = validate(settings_);
  ASSERT_EQ(validation.samples.size(), 5U);
  const auto energy = [&](std::size_t i) { return validation.samples[i].result.response.mean.value; };
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(validation.samples[2 + i].identity.name, settings_.formats[i]);
  EXPECT_GT(energy(2), 2 * energy(1));
  EXPECT_NEAR(energy(3), energy(1), 0.5 * energy(1));
  EXPECT_NEAR(energy(4), energy(1), 0.5 * energy(1));
}

// Named by one word, in the order of the paper's tables; what they change of tables 3 and 4 stands in float32's errors.
TEST_F(Formats, OfThePaperComeByOneWord) {
  settings_.formats = {"all", "octocal"};
  const auto validation = validate(settings_);
  std::vector<std::string> names;
  for (const auto& sample : validation.samples) names.push_back(sample.identity.name);
  EXPECT_EQ(names, (std::vector<std::string>{"Geant4", "float32", "bfloat16", "float16", "octocal", "ilot",
                                             "tflite-float16", "tflite-int8"}));
  EXPECT_EQ(validation.settings.formats.size(), 6U);
  EXPECT_FALSE(validation.samples[0].change);
  EXPECT_FALSE(validation.samples[1].change);
  for (std::size_t i = 2; i < validation.samples.size(); ++i) {
    const auto& sample = validation.samples[i];
    ASSERT_TRUE(sample.change) << names[i];
    const double y_mean = validation.samples[1].result.table3[2].number.value;
    EXPECT_NEAR(sample.change->table3[2].difference.value, sample.result.table3[2].number.value - y_mean, 1e-9);
    EXPECT_DOUBLE_EQ(sample.change->table3[2].base_error, validation.samples[1].result.table3[2].number.error);
  }
  const auto& finest = *validation.samples[3].change;
  const auto& coarsest = *validation.samples[7].change;
  EXPECT_LT(finest.apart.mse_gev2.value, coarsest.apart.mse_gev2.value);
}

TEST_F(Formats, AreRefusedWhereThereIsNoSuchOneAndNoModel) {
  settings_.formats = {"int7"};
  try {
    validate(settings_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    for (const char* part : {"`formats` int7", "int16x8, int8"})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
  settings_.formats = {"int8"};
  settings_.models.clear();
  EXPECT_THROW(validate(settings_), Error);
}

}  // namespace
}  // namespace octocal::study
