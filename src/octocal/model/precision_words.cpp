// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/precision_words.hpp"

namespace octocal::model {

std::string words_for(const std::set<Precision>& precisions) {
  if (precisions.empty()) return name_of(Precision::kFloat32);
  std::string names;
  for (auto precision = precisions.rbegin(); precision != precisions.rend(); ++precision)
    names += (names.empty() ? "" : ", ") + std::string(name_of(*precision));
  return precisions.size() == 1 ? names : "mixed (" + names + ")";
}

std::string words_for(const PrecisionPlan& plan) {
  std::set<Precision> precisions;
  for (const auto& [layer, precision] : plan) precisions.insert(precision);
  return words_for(precisions);
}

}  // namespace octocal::model
