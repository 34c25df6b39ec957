// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/metrics_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace octocal::report {
namespace {

using nlohmann::json;

double field_of(const json& number, const char* key) {
  if (!number.is_object() || !number.contains(key) || !number.at(key).is_number()) return std::nan("");
  return number.at(key).get<double>();
}

/// A place in nested objects, or null.
json at_path(const json& object, const std::vector<const char*>& keys) {
  const json* here = &object;
  for (const char* key : keys) {
    if (!here->is_object() || !here->contains(key)) return nullptr;
    here = &here->at(key);
  }
  return *here;
}

/// Those that are measured of the reference against itself, too.
struct Against {
  const char* metric;
  std::vector<const char*> path;
};

std::string field(double value) { return std::isfinite(value) ? fmt::format("{:.6g}", value) : ""; }

std::string quoted_field(const std::string& text) {
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string tex_text(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (std::string("&%$#_{}").find(letter) != std::string::npos) safe += '\\';
    if (letter == '\\' || letter == '~' || letter == '^') {
      safe += letter == '\\' ? "\\textbackslash{}" : letter == '~' ? "\\textasciitilde{}" : "\\textasciicircum{}";
      continue;
    }
    safe += letter == '\n' || letter == '\r' ? ' ' : letter;
  }
  return safe;
}

/// With as many digits as the error has two of.
std::string tex_number(double value, double error) {
  if (!std::isfinite(value)) return "--";
  const double scale = error > 0 ? error : std::abs(value);
  const int digits = scale > 0 ? std::clamp(1 - static_cast<int>(std::floor(std::log10(scale))), 0, 8) : 3;
  if (!(error > 0)) return fmt::format("${:.{}f}$", value, digits);
  return fmt::format("${:.{}f} \\pm {:.{}f}$", value, digits, error, digits);
}

}  // namespace

std::vector<MetricRow> metrics_of(const json& validation) {
  const auto& samples = validation.at("samples");
  const auto& reference = samples.at(0);
  const std::vector<Against> against = {{"AUC, low level (cells)", {"classifier", "cells", "auc"}},
                                        {"AUC, high level (profiles)", {"classifier", "profiles", "auc"}},
                                        {"AUC, high level (numbers of cells)", {"classifier", "cells_summary", "auc"}},
                                        {"FPD, profiles", {"feature_distances", "profiles", "fpd"}},
                                        {"FPD, numbers of cells", {"feature_distances", "cells_summary", "fpd"}},
                                        {"KPD, profiles", {"feature_distances", "profiles", "kpd"}},
                                        {"KPD, numbers of cells", {"feature_distances", "cells_summary", "kpd"}}};
  std::vector<MetricRow> rows;
  for (std::size_t k = 1; k < samples.size(); ++k) {
    const auto& sample = samples.at(k);
    const auto name = sample.at("name").get<std::string>();
    if (sample.contains("separation") && sample.at("separation").is_object())
      for (const auto& [kind, one] : sample.at("separation").items())
        rows.push_back({name, "separation power, " + one.at("label").get<std::string>(), field_of(one, "value"),
                        field_of(one, "error"), field_of(one, "floor"), std::nan("")});
    for (const auto& [metric, path] : against) {
      const auto number = at_path(sample, path), of_reference = at_path(reference, path);
      if (!std::isfinite(field_of(number, "value"))) continue;
      rows.push_back({name, metric, field_of(number, "value"), field_of(number, "error"),
                      field_of(of_reference, "value"), field_of(of_reference, "error")});
    }
  }
  return rows;
}

std::string metrics_csv(const std::vector<MetricRow>& rows) {
  std::string text = "sample,metric,value,error,geant4_against_geant4,its_error\n";
  for (const auto& row : rows)
    text += fmt::format("{},{},{},{},{},{}\n", quoted_field(row.sample), quoted_field(row.metric), field(row.value),
                        field(row.error), field(row.geant4), field(row.geant4_error));
  return text;
}

std::string metrics_tex(const std::vector<MetricRow>& rows) {
  std::vector<std::string> names, metrics;
  const auto note = [](std::vector<std::string>& list, const std::string& text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
  };
  for (const auto& row : rows) {
    note(names, row.sample);
    note(metrics, row.metric);
  }
  std::string text = fmt::format("\\begin{{tabular}}{{l{}}}\n\\hline\n & Geant4", std::string(names.size() + 1, 'r'));
  for (const auto& name : names) text += " & " + tex_text(name);
  text += " \\\\\n\\hline\n";
  for (const auto& metric : metrics) {
    std::string geant4 = "--", others;
    for (const auto& name : names) {
      const auto row = std::find_if(rows.begin(), rows.end(),
                                    [&](const MetricRow& one) { return one.sample == name && one.metric == metric; });
      others += " & " + (row == rows.end() ? "--" : tex_number(row->value, row->error));
      if (row != rows.end() && geant4 == "--") geant4 = tex_number(row->geant4, row->geant4_error);
    }
    text += fmt::format("{} & {}{} \\\\\n", tex_text(metric), geant4, others);
  }
  return text + "\\hline\n\\end{tabular}\n";
}

}  // namespace octocal::report
