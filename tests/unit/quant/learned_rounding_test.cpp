// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/learned_rounding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "octocal/quant/input_moments.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using testing::random_tensor;

/// Mean of (v.x - w.x)^2 over rows x, in double, of one channel.
double mean_squared_error(const std::vector<float>& rows, const std::vector<float>& w, const std::vector<double>& v) {
  const std::size_t inputs = w.size();
  double sum = 0;
  for (std::size_t row = 0; row < rows.size() / inputs; ++row) {
    double difference = 0;
    for (std::size_t k = 0; k < inputs; ++k)
      difference += (v[k] - static_cast<double>(w[k])) * static_cast<double>(rows[row * inputs + k]);
    sum += difference * difference;
  }
  return sum / static_cast<double>(rows.size() / inputs);
}

std::vector<std::int8_t> to_nearest(const std::vector<float>& w, float scale) {
  std::vector<std::int8_t> q;
  for (const float x : w) q.push_back(static_cast<std::int8_t>(std::lround(x / scale)));
  return q;
}

InputMoments moments_of(const std::vector<float>& rows, std::size_t inputs, int threads = 1) {
  InputMomentSums sums(inputs);
  sums.add(rows, threads);
  return sums.moments();
}

/// Rows of numbers that are correlated as neighbouring pixels are.
std::vector<float> smooth_rows(std::size_t count, std::size_t inputs, std::uint64_t seed) {
  const auto tensor = random_tensor({static_cast<std::int64_t>(count * inputs)}, 1, seed);
  const auto numbers = tensor.as<float>();
  std::vector<float> rows(numbers.begin(), numbers.end());
  for (std::size_t i = 1; i < rows.size(); ++i) rows[i] = 0.8F * rows[i - 1] + 0.6F * rows[i];
  return rows;
}

TEST(LearnedRounding, LetsErrorsOfRoundingCancel) {
  // Both inputs are nearly the same number: w.x is 0.8 x, and nearest rounding makes 0.4 -> 0 twice, 0 x. One of the
  // two at 1 makes 1 x, which is nearer: the error is 0.2^2 = 0.04 instead of 0.8^2 = 0.64.
  const std::vector<float> rows = {1, 1, -1, -1, 1, 1, -1, -1};
  const std::vector<float> w = {0.4F, 0.4F};
  const auto learned = learn_rounding(moments_of(rows, 2), w, to_nearest(w, 1), std::vector<float>{1}, 1);
  EXPECT_EQ(learned.values[0] + learned.values[1], 1);
  EXPECT_NEAR(learned.nearest_error, 1, 1e-6);  // 0.64 of a signal of 0.64
  EXPECT_NEAR(learned.error, 0.04 / 0.64, 1e-6);
}

TEST(LearnedRounding, IsNeverWorseThanNearest) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    constexpr std::size_t kInputs = 24;
    const auto rows = smooth_rows(200, kInputs, seed);
    const auto tensor = random_tensor({kInputs}, 1, 100 + seed);
    const std::vector<float> w(tensor.as<float>().begin(), tensor.as<float>().end());
    const float scale = 0.25F;
    const auto nearest = to_nearest(w, scale);
    const auto learned = learn_rounding(moments_of(rows, kInputs), w, nearest, std::vector<float>{scale}, 1);
    EXPECT_LE(learned.error, learned.nearest_error);
    const auto error = [&](const std::vector<std::int8_t>& q) {
      std::vector<double> v;
      for (const auto x : q) v.push_back(static_cast<double>(x) * static_cast<double>(scale));
      return mean_squared_error(rows, w, v);
    };
    const double signal = mean_squared_error(rows, w, std::vector<double>(kInputs, 0));
    EXPECT_LT(error(learned.values), 0.95 * error(nearest));  // neighbours are correlated: there is something to gain
    EXPECT_NEAR(learned.error, error(learned.values) / signal, 1e-5);
    EXPECT_NEAR(learned.nearest_error, error(nearest) / signal, 1e-5);
  }
}

TEST(LearnedRounding, LeavesWeightsOfDeadInputsWhereTheyAre) {
  const std::vector<float> rows = {1, 0, 2, 0, -3, 0};
  const std::vector<float> w = {2.3F, -7.4F};
  const auto learned = learn_rounding(moments_of(rows, 2), w, to_nearest(w, 1), std::vector<float>{1}, 1);
  EXPECT_EQ(learned.values, (std::vector<std::int8_t>{2, -7}));
  const std::vector<float> nothing(6, 0.0F);
  const auto dead = learn_rounding(moments_of(nothing, 2), w, to_nearest(w, 1), std::vector<float>{1}, 1);
  EXPECT_EQ(dead.values, (std::vector<std::int8_t>{2, -7}));
}

TEST(LearnedRounding, StaysWithinInt8) {
  const std::vector<float> rows = {1, 1, -1, -1, 1, 1};
  const std::vector<float> w = {127, 300};  // one scale for the tensor may not hold a channel
  const auto learned =
      learn_rounding(moments_of(rows, 2), w, std::vector<std::int8_t>{127, 127}, std::vector<float>{1}, 1);
  EXPECT_EQ(learned.values, (std::vector<std::int8_t>{127, 127}));
}

TEST(LearnedRounding, DoesNotDependOnTheNumberOfThreads) {
  constexpr std::size_t kInputs = 300, kOutputs = 37;
  const auto rows = smooth_rows(700, kInputs, 5);
  const auto weight = random_tensor({kOutputs, kInputs}, 1, 6);
  std::vector<float> w(weight.as<float>().begin(), weight.as<float>().end());
  const std::vector<float> scale(kOutputs, 0.02F);
  auto clipped = w;
  for (float& x : clipped) x = std::clamp(x, -2.5F, 2.5F);
  const auto nearest = to_nearest(clipped, 0.02F);
  const auto one = learn_rounding(moments_of(rows, kInputs, 1), clipped, nearest, scale, 1);
  const auto four = learn_rounding(moments_of(rows, kInputs, 4), clipped, nearest, scale, 4);
  EXPECT_EQ(one.values, four.values);
  EXPECT_EQ(one.error, four.error);
  EXPECT_NE(one.values, nearest);
}

}  // namespace
}  // namespace octocal::quant
