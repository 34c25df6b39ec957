#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "octocal/base/pending_file.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/cli/validate_small_files.hpp"

namespace octocal::cli {
namespace {

using nlohmann::json;
using test::has;
using test::run;

json read_json(const std::string& file) { return json::parse(read_text_file(file)); }

TEST(Validate, FindsAScaledSampleInTablesVerdictsAndJson) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 400, 1);
  test::write_tiny_showers(folder.file("high.h5"), 400, 1, 1.05F);
  const auto ran = run({"validate", "--reference", folder.file("g4.h5"), "--sample", folder.file("high.h5"), "--json",
                        folder.file("v.json")});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;  // not strict
  EXPECT_TRUE(has(ran.out, "FAIL  ECAL response in ten energy bins")) << ran.out;
  EXPECT_TRUE(has(ran.out, "mean of z"));
  const json document = read_json(folder.file("v.json"));
  EXPECT_EQ(document.at("format"), "octocal-validation-1");
  EXPECT_EQ(document.at("reference").at("showers"), 400);
  EXPECT_EQ(document.at("geometry"), (json{3, 4, 5}));
  const json& samples = document.at("samples");
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].at("name"), "Geant4");
  EXPECT_EQ(samples[1].at("name"), "high");
  EXPECT_EQ(samples[1].at("kind"), "file");
  EXPECT_EQ(samples[0].at("table4"), nullptr);
  EXPECT_NEAR(samples[1].at("table4").at("relative_mse").at("value"), 0.05 * 0.05, 1e-5);
  EXPECT_NEAR(samples[1].at("table3").at("z_mean").at("relative_difference").at("value"), 0, 1e-6);
  EXPECT_EQ(samples[1].at("profiles").at("y").at("mean").size(), 4U);
  EXPECT_EQ(samples[1].at("projections").at("xz").at("mean").size(), 3U);
  EXPECT_EQ(samples[1].at("projections").at("xz").at("mean")[0].size(), 5U);
  EXPECT_EQ(samples[1].at("layer_correlation").size(), 5U);
  EXPECT_EQ(samples[1].at("response_bins").size(), 10U);
  EXPECT_EQ(samples[1].at("resolution_bins").size(), 4U);
  bool found = false;
  for (const auto& verdict : samples[1].at("verdicts")) {
    if (verdict.at("quantity") != "response_bins") continue;
    found = true;
    EXPECT_FALSE(verdict.at("pass").get<bool>());
    EXPECT_NEAR(verdict.at("value"), 0.05, 1e-5);
  }
  EXPECT_TRUE(found);
}

TEST(Validate, ShowsTheSameShowerOfEverySample) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 100, 1);
  test::write_tiny_showers(folder.file("other.h5"), 100, 2);
  ASSERT_EQ(run({"validate", "--reference", folder.file("g4.h5"), "--sample", folder.file("other.h5"), "--json",
                 folder.file("v.json")})
                .exit_code,
            0);
  const json samples = read_json(folder.file("v.json")).at("samples");
  const json &a = samples[0].at("event_display"), &b = samples[1].at("event_display");
  EXPECT_EQ(a.at("shower"), b.at("shower"));
  EXPECT_EQ(a.at("energy_gev"), b.at("energy_gev"));
  EXPECT_NEAR(a.at("energy_gev"), 300, 3);
  EXPECT_EQ(a.at("cells").size(), 60U);
  EXPECT_GE(a.at("cells")[0][3].get<double>(), a.at("cells")[59][3].get<double>());
}

TEST(Validate, SetsModelsWithTheSameLatentsAgainstEachOther) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 300, 1);
  test::write_tiny_model(folder.file("a.onnx"));
  test::write_tiny_model(folder.file("b.onnx"), 0.01);  // every one of 60 cells 0.01 GeV higher
  test::write_tiny_model(folder.file("c.onnx"), 0.01, "", model::LatentConvention::kSphere);
  const auto ran =
      run({"validate", "--reference", folder.file("g4.h5"), "--model", folder.file("a.onnx"), "--model",
           folder.file("b.onnx"), "--model", folder.file("c.onnx"), "--streams", "1", "--json", folder.file("v.json")});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(has(ran.out, "(table 5)"));
  const json samples = read_json(folder.file("v.json")).at("samples");
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples[1].at("table5"), nullptr);
  const json& table = samples[2].at("table5");
  EXPECT_EQ(table.at("against"), samples[1].at("name"));
  EXPECT_EQ(table.at("showers"), 300);
  EXPECT_NEAR(table.at("mean_gev").at("value"), 0.6, 1e-5);
  EXPECT_NEAR(table.at("std_gev").at("value"), 0, 1e-5);
  EXPECT_NEAR(table.at("largest_cell_gev"), 0.01, 1e-6);
  EXPECT_EQ(table.at("differing_cells"), 1.0);
  EXPECT_EQ(samples[3].at("table5"), nullptr);  // other latents
  EXPECT_GT(samples[1].at("timing").at("showers_per_second").get<double>(), 0);
  EXPECT_FALSE(samples[1].at("layers").empty());
  EXPECT_EQ(samples[1].at("metadata").at("octocal.latent"), "paper");
}

TEST(Validate, DoesNotDependOnStreamsOrBatch) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 300, 1);
  test::write_tiny_model(folder.file("a.onnx"));
  json result[2];
  const std::vector<std::string> variants[] = {{"--streams", "1", "--batch", "3"}, {"--streams", "3", "--batch", "8"}};
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<std::string> arguments{
        "validate", "--reference",        folder.file("g4.h5"), "--model", folder.file("a.onnx"),
        "--json",   folder.file("v.json")};
    arguments.insert(arguments.end(), variants[i].begin(), variants[i].end());
    ASSERT_EQ(run(arguments).exit_code, 0);
    result[i] = read_json(folder.file("v.json")).at("samples")[1];
  }
  for (const char* key : {"table3", "table4", "profiles", "observables", "response_bins", "layer_correlation"}) {
    EXPECT_EQ(result[0].at(key), result[1].at(key)) << key;
  }
}

TEST(Validate, ExitsWithOneIfStrictAndALimitIsNotMet) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 200, 1);
  test::write_tiny_showers(folder.file("high.h5"), 200, 1, 1.05F);
  const std::vector<std::string> common{"validate", "--reference", folder.file("g4.h5"), "--strict", "--sample"};
  auto failing = common, passing = common;
  failing.push_back(folder.file("high.h5"));
  passing.push_back(folder.file("g4.h5"));
  const auto failed = run(failing);
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_TRUE(has(failed.err, "a limit is not met"));
  EXPECT_EQ(run(passing).exit_code, 0);
}

TEST(Validate, TakesOtherLimits) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 200, 1);
  test::write_tiny_showers(folder.file("high.h5"), 200, 1, 1.05F);
  write_text_file(folder.file("limits.json"),
                  R"({"name": "loose", "sigmas": 1, "limits": [{"quantity": "response_bins", "limit": 0.06}]})");
  const auto ran = run({"validate", "--reference", folder.file("g4.h5"), "--sample", folder.file("high.h5"), "--strict",
                        "--limits", folder.file("limits.json")});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(has(ran.out, "high: 1 of 1 limits met")) << ran.out;
}

TEST(Validate, RefusesWrongInputsWithOneSentenceAndNoOutput) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 50, 1);
  test::write_tiny_showers(folder.file("wide.h5"), 50, 1, 1, "", {5, 4, 5});
  test::write_tiny_model(folder.file("a.onnx"));
  write_text_file(folder.file("text.onnx"), "not a model");
  const std::string g4 = folder.file("g4.h5"), json_file = folder.file("v.json");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--model", folder.file("a.onnx")}, "--reference"},
      {{"--reference", folder.file("absent.h5")}, "absent.h5"},
      {{"--reference", g4, "--model", folder.file("absent.onnx")}, "absent.onnx"},
      {{"--reference", g4, "--model", folder.file("text.onnx")}, "text.onnx"},
      {{"--reference", g4, "--sample", folder.file("wide.h5")}, "wide.h5: showers of 5x4x5 cells"},
      {{"--reference", folder.file("wide.h5"), "--model", folder.file("a.onnx")}, "a.onnx: showers of 3x4x5 cells"},
      {{"--reference", g4, "--showers", "51"}, "g4.h5 has 50 showers"},
      {{"--reference", g4, "--showers", "-1"}, "--showers: -1 is not a value"},
      {{"--reference", g4, "--model", folder.file("a.onnx"), "--streams", "99999"}, "--streams 99999"},
      {{"--reference", g4, "--limits", folder.file("absent.json")}, "absent.json"}};
  for (const auto& [arguments, part] : cases) {
    std::vector<std::string> all{"validate", "--json", json_file};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto ran = run(all);
    EXPECT_EQ(ran.exit_code, 2) << part;
    EXPECT_TRUE(has(ran.err, part)) << ran.err;
    EXPECT_FALSE(std::filesystem::exists(json_file)) << part;
  }
  const auto unwritable = run({"validate", "--reference", g4, "--json", folder.file("absent/v.json")});
  EXPECT_EQ(unwritable.exit_code, 2);
  EXPECT_TRUE(has(unwritable.err, "absent/v.json"));
}

TEST(Validate, RefusesEnergiesOutsideTheModelsRangeUnlessExtrapolating) {
  const octocal::test::TemporaryFolder folder;
  data::ShowerBatch batch;
  batch.geometry = test::kTiny;
  batch.resize(70);
  for (std::size_t i = 0; i < 70; ++i) batch.energy_gev[i] = 480 + static_cast<float>(i);
  std::fill(batch.cells_gev.begin(), batch.cells_gev.end(), 0.1F);
  data::ShowerWriter writer(folder.file("g4.h5"), {test::kTiny});
  writer.append(batch);
  writer.finish();
  test::write_tiny_model(folder.file("a.onnx"));
  std::vector<std::string> arguments{"validate", "--reference", folder.file("g4.h5"), "--model", folder.file("a.onnx")};
  const auto refused = run(arguments);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(has(refused.err, "--extrapolate")) << refused.err;
  arguments.push_back("--extrapolate");
  EXPECT_EQ(run(arguments).exit_code, 0);
}

}  // namespace
}  // namespace octocal::cli
