// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace octocal::testing {

/// The largest difference of two lists, over the largest number of the second (absolute where that is 0).
inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
    difference = std::max(difference, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest > 0 ? difference / largest : difference;
}

/// The sum of all differences of two lists, over the sum of the second.
inline double summed_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0, difference = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    sum += std::abs(static_cast<double>(b[i]));
    difference += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  }
  return difference / sum;
}

}  // namespace octocal::testing
