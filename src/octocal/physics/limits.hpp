// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "octocal/physics/sample_result.hpp"

namespace octocal::physics {

/// How far a sample may be from the reference in one quantity of compare_with_reference().
struct Limit {
  std::string quantity;  ///< as compare_with_reference() names it: "y_mean"
  double limit = 0;      ///< of the quantity's value, either way: 0.01 is 1 %
};

/// Limits are data (data/limits.json, also compiled in):
/// {"name": text, "sigmas": number, "limits": [{"quantity": text, "limit": number}, ...]}
struct Limits {
  std::string name;           ///< of the set of limits, for people
  double sigmas = 1;          ///< a quantity fails if |value| > limit + s * error, s = allowed_errors(sigmas, parts)
  std::vector<Limit> limits;  ///< in the order in which verdicts are given
};

/// The limits that ship with octocal, and others from a file.
/// Errors: bad_input naming the file and what is wrong: not JSON, an unknown quantity, a limit that is not positive.
const Limits& shipped_limits();
Limits read_limits(const std::string& file);
Limits parse_limits(const std::string& text, const std::string& origin);

/// Whether a quantity is compared as it is; the others are relative differences and shown in per cent.
bool is_absolute(const std::string& quantity) noexcept;

/// The statistical error of the worst of `parts` numbers, in units of its own error, that goes with `sigmas` of a
/// single one: by chance alone, all of `parts` independent numbers stay within it as often as one within `sigmas`
/// (Sidak):
///
///     erf(s/sqrt(2)) = erf(sigmas/sqrt(2))^(1/parts)
///
/// 1 for one number, 1.69 for four, 2.08 for ten, 2.37 for twenty-one. With one error for each, Geant4 itself would
/// miss a limit over ten bins in six of ten comparisons. Numbers that are correlated (pixels of a profile) are allowed
/// somewhat too much. No parts count as one. Precondition: sigmas >= 0.
double allowed_errors(double sigmas, std::size_t parts) noexcept;

/// The part that is furthest from zero beyond `errors` of its own errors. Precondition: not empty, all errors known.
const ComparedPart& worst_part(const std::vector<ComparedPart>& parts, double errors) noexcept;

/// What a limit says of a comparison. What cannot be computed or has no error (too few showers) is not judged: neither
/// met nor missed. `sentence` is for people and says so.
struct Verdict {
  Comparison comparison;  ///< what was to be judged
  double limit = 0;       ///< that it is judged by
  bool judged = false;    ///< false: it has no error, so nothing can be said
  bool pass = false;      ///< judged, and met
  std::string sentence;   ///< for people: quantity, difference, error, limit
  double errors = 1;      ///< how many errors were allowed on top of the limit
};

/// One verdict for each limit whose quantity the sample has, in the order of the limits. Thread-safe.
std::vector<Verdict> judge(const std::vector<Comparison>& comparisons, const Limits& limits,
                           const std::string& reference_name);

/// How many limits there are: met, missed, not judged.
struct VerdictCount {
  std::size_t all = 0;       ///< met + missed + unjudged
  std::size_t met = 0;       ///< judged, and within the limit
  std::size_t missed = 0;    ///< judged, and beyond it
  std::size_t unjudged = 0;  ///< without an error
};
/// Counts verdicts. Thread-safe.
VerdictCount count(const std::vector<Verdict>& verdicts) noexcept;

}  // namespace octocal::physics
