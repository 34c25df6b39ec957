// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

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
  // Every cell 5 % larger: other energies, but the same hits beside each other.
  EXPECT_GT(samples[1].at("separation").at("response").at("value"),
            samples[1].at("separation").at("response").at("floor"));
  EXPECT_EQ(samples[0].at("separation"), nullptr);
  EXPECT_EQ(samples[1].at("cell_spectrum").at("edges").size(), 85U);
  EXPECT_EQ(samples[1].at("neighbour_excess").at("z").at("layers").at("mean").size(), 5U);
  EXPECT_GT(samples[1].at("feature_distances").at("profiles").at("fpd").at("value"), 0);
  EXPECT_EQ(samples[1].at("feature_distances").at("cells_summary").at("numbers"), 50);
  for (const auto* text : {"FPD of 49 numbers of cells", "separation power of histograms", "neighbouring hits"})
    EXPECT_TRUE(has(ran.out, text)) << ran.out;
  bool found = false;
  for (const auto& verdict : samples[1].at("verdicts")) {
    if (verdict.at("quantity") != "response_bins") continue;
    found = true;
    EXPECT_FALSE(verdict.at("pass").get<bool>());
    EXPECT_NEAR(verdict.at("value"), 0.05, 1e-5);
  }
  EXPECT_TRUE(found);
}

TEST(Validate, FoldsTheTablesOfManySamples) {
  const octocal::test::TemporaryFolder folder;
  std::vector<std::string> command{"validate", "--reference", folder.file("sample0.h5"), "--no-neighbours"};
  test::write_tiny_showers(folder.file("sample0.h5"), 100, 1);
  for (int i = 1; i < 8; ++i) {
    const auto file = folder.file("sample" + std::to_string(i) + ".h5");
    test::write_tiny_showers(file, 100, static_cast<unsigned>(i), 1 + 0.01F * static_cast<float>(i));
    command.insert(command.end(), {"--sample", file});
  }
  const auto ran = run(command);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  std::istringstream lines(ran.out);
  std::size_t tables = 0;
  for (std::string line; std::getline(lines, line) && !line.starts_with("sample1: ");) {
    EXPECT_LE(line.size(), 120U) << line;
    if (line.find("  mean of z  ") == 0) ++tables;
  }
  EXPECT_EQ(tables, 2U + 4U) << ran.out;  // table 3 in two parts, the limits in four
  EXPECT_TRUE(has(ran.out, "sample7"));
}

/// The verdict of one quantity on the second sample of a document.
json verdict_of(const json& document, const std::string& quantity) {
  for (const auto& verdict : document.at("samples")[1].at("verdicts"))
    if (verdict.at("quantity") == quantity) return verdict;
  ADD_FAILURE() << "no verdict on " << quantity;
  return nullptr;
}

TEST(Validate, DoesNotJudgeBinsOfTooFewShowersAndSaysSo) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 10, 1);  // one in each of ten bins
  test::write_tiny_showers(folder.file("high.h5"), 10, 1, 1.5F);
  const std::vector<std::string> command{"validate",           "--reference",          folder.file("g4.h5"),
                                         "--sample",           folder.file("high.h5"), "--json",
                                         folder.file("v.json")};
  const auto ran = run(command);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  const auto document = read_json(folder.file("v.json"));
  const auto bins = verdict_of(document, "response_bins");
  EXPECT_FALSE(bins.at("judged").get<bool>());
  EXPECT_FALSE(bins.at("pass").get<bool>());
  EXPECT_EQ(bins.at("unjudged"), 10);
  EXPECT_EQ(bins.at("error"), nullptr);
  EXPECT_EQ(document.at("samples")[0].at("response_bins")[3].at("mean").at("error"), nullptr);
  EXPECT_TRUE(verdict_of(document, "z_mean").at("judged").get<bool>());
  EXPECT_TRUE(has(ran.out, " not judged\n")) << ran.out;
  EXPECT_TRUE(has(ran.out, "  ?     ECAL response in ten energy bins")) << ran.out;
  EXPECT_FALSE(has(ran.out, "FAIL  ECAL response")) << ran.out;
}

TEST(Validate, IsStrictAboutWhatIsNotJudged) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 12, 1);
  write_text_file(folder.file("limits.json"),
                  R"({"name": "bins", "sigmas": 1, "limits": [{"quantity": "response_bins", "limit": 0.003}]})");
  std::vector<std::string> command{"validate",           "--reference", folder.file("g4.h5"),      "--sample",
                                   folder.file("g4.h5"), "--limits",    folder.file("limits.json")};
  const auto ran = run(command);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(has(ran.out, "g4: 0 of 1 limits met, 1 not judged\n")) << ran.out;
  command.push_back("--strict");
  const auto strict = run(command);
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_TRUE(has(strict.err, "a limit is not judged")) << strict.err;
}

TEST(Validate, SaysOfEachLimitWhetherItIsAbsolute) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 100, 1);
  ASSERT_EQ(run({"validate", "--reference", folder.file("g4.h5"), "--sample", folder.file("g4.h5"), "--json",
                 folder.file("v.json")})
                .exit_code,
            0);
  const auto document = read_json(folder.file("v.json"));
  EXPECT_TRUE(verdict_of(document, "mse_over_floor").at("absolute").get<bool>());
  EXPECT_FALSE(verdict_of(document, "z_mean").at("absolute").get<bool>());
  for (const auto& limit : document.at("limits").at("limits"))
    EXPECT_EQ(limit.at("absolute"), limit.at("quantity") == "mse_over_floor" ||
                                        limit.at("quantity") == "auc_profiles" ||
                                        limit.at("quantity") == "auc_cells_summary");
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
  for (const char* key : {"table3", "table4", "profiles", "observables", "response_bins", "layer_correlation",
                          "classifier", "neighbours"}) {
    EXPECT_EQ(result[0].at(key), result[1].at(key)) << key;
  }
}

TEST(Validate, MakesSeveralShowersAtEachEnergyThatBeginWithThoseOfOneEach) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 200, 1);
  test::write_tiny_model(folder.file("a.onnx"));
  json documents[2];
  for (const std::size_t i : {0U, 1U}) {
    const auto ran = run({"validate", "--reference", folder.file("g4.h5"), "--model", folder.file("a.onnx"),
                          "--showers-per-reference", i == 0 ? "1" : "4", "--json", folder.file("v.json")});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    documents[i] = read_json(folder.file("v.json"));
  }
  const json &one = documents[0].at("samples"), &four = documents[1].at("samples");
  EXPECT_EQ(documents[1].at("settings").at("showers_per_reference"), 4);
  EXPECT_EQ(four[0].at("showers"), 200);
  EXPECT_EQ(one[1].at("showers"), 200);
  EXPECT_EQ(four[1].at("showers"), 800);
  // The same first showers: the display, the classifier and the neighbours see no others.
  for (const char* key : {"event_display", "classifier", "neighbours"})
    EXPECT_EQ(one[1].at(key), four[1].at(key)) << key;
  EXPECT_NE(one[1].at("table3"), four[1].at("table3"));
  // Of the model's own numbers the error halves; the reference's stay as they are.
  const auto error = [](const json& sample) { return sample.at("response").at("mean").at("error").get<double>(); };
  EXPECT_NEAR(error(four[1]) / error(one[1]), 0.5, 0.1);
  EXPECT_EQ(one[0].at("response"), four[0].at("response"));
}

TEST(Validate, TellsSamplesApartByClassifierAndNeighbours) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 300, 1);
  test::write_tiny_showers(folder.file("alike.h5"), 300, 2);
  test::write_tiny_showers(folder.file("high.h5"), 300, 3, 1.2F);
  const auto ran =
      run({"validate", "--reference", folder.file("g4.h5"), "--sample", folder.file("alike.h5"), "--sample",
           folder.file("high.h5"), "--training", folder.file("high.h5"), "--json", folder.file("v.json")});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(has(ran.out, "on profiles and moments")) << ran.out;
  EXPECT_TRUE(has(ran.out, "high: nearest of 300 training showers")) << ran.out;
  EXPECT_TRUE(has(ran.out, "it repeats training showers")) << ran.out;
  const json samples = read_json(folder.file("v.json")).at("samples");
  const auto auc = [&](std::size_t i) { return samples[i].at("classifier").at("profiles").at("auc"); };
  EXPECT_NEAR(auc(0).at("value"), 0.5, 0.15);  // half against half
  EXPECT_NEAR(auc(1).at("value"), 0.5, 4 * auc(1).at("error").get<double>());
  EXPECT_GT(auc(2).at("value"), 0.95);
  EXPECT_EQ(samples[2].at("classifier").at("cells"), nullptr);
  EXPECT_EQ(samples[1].at("neighbours").at("copies"), 0);
  EXPECT_EQ(samples[2].at("neighbours").at("copies"), 300);
  EXPECT_EQ(samples[2].at("neighbours").at("in_training").at("value"), 1.0);
  EXPECT_FALSE(samples[1].at("neighbours").at("repeats").get<bool>());
  bool judged = false;
  for (const auto& verdict : samples[2].at("verdicts")) {
    if (verdict.at("quantity") != "auc_profiles") continue;
    judged = true;
    EXPECT_FALSE(verdict.at("pass").get<bool>());
  }
  EXPECT_TRUE(judged);
}

TEST(Validate, LeavesOutClassifierAndNeighboursWhenAsked) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 100, 1);
  const std::vector<std::string> common{"validate",           "--reference",     folder.file("g4.h5"), "--sample",
                                        folder.file("g4.h5"), "--no-classifier", "--no-neighbours",    "--json",
                                        folder.file("v.json")};
  ASSERT_EQ(run(common).exit_code, 0);
  const json sample = read_json(folder.file("v.json")).at("samples")[1];
  EXPECT_EQ(sample.at("classifier").at("profiles"), nullptr);
  EXPECT_EQ(sample.at("neighbours"), nullptr);
  auto useless = common;
  useless.insert(useless.end(), {"--training", folder.file("g4.h5")});
  const auto refused = run(useless);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(has(refused.err, "--training: is of use to the nearest neighbours only")) << refused.err;
}

TEST(Validate, WarnsOfAModelThatWasMadeFromAnother) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("g4.h5"), 100, 1);
  test::write_tiny_model(folder.file("a.onnx"));
  test::write_tiny_model(folder.file("b.onnx"), 0.01);
  const auto mark = [&](const std::string& source) {
    auto graph = model::read_onnx(folder.file("b.onnx"));
    graph.metadata["octocal.source_model"] = source;
    model::write_onnx(graph, folder.file("b.onnx"));
  };
  const std::vector<std::string> arguments{"validate",
                                           "--reference",
                                           folder.file("g4.h5"),
                                           "--model",
                                           folder.file("a.onnx"),
                                           "--model",
                                           folder.file("b.onnx"),
                                           "--json",
                                           folder.file("v.json")};
  mark("0123");
  const auto warned = run(arguments);
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_TRUE(has(warned.err, "b.onnx: was not made from " + folder.file("a.onnx"))) << warned.err;
  EXPECT_EQ(read_json(folder.file("v.json")).at("warnings").size(), 1U);
  mark(model::graph_hash(model::read_onnx(folder.file("a.onnx"))));
  const auto silent = run(arguments);
  EXPECT_FALSE(has(silent.err, "was not made from")) << silent.err;
  EXPECT_TRUE(read_json(folder.file("v.json")).at("warnings").empty());
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
  const auto passed = run(passing);
  EXPECT_EQ(passed.exit_code, 0) << passed.out << passed.err;
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
      {{"--reference", g4, "--showers-per-reference", "0"}, "--showers-per-reference: 0 is not from 1 to 10000"},
      {{"--reference", g4, "--training", folder.file("wide.h5")}, "wide.h5: its showers have other cells"},
      {{"--reference", g4, "--training", folder.file("absent.h5")}, "absent.h5"},
      {{"--reference", g4, "--showers", "-1"}, "--showers: -1 is not from 0"},
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
