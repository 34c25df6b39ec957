// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace octocal::report {

/// One number of one sample, and the same of Geant4 against Geant4; NaN where there is none.
struct MetricRow {
  std::string sample, metric;
  double value, error;
  double geant4, geant4_error;  ///< half of the reference against half
};

/// Separation powers, AUC of the classifiers, FPD and KPD of all samples of a validation (read_result_files).
std::vector<MetricRow> metrics_of(const nlohmann::json& validation);

/// A line a row: sample,metric,value,error,geant4_against_geant4,its_error. What does not exist is an empty field.
std::string metrics_csv(const std::vector<MetricRow>& rows);

/// A tabular for LaTeX: a row a metric, a column a sample and one for Geant4 against Geant4.
std::string metrics_tex(const std::vector<MetricRow>& rows);

}  // namespace octocal::report
