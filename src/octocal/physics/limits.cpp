// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/physics/internal/builtin_limits.hpp"

namespace octocal::physics {
namespace {

constexpr const char* kQuantities[] = {"y_mean",
                                       "y_width",
                                       "z_mean",
                                       "z_width",
                                       "profile_y",
                                       "profile_z",
                                       "profile_y_ends",
                                       "profile_z_ends",
                                       "response",
                                       "response_bins",
                                       "core_resolution",
                                       "resolution_bins",
                                       "tail_share",
                                       "hits_mean",
                                       "z_centre_spread",
                                       "z_width_spread",
                                       "y_width_spread",
                                       "hits_spread",
                                       "cell_spectrum",
                                       "neighbours_x",
                                       "neighbours_y",
                                       "neighbours_z",
                                       "mse_over_floor",
                                       "layer_correlation",
                                       "layer_correlation_largest",
                                       "auc_profiles",
                                       "auc_cells_summary",
                                       "auc_cells",
                                       "fpd_profiles",
                                       "kpd_profiles",
                                       "fpd_cells_summary",
                                       "kpd_cells_summary"};
constexpr const char* kAbsolute[] = {"mse_over_floor",   "layer_correlation", "layer_correlation_largest",
                                     "auc_profiles",     "auc_cells_summary", "auc_cells",
                                     "neighbours_x",     "neighbours_y",      "neighbours_z",
                                     "fpd_profiles",     "kpd_profiles",      "fpd_cells_summary",
                                     "kpd_cells_summary"};

std::string value_text(const Comparison& comparison) {
  const Number& number = comparison.number;
  return is_absolute(comparison.quantity) ? number_text(number.value, number.error, {false, "", 2})
                                          : number_text(100 * number.value, 100 * number.error, {true, " %", 3});
}

std::string limit_text(const std::string& quantity, double limit) {
  return is_absolute(quantity) ? fmt::format("{:g}", limit) : fmt::format("{:.3g} %", 100 * limit);
}

std::string unjudged_sentence(const Comparison& comparison, double limit, const std::string& reference) {
  const auto against = fmt::format("is not judged against the limit of {}", limit_text(comparison.quantity, limit));
  const std::string where = comparison.where.empty() ? "" : fmt::format(" ({})", comparison.where);
  if (!std::isfinite(comparison.number.value))
    return fmt::format("{}{} cannot be computed, and {}.", comparison.label, where, against);
  return fmt::format("{}{} {} {}, which has no error (too few showers), and {}.", comparison.label, where,
                     is_absolute(comparison.quantity) ? "is" : "differs from " + reference + " by",
                     value_text(comparison), against);
}

std::string sentence(const Comparison& comparison, double limit, bool pass, double errors,
                     const std::string& reference) {
  const std::string where = comparison.where.empty() ? "" : fmt::format(", at worst ({})", comparison.where);
  const std::string given = comparison.parts.empty() ? "within, given its error,"
                                                     : fmt::format("within, given {:.1f} errors (the worst of {}),",
                                                                   errors, comparison.parts.size());
  const std::string verdict = !pass ? "beyond" : std::abs(comparison.number.value) <= limit ? "within" : given;
  const std::string rest =
      comparison.unjudged == 0 ? "." : fmt::format("; {} more have too few showers to be judged.", comparison.unjudged);
  if (is_absolute(comparison.quantity)) {
    return fmt::format("{}{}: {}, {} the limit of {}{}", comparison.label, where, value_text(comparison), verdict,
                       limit_text(comparison.quantity, limit), rest);
  }
  return fmt::format("{}{} differs by {} from {}, {} the limit of {}{}", comparison.label, where,
                     value_text(comparison), reference, verdict, limit_text(comparison.quantity, limit), rest);
}

}  // namespace

bool is_absolute(const std::string& quantity) noexcept {
  return std::find(std::begin(kAbsolute), std::end(kAbsolute), quantity) != std::end(kAbsolute);
}

double allowed_errors(double sigmas, std::size_t parts) noexcept {
  OCTOCAL_EXPECT(sigmas >= 0);
  if (parts <= 1 || sigmas <= 0) return std::max(0.0, sigmas);
  const double wanted = std::pow(std::erf(sigmas / std::sqrt(2.0)), 1 / static_cast<double>(parts));
  double low = sigmas, high = sigmas + 10;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < wanted ? low : high) = middle;
  }
  return low;
}

const ComparedPart& worst_part(const std::vector<ComparedPart>& parts, double errors) noexcept {
  OCTOCAL_EXPECT(!parts.empty());
  const auto beyond = [errors](const ComparedPart& part) {
    return std::abs(part.number.value) - errors * part.number.error;
  };
  return *std::max_element(parts.begin(), parts.end(),
                           [&](const ComparedPart& a, const ComparedPart& b) { return beyond(a) < beyond(b); });
}

Limits parse_limits(const std::string& text, const std::string& origin) {
  Limits limits;
  try {
    const auto json = nlohmann::json::parse(text);
    limits.name = json.at("name").get<std::string>();
    limits.sigmas = json.at("sigmas").get<double>();
    for (const auto& row : json.at("limits")) {
      limits.limits.push_back({row.at("quantity").get<std::string>(), row.at("limit").get<double>()});
    }
  } catch (const nlohmann::json::exception& error) {
    throw bad_input(
        fmt::format("{}: not a file of limits ({}); see data/limits.json for the form", origin, error.what()));
  }
  if (!(limits.sigmas >= 0))
    throw bad_input(fmt::format("{}: sigmas is {}, expected zero or more; mend it", origin, limits.sigmas));
  for (const Limit& limit : limits.limits) {
    const bool known =
        std::find(std::begin(kQuantities), std::end(kQuantities), limit.quantity) != std::end(kQuantities);
    if (!known) {
      throw bad_input(fmt::format("{}: unknown quantity '{}' (known: {}); mend it", origin, limit.quantity,
                                  fmt::join(kQuantities, ", ")));
    }
    if (!(limit.limit > 0)) {
      throw bad_input(fmt::format("{}: the limit of {} is {}, expected more than zero; mend it", origin, limit.quantity,
                                  limit.limit));
    }
  }
  return limits;
}

Limits read_limits(const std::string& file) { return parse_limits(read_text_file(file), file); }

const Limits& shipped_limits() {
  static const Limits limits = parse_limits(kBuiltinLimits, "data/limits.json (compiled in)");
  return limits;
}

std::vector<Verdict> judge(const std::vector<Comparison>& comparisons, const Limits& limits,
                           const std::string& reference_name) {
  std::vector<Verdict> verdicts;
  for (const Limit& limit : limits.limits) {
    for (Comparison comparison : comparisons) {
      if (comparison.quantity != limit.quantity) continue;
      const double errors = allowed_errors(limits.sigmas, comparison.parts.size());
      if (!comparison.parts.empty()) {
        const ComparedPart worst = worst_part(comparison.parts, errors);
        comparison.number = worst.number;
        comparison.where = worst.where;
      }
      const Number& number = comparison.number;
      const bool judged = std::isfinite(number.value) && std::isfinite(number.error);
      const bool pass = judged && std::abs(number.value) <= limit.limit + errors * number.error;
      std::string text = judged ? sentence(comparison, limit.limit, pass, errors, reference_name)
                                : unjudged_sentence(comparison, limit.limit, reference_name);
      verdicts.push_back({std::move(comparison), limit.limit, judged, pass, std::move(text), errors});
    }
  }
  return verdicts;
}

VerdictCount count(const std::vector<Verdict>& verdicts) noexcept {
  VerdictCount counted{verdicts.size(), 0, 0, 0};
  for (const Verdict& verdict : verdicts)
    ++(!verdict.judged ? counted.unjudged : verdict.pass ? counted.met : counted.missed);
  return counted;
}

}  // namespace octocal::physics
