// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/spread.hpp"

#include <algorithm>

#include "octocal/base/expect.hpp"
#include "octocal/base/statistics.hpp"

namespace octocal::study {

Spread spread_of(std::vector<double> values) {
  OCTOCAL_EXPECT(!values.empty());
  Spread spread;
  spread.values = values;
  std::sort(values.begin(), values.end());
  spread.min = values.front();
  spread.low = quantile(values, 0.25);
  spread.median = quantile(values, 0.5);
  spread.high = quantile(values, 0.75);
  spread.max = values.back();
  return spread;
}

}  // namespace octocal::study
