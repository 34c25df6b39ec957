// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

namespace octocal::study {

/// Median and spread of some measurements; low and high are the quartiles.
struct Spread {
  double median = 0, low = 0, high = 0, min = 0, max = 0;  ///< quantiles 0.5, 0.25, 0.75, 0, 1
  std::vector<double> values;                              ///< in the order of measurement
};
/// Quantiles between neighbours are interpolated. Precondition: values is not empty.
Spread spread_of(std::vector<double> values);

}  // namespace octocal::study
