// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/result_files.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "unit/report/validation_making.hpp"

namespace octocal::report {
namespace {

using nlohmann::json;
using octocal::report::testing::TemporaryFolder;
using testing::make_bench;
using testing::make_validation;

/// What is wrong with a document, in the reader's words; fails the test if it is accepted.
std::string refusal(const std::string& text, const std::string& bench = "") {
  const TemporaryFolder folder;
  const auto file = folder.write("run.json", text);
  try {
    read_result_files(file, bench.empty() ? "" : folder.write("bench.json", bench));
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  ADD_FAILURE() << "was accepted";
  return "";
}

struct Damage {
  const char* what;                  ///< for the test's name
  std::function<void(json&)> apply;  ///< what is done to a good document
  const char* expected;              ///< part of the message that names key and problem
};

class ResultFilesDamaged : public ::testing::TestWithParam<Damage> {};

TEST_P(ResultFilesDamaged, AreRefusedNamingFileAndKey) {
  auto document = make_validation();
  GetParam().apply(document);
  const auto message = refusal(document.dump());
  EXPECT_NE(message.find("run.json: "), std::string::npos) << message;
  EXPECT_NE(message.find(GetParam().expected), std::string::npos) << message;
  EXPECT_NE(message.find("write it again with octocal validate --json"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Keys, ResultFilesDamaged,
    ::testing::Values(
        Damage{"Format", [](json& d) { d["format"] = "octocal-validation-2"; },
               "format: \"octocal-validation-2\", expected \"octocal-validation-1\""},
        Damage{"NoFormat", [](json& d) { d.erase("format"); }, "format: the key is missing"},
        Damage{"FlatGeometry",
               [](json& d) {
                 d["geometry"] = {25, 25};
               },
               "geometry: 2 values, expected 3"},
        Damage{"EmptyGeometry", [](json& d) { d["geometry"][1] = 0; }, "geometry[1]: 0 cells"},
        Damage{"NegativeGeometry", [](json& d) { d["geometry"][1] = -3; }, "geometry[1]: -3, expected a whole number"},
        Damage{"NoSamples", [](json& d) { d["samples"] = json::array(); }, "samples: no samples"},
        Damage{"ShortProfile", [](json& d) { d["samples"][1]["profiles"]["y"]["mean"].erase(0); },
               "samples[1].profiles.y.mean: 2 values, expected 3 (geometry)"},
        Damage{"ShortSpectrum", [](json& d) { d["samples"][1]["cell_spectrum"]["mean"].erase(0); },
               "samples[1].cell_spectrum.mean: 1 values, expected 2 (one fewer than edges)"},
        Damage{"SpectrumFromZero", [](json& d) { d["samples"][0]["cell_spectrum"]["edges"][0] = 0; },
               "samples[0].cell_spectrum.edges[0]: the edges do not rise from above zero"},
        Damage{"LongExcess", [](json& d) { d["samples"][1]["neighbour_excess"]["x"]["layers"]["mean"].push_back(1); },
               "samples[1].neighbour_excess.x.layers.mean: 5 values, expected 4 (geometry)"},
        Damage{"NoAxis", [](json& d) { d["samples"][1]["neighbour_excess"].erase("z"); },
               "samples[1].neighbour_excess.z: the key is missing"},
        Damage{"TextAsSeparation", [](json& d) { d["samples"][1]["separation"]["layer_energy"]["value"] = "0.02"; },
               "samples[1].separation.layer_energy.value: a text, expected a number"},
        Damage{"NoKpd", [](json& d) { d["samples"][1]["feature_distances"]["cells_summary"].erase("kpd"); },
               "samples[1].feature_distances.cells_summary.kpd: the key is missing"},
        Damage{"ConvergedAsNumber", [](json& d) { d["samples"][1]["classifier"]["profiles"]["converged"] = 1; },
               "samples[1].classifier.profiles.converged: "},
        Damage{"TextInProfile", [](json& d) { d["samples"][2]["profiles"]["z"]["error"][1] = "0.1"; },
               "samples[2].profiles.z.error[1]: a text, expected a number"},
        Damage{"TextAsNumber", [](json& d) { d["samples"][0]["table3"]["y_mean"] = 12; },
               "samples[0].table3.y_mean: expected an object with value"},
        Damage{"NoValue", [](json& d) { d["samples"][0]["table3"]["y_mean"].erase("value"); },
               "samples[0].table3.y_mean.value: the key is missing"},
        Damage{"Counts", [](json& d) { d["samples"][0]["observables"]["hits"]["histogram"]["counts"].push_back(1); },
               "samples[0].observables.hits.histogram.counts: 3 values, expected 2"},
        Damage{"Edges", [](json& d) { d["samples"][0]["observables"]["hits"]["histogram"]["edges"][2] = 2.0; },
               "histogram.edges[2]: the edges do not rise"},
        Damage{"CellOutside", [](json& d) { d["samples"][1]["event_display"]["cells"][0][1] = 3; },
               "samples[1].event_display.cells[0][1]: outside the geometry (3 cells)"},
        Damage{"SameName", [](json& d) { d["samples"][2]["name"] = "float32"; },
               "samples[2].name: a second sample is called float32"},
        Damage{"NoReference", [](json& d) { d["samples"].erase(0); },
               "samples[0].kind: the first sample, and no other, must be the reference"},
        Damage{"PassAsText", [](json& d) { d["samples"][1]["verdicts"][0]["pass"] = "yes"; },
               "samples[1].verdicts[0].pass: a text, expected true or false"},
        Damage{"AucAsText", [](json& d) { d["samples"][1]["classifier"]["profiles"]["auc"] = "0.6"; },
               "samples[1].classifier.profiles.auc: expected an object with value"},
        Damage{"NeighboursWithoutSentence", [](json& d) { d["samples"][1]["neighbours"].erase("sentence"); },
               "samples[1].neighbours.sentence: the key is missing"},
        Damage{"ThreeLayers", [](json& d) { d["samples"][1]["layer_correlation_largest"]["layers"].push_back(3); },
               "samples[1].layer_correlation_largest.layers: 3 values, expected 2 (a pair of layers)"},
        Damage{"WarningAsNumber", [](json& d) { d["warnings"] = {7}; }, "warnings[0]: a number, expected a text"},
        Damage{"LayerWithoutKernel", [](json& d) { d["samples"][1]["layers"][0].erase("kernel"); },
               "samples[1].layers[0].kernel: the key is missing"}),
    [](const auto& damage) { return damage.param.what; });

TEST(ResultFiles, AcceptsAGoodDocumentAndKeepsItsNumbers) {
  const TemporaryFolder folder;
  const auto text = make_validation().dump(2);
  const auto files = read_result_files(folder.write("run.json", text), folder.write("bench.json", make_bench().dump()));
  EXPECT_EQ(files.validation_text, text);
  const auto page = json::parse(files.page_json);
  EXPECT_EQ(page["validation"], make_validation());
  EXPECT_EQ(page["bench"], make_bench());
  EXPECT_EQ(page["files"]["validation"]["name"], "run.json");
  EXPECT_EQ(page["files"]["validation"]["hash"].get<std::string>().size(), 32U);
  EXPECT_TRUE(files.warnings.empty());
}

TEST(ResultFiles, AcceptsNullWhereANumberCannotBeComputed) {
  auto document = make_validation();
  document["samples"][1]["table3"]["y_width"] = nullptr;
  document["samples"][1]["table3"]["z_width"]["value"] = nullptr;
  document["samples"][1]["response_bins"][0]["mean"] = nullptr;
  document["samples"][1]["profiles"]["x"]["error"][0] = nullptr;
  const TemporaryFolder folder;
  EXPECT_NO_THROW(read_result_files(folder.write("run.json", document.dump())));
}

TEST(ResultFiles, CompletesTheFlagsThatAnOlderFileLacks) {
  auto document = make_validation();
  auto& verdicts = document["samples"][1]["verdicts"];
  verdicts[1]["quantity"] = "mse_over_floor";
  for (auto& verdict : verdicts) {
    verdict.erase("absolute");
    verdict.erase("judged");
  }
  verdicts.push_back(verdicts[0]);
  verdicts[2]["judged"] = false;
  verdicts[2]["absolute"] = true;  // what a file says itself stays
  const TemporaryFolder folder;
  const auto page = json::parse(read_result_files(folder.write("run.json", document.dump())).page_json);
  const auto& read = page["validation"]["samples"][1]["verdicts"];
  EXPECT_EQ(read[0]["absolute"], false);
  EXPECT_EQ(read[0]["judged"], true);
  EXPECT_EQ(read[1]["absolute"], true);
  EXPECT_EQ(read[2]["absolute"], true);
  EXPECT_EQ(read[2]["judged"], false);
}

TEST(ResultFiles, WarnsOfAReferenceAlone) {
  auto document = make_validation();
  document["samples"].erase(2);
  document["samples"].erase(1);
  const TemporaryFolder folder;
  EXPECT_EQ(read_result_files(folder.write("run.json", document.dump())).warnings.size(), 1U);
}

TEST(ResultFiles, RefusesWhatIsNoJson) {
  EXPECT_NE(refusal("{\"format\": ").find("run.json: not JSON (byte"), std::string::npos);
  EXPECT_NE(refusal("\n").find("run.json: not JSON"), std::string::npos);
  EXPECT_NE(refusal("[]").find("run.json: no JSON object"), std::string::npos);
}

TEST(ResultFiles, RefusesTextsThatAreNotUtf8) {
  auto text = make_validation().dump();
  text.replace(text.find("Geant4"), 6,
               "Gea\xff"
               "t4");
  EXPECT_NE(refusal(text).find("run.json: "), std::string::npos);
}

TEST(ResultFiles, RefusesABenchmarkWithoutSpeeds) {
  const auto message = refusal(make_validation().dump(), R"({"models": [{"name": "int8"}]})");
  EXPECT_NE(message.find("bench.json: models[0].showers_per_second: the key is missing"), std::string::npos) << message;
  EXPECT_NE(message.find("octocal bench --json"), std::string::npos) << message;
}

TEST(ResultFiles, RefusesABenchmarkWithWrongDetails) {
  auto bench = make_bench();
  bench["models"][0]["operations"] = {{{"kind", "convolutions"}, {"microseconds", "many"}}};
  EXPECT_NE(refusal(make_validation().dump(), bench.dump()).find("models[0].operations[0].microseconds"),
            std::string::npos);
  bench = make_bench();
  bench["models"][1]["streams"] = {{{"streams", 2}}};
  EXPECT_NE(refusal(make_validation().dump(), bench.dump()).find("models[1].streams[0].showers_per_second"),
            std::string::npos);
}

json make_tuning() {
  const json quantities = {{{"name", "cells"}, {"value", 0.02}, {"error", 0.001}, {"limit", 0.06}},
                           {{"name", "mse"}, {"value", 0.1}, {"error", nullptr}, {"limit", nullptr}}};
  return {{"objective", "mix"},
          {"plan", {{"conv1", "int8"}}},
          {"sensitivity", {{"conv1", 0.3}}},
          {"layers",
           {{{"name", "conv1"}, {"precision", "int8"}, {"cost", 0.25}, {"weight_sqnr_db", 40.5}, {"why", "cheapest"}}}},
          {"trials",
           {{{"what", "all layers int8"},
             {"within", true},
             {"refuted", false},
             {"showers", 128},
             {"cost", 0.25},
             {"size", 100},
             {"memory", 400},
             {"plan", {{"conv1", "int8"}}},
             {"quantities", quantities}}}}};
}

TEST(ResultFiles, TakesATuning) {
  const TemporaryFolder folder;
  const auto run = folder.write("run.json", make_validation().dump());
  const auto files = read_result_files(run, {}, folder.write("tuning.json", make_tuning().dump()));
  const auto page = json::parse(files.page_json);
  EXPECT_EQ(page["tuning"], make_tuning());
  EXPECT_EQ(page["files"]["tuning"]["name"], "tuning.json");
  EXPECT_TRUE(json::parse(read_result_files(run).page_json)["tuning"].is_null());
  const std::vector<std::pair<std::function<void(json&)>, const char*>> damages{
      {[](json& d) { d["objective"] = "beauty"; }, "objective"},
      {[](json& d) { d["trials"] = json::array(); }, "trials: no trials"},
      {[](json& d) { d["trials"][0]["cost"] = "little"; }, "trials[0].cost"},
      {[](json& d) { d["trials"][0]["quantities"][0].erase("limit"); }, "trials[0].quantities: no number has a limit"},
      {[](json& d) { d["layers"][0].erase("why"); }, "layers[0].why"}};
  for (const auto& [damage, expected] : damages) {
    auto document = make_tuning();
    damage(document);
    try {
      read_result_files(run, {}, folder.write("tuning.json", document.dump()));
      ADD_FAILURE() << expected;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
    }
  }
}

TEST(ResultFiles, RefusesAMissingFile) { EXPECT_THROW(read_result_files("/nowhere/run.json"), Error); }

}  // namespace
}  // namespace octocal::report
