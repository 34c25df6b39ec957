#pragma once
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
  double sigmas = 1;  ///< a quantity fails if |value| > limit + sigmas * error: beyond the statistical error
  std::vector<Limit> limits;
};

/// The limits that ship with octocal, and others from a file.
/// Errors: bad_input naming the file and what is wrong: not JSON, an unknown quantity, a limit that is not positive.
const Limits& shipped_limits();
Limits read_limits(const std::string& file);
Limits parse_limits(const std::string& text, const std::string& origin);

/// A comparison that was judged. `sentence` is for people.
struct Verdict {
  Comparison comparison;
  double limit = 0;
  bool pass = false;
  std::string sentence;
};

/// One verdict for each limit whose quantity the sample has, in the order of the limits. Thread-safe.
std::vector<Verdict> judge(const std::vector<Comparison>& comparisons, const Limits& limits,
                           const std::string& reference_name);

}  // namespace octocal::physics
