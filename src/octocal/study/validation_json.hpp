// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "octocal/study/measurement.hpp"

namespace octocal::study {

/// What stands at the top of the document.
struct ValidationHead {
  nlohmann::json settings;
  std::vector<std::string> reference_files;
  std::string reference_hash;
  data::Geometry geometry;
  physics::Limits limits;
  std::vector<std::string> warnings;  ///< sentences
};

/// The document of docs/validation_json.md. Precondition: the first sample is the reference.
nlohmann::json validation_json(const ValidationHead& head, const std::vector<MeasuredSample>& samples);

/// Parts of it that `octocal compare` writes, too.
nlohmann::json number_json(const physics::Number& number, bool with_floor = true);
nlohmann::json table3_json(const physics::SampleResult& result);
nlohmann::json table4_json(const physics::Table4& table);
nlohmann::json table5_json(const physics::Table5& table, const std::string& against);
nlohmann::json comparisons_json(const std::vector<physics::Comparison>& comparisons);

}  // namespace octocal::study
