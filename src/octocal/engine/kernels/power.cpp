// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/power.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace octocal::engine {
namespace {

constexpr double kLn2High = 6.93147180369123816490e-01;  // its products with exponents are exact
constexpr double kLn2Low = 1.90821492927058770002e-10;

/// Of a positive normal number.
double logarithm(double x) noexcept {
  // Mantissa m in [sqrt(1/2), sqrt(2)): log(m) = 2 atanh((m - 1) / (m + 1)), whose argument is below 0.172.
  constexpr std::uint64_t kSqrtHalf = 0x3fe6a09e667f3bcdULL;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x) - kSqrtHalf;
  const auto e = static_cast<double>(static_cast<std::int64_t>(bits) >> 52);
  const double m = std::bit_cast<double>((bits & 0x000fffffffffffffULL) + kSqrtHalf);
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  double p = 1.0 / 19;
  for (int odd = 17; odd >= 3; odd -= 2) p = p * z + 1.0 / odd;
  return e * kLn2High + (2 * s + (2 * s * z * p + e * kLn2Low));
}

/// Of a number in [-800, 800].
double exponential(double x) noexcept {
  constexpr double kShift = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves the nearest integer in the lowest bits
  const double shifted = x * 1.44269504088896340736 + kShift;
  const double n = shifted - kShift;
  const double r = (x - n * kLn2High) - n * kLn2Low;
  double p = 1;
  for (int k = 13; k >= 1; --k) p = p * r / k + 1;
  const auto exponent = static_cast<std::int64_t>(n);
  const std::int64_t half = exponent / 2;
  const auto power_of_two = [](std::int64_t e) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52);
  };
  return p * power_of_two(half) * power_of_two(exponent - half);
}

}  // namespace

float power(float x, float y) noexcept {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return x + y;
  // As loops over one and the same exponent compute them (elementwise.cpp).
  if (y == 1) return x;
  if (y == 2) return x * x;
  if (y == 3) return x * x * x;
  const float a = std::fabs(x);
  // Floats from 2^24 on are even.
  const bool whole = std::fabs(y) >= 16777216.0F || static_cast<float>(static_cast<std::int32_t>(y)) == y;
  const bool odd = whole && std::fabs(y) < 16777216.0F && (static_cast<std::int32_t>(y) & 1) != 0;
  const bool negative = std::signbit(x) && odd;
  float result = 0;
  if (std::fabs(y) == kInfinity) {
    result = a == 1 ? 1 : (a > 1) == (y > 0) ? kInfinity : 0;
  } else if (a == 0) {
    result = y > 0 ? 0 : kInfinity;
  } else if (a == kInfinity) {
    result = y > 0 ? kInfinity : 0;
  } else if (x < 0 && !whole) {
    return std::numeric_limits<float>::quiet_NaN();
  } else {
    const double wanted = static_cast<double>(y) * logarithm(static_cast<double>(a));
    const double bounded = wanted < -800 ? -800 : wanted > 800 ? 800 : wanted;
    result = static_cast<float>(exponential(bounded));
  }
  return negative ? -result : result;
}

}  // namespace octocal::engine
