// SPDX-License-Identifier: Apache-2.0
#include "unit/report/validation_making.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace octocal::report::testing {
namespace {

using nlohmann::json;

json number(double value, double error, double floor) { return {{"value", value}, {"error", error}, {"floor", floor}}; }

json profile(std::size_t cells) { return {{"mean", json(cells, 0.5)}, {"error", json(cells, 0.01)}}; }

json with_difference(json value) {
  value["relative_difference"] = number(0.0005, 0.0004, 0.0007);
  return value;
}

json bin(double low, double high) {
  json object{{"energy_low", low}, {"energy_high", high}, {"showers", 10}};
  for (const auto* key : {"mean", "median", "std", "core_resolution", "tail_share"})
    object[key] = number(0.028, 0.0003, 0.0004);
  return object;
}

json histogram() { return {{"edges", {1.0, 2.0, 4.0}}, {"counts", {3, 5}}, {"below", 1}, {"above", 0}}; }

json verdict(const std::string& quantity, bool pass) {
  json object = number(0.0005, 0.0004, 0.0007);
  object.update({{"quantity", quantity},
                 {"label", quantity},
                 {"where", ""},
                 {"limit", 0.01},
                 {"absolute", false},
                 {"judged", true},
                 {"pass", pass},
                 {"sentence", quantity + (pass ? " is within its limit." : " is beyond its limit.")}});
  return object;
}

json sample(const std::string& name, const std::string& kind) {
  const bool model = kind == "model";
  json object{{"name", name}, {"kind", kind}, {"file", "models/a.onnx"}, {"file_bytes", 8250000}, {"showers", 20}};
  object["metadata"] = json::object();
  object["layers"] = json::array();
  if (model)
    object["layers"].push_back({{"layer", "conv1"},
                                {"ops", "Conv+Relu"},
                                {"asked", "int8"},
                                {"ran", "int8"},
                                {"kernel", "own"},
                                {"reason", ""},
                                {"macs", 1000}});
  object["profiles"] = {{"x", profile(2)}, {"y", profile(3)}, {"z", profile(4)}};
  object["table3"] = {{"y_mean", with_difference(number(12.006, 0.004, 0.008))},
                      {"y_width", with_difference(number(1.4689, 0.003, 0.004))},
                      {"z_mean", with_difference(number(13.654, 0.022, 0.035))},
                      {"z_width", with_difference(number(4.87, 0.009, 0.02))}};
  object["table4"] = nullptr;
  object["table5"] = nullptr;
  object["timing"] = nullptr;
  if (model) {
    object["table4"] = {{"mse_gev2", number(1.395e-6, 8.4e-8, 3.3e-5)}, {"relative_mse", number(1e-5, 1e-6, 4e-5)}};
    object["timing"] = {{"showers_per_second", 68.24}, {"seconds", 0.3}, {"streams", 1}, {"batch", 8}};
  }
  object["response"] = bin(100, 500);
  object["response_bins"] = {bin(100, 300), bin(300, 500)};
  object["resolution_bins"] = json::array({bin(100, 500)});
  object["observables"] = {{"hits",
                            {{"label", "hits"},
                             {"unit", "cells"},
                             {"mean", number(1600, 5, 7)},
                             {"std", number(300, 4, 5)},
                             {"histogram", histogram()}}}};
  object["comparisons"] = json::array();
  object["verdicts"] = json::array();
  object["cell_spectrum"] = {
      {"edges", {1e-6, 1e-4, 1e-2}}, {"mean", {3.5, 8.0}}, {"error", {0.1, nullptr}}, {"above", 0.5}};
  for (const auto* axis : {"x", "y", "z"}) {
    object["neighbour_excess"][axis] = number(1.102, 0.001, 0.002);
    object["neighbour_excess"][axis]["layers"] = {{"mean", {2.1, 1.3, 1.1, nullptr}}, {"error", json(4, 0.01)}};
  }
  if (model) {
    const json distances{
        {"showers", 20}, {"smallest", 0.05}, {"quantile_01", 0.051}, {"median", number(0.06, 0.001, 0)}};
    object["classifier"] = {
        {"profiles", {{"auc", number(0.612, 0.013, 0.5)}, {"showers", 20}, {"folds", 5}, {"description", "trees"}}},
        {"cells", nullptr}};
    object["neighbours"] = {{"set", "reference"},     {"set_showers", 20},    {"orientations", 8},
                            {"to_set", distances},    {"within", distances},  {"copies", 0},
                            {"in_training", nullptr}, {"sentence", "no copy"}};
    object["classifier"]["cells_summary"] = object["classifier"]["profiles"];
    object["separation"]["layer_energy"] = number(0.024, 0.002, 0.039);
    object["separation"]["layer_energy"].update(
        {{"label", "energies of layers over Ep"}, {"worst_layer", number(0.04, 0.008, 0.04)}});
    object["separation"]["layer_energy"]["worst_layer"]["layer"] = 2;
    const json distances_of_numbers{
        {"fpd", number(0.0035, 0.001, 0)}, {"kpd", number(-1e-4, 1e-4, 0)}, {"showers", 20}, {"numbers", 50}};
    object["feature_distances"] = {{"profiles", nullptr}, {"cells_summary", distances_of_numbers}};
    object["likelihood"] = {{"nats", number(4961, 12, 0)}, {"showers", 20}, {"lost", nullptr}};
    if (name == "int8") object["likelihood"]["lost"] = number(1.64, 0.17, 0);
    object["layer_correlation_largest"] = number(-0.2, 0.05, 0.17);
    object["layer_correlation_largest"]["layers"] = {1, 3};
  }
  if (model) object["verdicts"] = {verdict("y_mean", true), verdict("z_mean", name != "int8")};
  object["event_display"] = {{"energy_gev", 300.0}, {"shower", 7}, {"cells", {{1, 2, 3, 0.5}, {0, 0, 0, 0.01}}}};
  return object;
}

}  // namespace

json make_validation() {
  json document{{"format", "octocal-validation-1"},
                {"octocal_version", "0.1.0"},
                {"settings", {{"seed", 7}}},
                {"machine", {{"processor", "one"}, {"isa", "avx512_vnni"}, {"cores", 1}}},
                {"geometry", {2, 3, 4}},
                {"energy_range_gev", {100.0, 500.0}},
                {"limits", {{"name", "made"}}},
                {"reference", {{"files", {"a.h5"}}, {"hash", "00ff"}, {"showers", 20}}}};
  document["samples"] = {sample("Geant4", "reference"), sample("float32", "model"), sample("int8", "model")};
  document["samples"][2]["table5"] = {{"against", "float32"},
                                      {"showers", 20},
                                      {"mean_gev", {{"value", 0.2104}, {"error", 0.0023}}},
                                      {"std_gev", {{"value", 0.07}, {"error", 0.002}}},
                                      {"relative_to_ecal", {{"value", 0.02608}, {"error", 0.0002}}}};
  return document;
}

json make_bench() {
  return {{"models",
           {{{"name", "float32"}, {"showers_per_second", {{"median", 66.13}, {"low", 65.0}, {"high", 67.0}}}},
            {{"name", "int8"}, {"showers_per_second", 228.9}}}},
          {"speedup_int8_over_float32", 3.461}};
}

TemporaryFolder::TemporaryFolder() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  folder_ = std::filesystem::temp_directory_path() /
            ("octocal_report_" + std::string(test->name()) + "_" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(folder_ / name, std::ios::binary) << text;
  return folder_ / name;
}

std::vector<std::string> TemporaryFolder::names() const {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    all.push_back(entry.path().filename().string());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace octocal::report::testing
