// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/summary_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "octocal/base/text_table.hpp"
#include "octocal/report/internal/number_text.hpp"

namespace octocal::report {
namespace {

using nlohmann::json;

/// A value under a key, null if there is none.
const json& at(const json& object, const char* key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

/// The median of a measured number: the number itself, or its key `median`.
const json& median_of(const json& measured) { return measured.is_object() ? at(measured, "median") : measured; }

/// The speed of the benchmark's model that is this sample: the same file, else the same name.
const json& bench_speed(const json& bench, const json& sample) {
  for (const auto* key : {"file", "name"})
    for (const auto& model : at(bench, "models"))
      if (const auto& mark = at(model, key); !mark.is_null() && mark == at(sample, key))
        return median_of(at(model, "showers_per_second"));
  static const json kNull;
  return kNull;
}

/// A column a sample.
class Table {
 public:
  explicit Table(const json& samples) : samples_(samples), table_(columns_of(samples)) {}

  /// Adds a row unless every sample answers "-".
  void add(const std::string& label, const std::function<std::string(const json& sample)>& text_of) {
    std::vector<std::string> cells{label};
    for (const auto& sample : samples_) cells.push_back(text_of(sample));
    if (std::any_of(cells.begin() + 1, cells.end(), [](const auto& cell) { return cell != "-"; }))
      table_.add(std::move(cells));
  }

  std::string text() const { return table_.text(); }

 private:
  static std::vector<TextColumn> columns_of(const json& samples) {
    std::vector<TextColumn> columns{{"", true}};
    for (const auto& sample : samples) columns.push_back({sample["name"].get<std::string>()});
    return columns;
  }

  const json& samples_;
  TextTable table_;
};

void add_physics(Table& table) {
  for (const auto& [key, label] : {std::pair{"y_mean", "y mean [cells]"}, std::pair{"y_width", "y width [cells]"},
                                   std::pair{"z_mean", "z mean [layers]"}, std::pair{"z_width", "z width [layers]"}})
    table.add(label, [key = key](const json& sample) { return number_text(at(at(sample, "table3"), key)); });
  table.add("MSE of projections [GeV^2]",
            [](const json& sample) { return number_text(at(at(sample, "table4"), "mse_gev2")); });
  table.add("  its floor [GeV^2]",
            [](const json& sample) { return plain_text(at(at(at(sample, "table4"), "mse_gev2"), "floor"), 2); });
  table.add("pixel-wise difference [GeV]",
            [](const json& sample) { return number_text(at(at(sample, "table5"), "mean_gev")); });
  table.add("  in % of ECAL",
            [](const json& sample) { return number_text(at(at(sample, "table5"), "relative_to_ecal"), 100); });
}

/// How well a classifier tells the sample from the reference.
void add_classifiers(Table& table) {
  for (const auto& [key, label] :
       {std::pair{"profiles", "AUC on profiles and moments"}, std::pair{"cells_summary", "AUC on 49 numbers of cells"},
        std::pair{"cells", "AUC on cells"}})
    table.add(label,
              [key = key](const json& sample) { return number_text(at(at(at(sample, "classifier"), key), "auc")); });
  for (const auto& [key, label] :
       {std::pair{"profiles", "FPD of profiles [1e-3]"}, std::pair{"cells_summary", "FPD of 49 numbers [1e-3]"}})
    table.add(label, [key = key](const json& sample) {
      return number_text(at(at(at(sample, "feature_distances"), key), "fpd"), 1e3);
    });
}

/// Log likelihood that a shower's cells lose by quantization, of models that draw their cells.
void add_likelihood(Table& table) {
  table.add("nats lost a shower", [](const json& sample) { return number_text(at(at(sample, "likelihood"), "lost")); });
}

void add_cost(Table& table, const json& bench) {
  table.add(bench.is_null() ? "showers/s (in the validation)" : "showers/s (bench)", [&](const json& sample) {
    const auto& speed = bench.is_null() ? at(at(sample, "timing"), "showers_per_second") : bench_speed(bench, sample);
    return plain_text(speed, 3);
  });
  table.add("model size [MB]", [](const json& sample) {
    const auto& bytes = at(sample, "file_bytes");
    return at(sample, "kind") == "model" && bytes.is_number() ? fmt::format("{:.2f}", bytes.get<double>() / 1e6) : "-";
  });
}

std::string verdict_line(const json& samples) {
  std::size_t passed = 0, all = 0, unjudged = 0;
  std::string missed, open;
  for (const auto& sample : samples)
    for (const auto& verdict : sample["verdicts"]) {
      ++all;
      const auto line = [&](const char* what) {
        return fmt::format("  {} {}: {}\n", what, sample["name"].get_ref<const std::string&>(),
                           verdict["sentence"].get_ref<const std::string&>());
      };
      if (verdict["pass"].get<bool>()) {
        ++passed;
      } else if (verdict.value("judged", true)) {
        missed += line("missed by");
      } else {
        ++unjudged;
        open += line("not judged,");
      }
    }
  if (all == 0) return "verdicts: no limits apply\n";
  return fmt::format("verdicts: {} of {} limits met{}\n{}{}", passed, all,
                     unjudged == 0 ? "" : fmt::format(", {} not judged", unjudged), missed, open);
}

}  // namespace

std::string summary_table(const ResultFiles& results) {
  const auto page = json::parse(results.page_json);
  const auto& samples = page["validation"]["samples"];
  const auto& bench = page["bench"];
  Table table(samples);
  add_physics(table);
  add_classifiers(table);
  add_likelihood(table);
  add_cost(table, bench);
  auto text = table.text();
  const auto& speedup = median_of(at(bench, "speedup_int8_over_float32"));
  if (speedup.is_number()) text += fmt::format("int8 is {} times as fast as float32\n", plain_text(speedup, 3));
  return text + verdict_line(samples);
}

}  // namespace octocal::report
