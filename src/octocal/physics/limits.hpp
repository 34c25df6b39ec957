// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "octocal/physics/sample_result.hpp"

namespace octocal::physics {

/// How far a sample may be from the reference in one quantity of compare_with_reference().
struct Limit {
  std::string quantity;
  double limit = 0;
};

/// Limits are data (data/limits.json, also compiled in):
/// {"name": text, "sigmas": number, "limits": [{"quantity": text, "limit": number}, ...]}
struct Limits {
  std::string name;
  double sigmas = 1;  ///< a quantity fails if |value| > limit + s * error, s = allowed_errors(sigmas, parts)
  std::vector<Limit> limits;
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

/// The part that is furthest from zero beyond `errors` of its own errors. Precondition: not empty.
const ComparedPart& worst_part(const std::vector<ComparedPart>& parts, double errors) noexcept;

/// A comparison that was judged. `sentence` is for people.
struct Verdict {
  Comparison comparison;
  double limit = 0;
  bool pass = false;
  std::string sentence;
  double errors = 1;  ///< how many errors were allowed on top of the limit
};

/// One verdict for each limit whose quantity the sample has, in the order of the limits. Thread-safe.
std::vector<Verdict> judge(const std::vector<Comparison>& comparisons, const Limits& limits,
                           const std::string& reference_name);

}  // namespace octocal::physics
