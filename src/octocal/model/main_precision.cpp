// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/main_precision.hpp"

namespace octocal::model {

std::string MainPrecision::name() const {
  std::uint64_t all = 0;
  for (const auto& [precision, macs] : macs_) all += macs;
  if (all == 0) return "float32";
  for (const auto& [precision, macs] : macs_)
    if (10 * macs > 9 * all) return precision;
  return "mixed";
}

}  // namespace octocal::model
