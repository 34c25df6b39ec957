// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/quantized_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/number_text.hpp"

namespace octocal::study {

double Int8Difference::shift() const noexcept {
  if (!std::isfinite(ecal_shift) || !std::isfinite(projection_mse)) return std::numeric_limits<double>::quiet_NaN();
  return std::max(std::abs(ecal_shift), std::sqrt(std::max(0.0, projection_mse)));
}

Int8Difference difference_of(const PairedShowers::Comparison& comparison) {
  const auto& numbers = comparison.numbers;
  Int8Difference difference{
      comparison.showers,     numbers.at("ecal").value, numbers.at("ecal").error, numbers.at("cells").value, {},
      numbers.at("mse").value};
  if (const auto nats = numbers.find("nats"); nats != numbers.end()) difference.lost_nats = nats->second;
  return difference;
}

std::string difference_text(const Int8Difference& difference, const std::string& precision) {
  const auto nats = difference.lost_nats
                        ? fmt::format(", the likelihood of a shower's cells by {} nats",
                                      number_text(-difference.lost_nats->value, difference.lost_nats->error,
                                                  {.plus_sign = true, .unit = ""}))
                        : std::string();
  return fmt::format(
      "{} changes ECAL by {}, the mean shower by {:.3g} % and cells by {:.3g} % of ECAL{} ({})", precision,
      number_text(100 * difference.ecal_shift, 100 * difference.ecal_shift_error, {.plus_sign = true, .unit = " %"}),
      100 * std::sqrt(std::max(0.0, difference.projection_mse)), 100 * difference.pixel_difference, nats,
      count_text(difference.showers, "shower"));
}

void judge_shift(const Int8Difference& difference, const std::string& precision, double max_shift,
                 const std::string& model) {
  const auto text = [&] { return difference_text(difference, precision); };
  if (std::isnan(difference.shift()))
    throw run_failed(
        fmt::format("{}: what {} changes cannot be told (float32's showers hold no energy, or {}'s no numbers); "
                    "nothing was written: look at float32's showers first",
                    model, precision, precision));
  if (difference.shift() > max_shift)
    throw run_failed(
        fmt::format("{}: {}, more than `max_shift` {:.3g} allows; nothing was written: let tune find the layers that "
                    "must stay in float32, or name them with `keep_float32`",
                    model, text(), max_shift));
  const bool loses = difference.lost_nats && difference.lost_nats->value > kGoodNats;
  if (difference.shift() > kGoodShift || loses)
    log_warning(fmt::format("{}: {}; tune finds the layers that had better stay in float32", model, text()));
}

}  // namespace octocal::study
