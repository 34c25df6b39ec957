// SPDX-License-Identifier: Apache-2.0
// What the verbs do, called from C++.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/study/comparison_json.hpp"
#include "octocal/study/generate_to_file.hpp"
#include "octocal/study/latent_identity.hpp"
#include "octocal/study/quantization.hpp"
#include "octocal/study/validation_json.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/study/small_files.hpp"

namespace octocal::study {
namespace {

using octocal::test::TemporaryFolder;

std::string refusal_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    return error.what();
  }
  return "accepted";
}

GenerateSettings tiny_run(const TemporaryFolder& folder) {
  test::write_tiny_model(folder.file("m.onnx"));
  GenerateSettings settings;
  settings.model = folder.file("m.onnx");
  settings.output = folder.file("made.h5");
  settings.showers = 30;
  settings.seed = 7;
  settings.engine.streams = 1;
  return settings;
}

// Files of older octocal are paired by this very text.
TEST(LatentIdentity, NeverChanges) {
  model::GeneratorInfo info;
  info.latent = model::LatentConvention::kSphere;
  info.latent_size = 12;
  EXPECT_EQ(latent_identity(7, info), "seed 7, sphere, 12 numbers");
}

TEST(LatentIdentity, OfAModelIsWhatItsFilesSayOfThemselves) {
  const TemporaryFolder folder;
  auto settings = tiny_run(folder);
  settings.keep_latents = true;
  generate_to_file(settings);
  const auto file = open_shower_files({settings.output}, "file", 0);
  const auto model = open_model_source(open_model(settings.model), settings.engine, 7, file->energies_gev());
  EXPECT_EQ(file->identity().latents, model->identity().latents);
  EXPECT_EQ(file->identity().precision, model->identity().precision);
  EXPECT_EQ(file->identity().model_hash, model->identity().model_hash);
  EXPECT_EQ(file->identity().seed, 7U);
  // What is made again from the kept latents is made from the same.
  auto again = settings;
  again.latents = settings.output;
  again.output = folder.file("again.h5");
  again.showers = std::nullopt;
  again.seed = 99;  // of nothing: the latents and the energies are there, and there is no noise
  EXPECT_EQ(generate_to_file(again).showers, 30U);
  EXPECT_EQ(open_shower_files({again.output}, "file", 0)->identity().latents, model->identity().latents);
}

TEST(GenerateToFile, NamesTheSettingThatCannotBe) {
  const TemporaryFolder folder;
  const auto refuse = [&](auto change, const std::string& words) {
    auto settings = tiny_run(folder);
    change(settings);
    const auto refusal = refusal_of([&] { generate_to_file(settings); });
    EXPECT_NE(refusal.find(words), std::string::npos) << refusal;
    EXPECT_FALSE(std::filesystem::exists(settings.output));
  };
  refuse([](auto& s) { s.showers = 0; }, "`showers` 0: must be from 1");
  refuse([](auto& s) { s.energy = "600"; }, "m.onnx: energies from 600 to 600 GeV are outside the model's range");
  refuse([](auto& s) { s.energy = "1:2:3"; }, "`energy` 1:2:3: a range has two ends");
  refuse([](auto& s) { s.engine.batch = 0; }, "m.onnx: a batch of 0 showers");
  refuse([](auto& s) { s.engine.streams = -2; }, "-2 streams");
  refuse([](auto& s) { s.latents = "a.h5", s.energy = "200"; }, "`latents` has its own energies");
}

TEST(Validate, JudgesModelsAndSamples) {
  const TemporaryFolder folder;
  test::write_tiny_model(folder.file("m.onnx"));
  test::write_tiny_showers(folder.file("g4.h5"), 200, 1);
  test::write_tiny_showers(folder.file("high.h5"), 200, 1, 1.05F);
  ValidationSettings settings;
  settings.reference = {folder.file("g4.h5")};
  settings.samples = {folder.file("g4.h5"), folder.file("high.h5")};
  settings.models = {folder.file("m.onnx")};
  settings.neighbours = settings.classifier = false;
  settings.engine.streams = 1;
  const auto validation = validate(settings);
  ASSERT_EQ(validation.samples.size(), 4U);
  EXPECT_EQ(validation.samples[0].identity.name, "Geant4");
  EXPECT_EQ(validation.reference_files, settings.reference);
  EXPECT_FALSE(validation.all_limits_met());  // 5 % too much energy
  const auto document = validation_json(validation);
  EXPECT_EQ(document.at("settings").at("streams"), "1");
  EXPECT_EQ(document.at("cell_threshold_gev"), 1e-6);
  EXPECT_EQ(document.at("hit_threshold_gev"), 1e-4);
  EXPECT_EQ(document.at("tail_fraction"), 0.85);

  settings.models.clear();
  settings.samples.pop_back();
  EXPECT_TRUE(validate(settings).all_limits_met());  // the reference is itself
}

TEST(Validate, TellsHowLikelyModelsThatDrawTheirCellsFindTheReference) {
  const TemporaryFolder folder;
  model::GeneratorSpec spec;
  spec.architecture = model::Architecture::kCells;
  spec.output = model::OutputTransform::kProfiles;
  spec.network.image = {6, 6, 5};
  spec.latent_size = static_cast<std::size_t>(model::description_size(spec.network.image));
  auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 1));
  model::GeneratorInfo info;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  info.nx = info.ny = 6;
  info.nz = 5;
  info.latent_size = spec.latent_size;
  info.has_energy_input = true;
  model::write_generator_info(info, graph);
  model::write_onnx(graph, folder.file("float32.onnx"));
  QuantizationSettings quantization;
  quantization.model = folder.file("float32.onnx");
  quantization.precision = model::Precision::kInt8;
  quantization.calibration.showers = 16;
  quantization.check_showers = 0;
  quantization.warn_unchecked = false;
  model::write_onnx(quantize(quantization).model.graph, folder.file("int8.onnx"));
  test::write_tiny_showers(folder.file("g4.h5"), 40, 1, 1, "", {6, 6, 5});
  ValidationSettings settings;
  settings.reference = {folder.file("g4.h5")};
  settings.models = {folder.file("float32.onnx"), folder.file("int8.onnx")};
  settings.engine.streams = 1;
  settings.classifier = false;
  settings.neighbours = false;
  const auto json = validation_json(validate(settings));
  EXPECT_TRUE(json["samples"][0]["likelihood"].is_null());
  const auto &float32 = json["samples"][1]["likelihood"], &int8 = json["samples"][2]["likelihood"];
  EXPECT_TRUE(float32["lost"].is_null());
  EXPECT_EQ(int8["showers"], 40);
  EXPECT_EQ(int8["lost"]["against"], "float32");
  const double difference = int8["nats"]["value"].get<double>() - float32["nats"]["value"].get<double>();
  EXPECT_NE(difference, 0);
  EXPECT_NEAR(int8["lost"]["value"].get<double>(), difference, 1e-9 * float32["nats"]["value"].get<double>());
  EXPECT_GT(int8["lost"]["error"].get<double>(), 0);
}

TEST(Validate, NamesTheSettingThatCannotBe) {
  const TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 50, 1);
  ValidationSettings settings;
  EXPECT_NE(refusal_of([&] { validate(settings); }).find("`reference`"), std::string::npos);
  settings.reference = {folder.file("g4.h5")};
  settings.showers = 51;
  EXPECT_NE(refusal_of([&] { validate(settings); }).find("`showers` 51: "), std::string::npos);
  settings.showers = 0;
  settings.showers_per_reference = 10'001;
  EXPECT_NE(refusal_of([&] { validate(settings); }).find("`showers_per_reference` 10001"), std::string::npos);
}

TEST(Validate, TellsByCellsWithTheClassifierAtHand) {
  const TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 80, 1);
  test::write_tiny_showers(folder.file("a.h5"), 60, 2);
  ValidationSettings settings;
  settings.reference = {folder.file("g4.h5")};
  settings.samples = {folder.file("a.h5")};
  settings.neighbours = settings.classifier = false;
  std::vector<std::pair<std::size_t, std::size_t>> told;
  // Of four scores of the first sample three are above all of the second, one below two of them: AUC (3 + 0.5) / 4.
  settings.tell_by_cells = [&](const CellSample& first, const CellSample& second, const data::Geometry& geometry,
                               std::uint64_t) {
    EXPECT_EQ(geometry, test::kTiny);
    EXPECT_EQ(first.cells_gev.size(), first.energy_gev.size() * geometry.cells());
    told.emplace_back(first.energy_gev.size(), second.energy_gev.size());
    // Two folds; in the first call the second one has learnt nothing.
    return CellScores{
        {{{9, 8, 7, 2}, {1, 1, 3, 3}, 0.5, 0.8, true}, {{9, 8, 7, 2}, {1, 1, 3, 3}, 0.69, 0.6, told.size() > 1}},
        "by hand"};
  };
  const auto validation = validate(settings);
  // Half of the reference against half, then the sample against as many.
  EXPECT_EQ(told, (std::vector<std::pair<std::size_t, std::size_t>>{{40, 40}, {60, 60}}));
  EXPECT_DOUBLE_EQ(validation.samples[1].result.classifier_cells->auc.value, 14.0 / 16);
  EXPECT_EQ(validation.samples[1].result.classifier_cells->description, "by hand");
  ASSERT_EQ(validation.warnings.size(), 1U);
  EXPECT_NE(validation.warnings[0].find("Geant4: the classifier on cells did not converge (its training loss stayed at "
                                        "0.690"),
            std::string::npos)
      << validation.warnings[0];
  const auto cells_of = [&](std::size_t i) {
    return validation_json(validation).at("samples")[i].at("classifier").at("cells");
  };
  EXPECT_FALSE(cells_of(0).at("converged").get<bool>());
  EXPECT_TRUE(cells_of(1).at("converged").get<bool>());
  EXPECT_DOUBLE_EQ(cells_of(1).at("held_out_auc"), 0.7);
}

TEST(Compare, PairsAModelWithItsOwnFile) {
  const TemporaryFolder folder;
  const auto run = tiny_run(folder);
  generate_to_file(run);
  ComparisonSettings settings;
  settings.files = {run.model, run.output};
  const auto result = compare(settings);  // the seed is the file's
  EXPECT_TRUE(result.identical) << result.statement;
  ASSERT_TRUE(result.samples[1].table5);
  EXPECT_EQ(result.samples[1].table5->mean_gev.value, 0);
  EXPECT_EQ(comparison_json(result, "").at("table5").at("showers"), 30);
  settings.seed = 8;
  const auto other = compare(settings);
  EXPECT_FALSE(other.identical);
  EXPECT_FALSE(other.samples[1].table5);
  EXPECT_NE(other.why_no_pairs.find("`same_latents`"), std::string::npos);
}

}  // namespace
}  // namespace octocal::study
