// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/number_text.hpp"
#include "octocal/base/expect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace octocal {
namespace {

constexpr double kSmallest = 1e-3, kLargest = 1e6;  // shown without a power of ten

/// The power of ten of the leading figure, when the number is rounded to so many figures (0.09996 to two: -1).
int power_of(double size, int figures) {
  const int power = static_cast<int>(std::floor(std::log10(size)));
  const double unit = std::pow(10.0, power - figures + 1);
  return std::round(size / unit) * unit >= std::pow(10.0, power + 1) * (1 - 1e-12) ? power + 1 : power;
}

/// Digits behind the point that show two figures of the error.
int decimals_of(double error) { return std::clamp(1 - power_of(error, 2), 0, 12); }

std::string with_sign(std::string text, double value, const NumberStyle& style) {
  return style.plus_sign && value > 0 ? "+" + text : text;
}

}  // namespace

std::string plain_text(double value, int figures) {
  OCTOCAL_EXPECT(figures >= 1);
  if (!std::isfinite(value)) return "-";
  if (value == 0) return "0";
  const int power = power_of(std::abs(value), figures);
  const double size = std::pow(10.0, power);
  if (power >= -3 && power < 6) return fmt::format("{:.{}f}", value, std::max(0, figures - 1 - power));
  return fmt::format("{:.{}f}e{}", value / size, figures - 1, power);
}

std::string number_text(double value, double error, const NumberStyle& style) {
  if (!std::isfinite(value)) return "-";
  if (!std::isfinite(error) || !(error > 0))
    return with_sign(plain_text(value, style.figures), value, style) + style.unit;
  const double size = std::max(std::abs(value), error);
  if (size >= kSmallest && size < kLargest) {
    const int decimals = decimals_of(error);
    return with_sign(fmt::format("{:.{}f}{} +- {:.{}f}{}", value, decimals, style.unit, error, decimals, style.unit),
                     value, style);
  }
  const int power = power_of(size, 2);
  const double unit = std::pow(10.0, power);
  const int decimals = decimals_of(error / unit);
  return fmt::format("({} +- {:.{}f})e{}{}", with_sign(fmt::format("{:.{}f}", value / unit, decimals), value, style),
                     error / unit, decimals, power, style.unit);
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string count_text(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string shortened(std::string text, std::size_t most) {
  for (char& letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = ' ';
  }
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;  // not inside a letter
  return text.substr(0, end) + "...";
}

}  // namespace octocal
