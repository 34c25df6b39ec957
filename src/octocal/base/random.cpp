// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/random.hpp"
#include "octocal/base/expect.hpp"

#include <cmath>
#include <cstddef>

namespace octocal {
namespace {

// Philox4x32-10 as published (Salmon et al., SC 2011, table 2); the tests hold Random123's known answers.
constexpr int kRounds = 10;
constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

/// 52 random bits, centred in their interval: never 0 and never 1.
double to_uniform(std::uint32_t high, std::uint32_t low) noexcept {
  const std::uint64_t bits = ((static_cast<std::uint64_t>(high) << 32) | low) >> 12;
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

/// Natural logarithm of x in (0, 1): x = m * 2^e, log m = 2 artanh((m - 1) / (m + 1)), |argument| <= 0.1716.
double portable_log(double x) noexcept {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // exact
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);
  const double s2 = s * s;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  return 2 * s * sum + exponent * 0.69314718055994531;
}

/// Sine and cosine of 2 pi u, u in (0, 1), by octants and Taylor's series.
void portable_sincos(double u, double& sine, double& cosine) noexcept {
  const int quarter = static_cast<int>(u * 4 + 0.5);  // nearest multiple of a right angle, 0..4
  const double angle = (u * 4 - quarter) * 1.57079632679489662;
  const double a2 = angle * angle;
  double s = 0;
  double c = 0;
  for (int k = 16; k >= 2; k -= 2) {
    s = (s - 1) * -1 * a2 / (k * (k + 1));
    c = (c - 1) * -1 * a2 / (k * (k - 1));
  }
  s = angle * (1 - s);
  c = 1 - c;
  switch (quarter & 3) {
    case 0:
      sine = s;
      cosine = c;
      break;
    case 1:
      sine = c;
      cosine = -s;
      break;
    case 2:
      sine = -s;
      cosine = -c;
      break;
    default:
      sine = -c;
      cosine = s;
      break;
  }
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::uint64_t seed, Draw draw, ShowerNumber shower, std::uint32_t index) noexcept {
  OCTOCAL_EXPECT(shower.series < ShowerNumber::kSeries);
  OCTOCAL_EXPECT(shower.series == 0 || (index >> 16 == 0 && static_cast<std::uint32_t>(draw) >> 8 == 0));
  std::array<std::uint32_t, 4> c = {
      static_cast<std::uint32_t>(shower.number), static_cast<std::uint32_t>(shower.number >> 32),
      index | static_cast<std::uint32_t>(shower.series) << 16,
      static_cast<std::uint32_t>(draw) | static_cast<std::uint32_t>(shower.series >> 16) << 8};
  auto low = static_cast<std::uint32_t>(seed);
  auto high = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < kRounds; ++round) {
    const auto first = static_cast<std::uint64_t>(kMultiplier0) * c[0];
    const auto second = static_cast<std::uint64_t>(kMultiplier1) * c[2];
    c = {static_cast<std::uint32_t>(second >> 32) ^ c[1] ^ low, static_cast<std::uint32_t>(second),
         static_cast<std::uint32_t>(first >> 32) ^ c[3] ^ high, static_cast<std::uint32_t>(first)};
    low += kWeyl0;
    high += kWeyl1;
  }
  return c;
}

double uniform01(std::uint64_t seed, Draw draw, ShowerNumber shower, std::uint32_t index) noexcept {
  const auto words = philox(seed, draw, shower, index);
  return to_uniform(words[0], words[1]);
}

void normals(std::uint64_t seed, Draw draw, ShowerNumber shower, std::span<float> out) noexcept {
  OCTOCAL_EXPECT(shower.series == 0 || out.size() <= kMostNormals);
  for (std::size_t i = 0; i < out.size(); i += 2) {
    const auto words = philox(seed, draw, shower, static_cast<std::uint32_t>(i / 2));
    const double radius = std::sqrt(-2 * portable_log(to_uniform(words[0], words[1])));
    double sine = 0;
    double cosine = 0;
    portable_sincos(to_uniform(words[2], words[3]), sine, cosine);
    out[i] = static_cast<float>(radius * cosine);
    if (i + 1 < out.size()) out[i + 1] = static_cast<float>(radius * sine);
  }
}

}  // namespace octocal
