// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace octocal {

/// A number for eyes, with so many significant figures: "0.0123", "1234", "1.23e-5" (below 1e-3 and from 1e6 on),
/// "0", "-" if it is not finite. Precondition: figures >= 1.
std::string plain_text(double value, int figures);

/// How a number with its error is shown.
struct NumberStyle {
  bool plus_sign = false;  ///< "+0.5" of what is positive
  const char* unit = "";   ///< behind value and error: " %"
  int figures = 4;         ///< of a value that has no error
};

/// A measured number for eyes: two figures of its error decide how many are shown, "12.003 +- 0.0041"; from 1e6 on, and
/// where value and error are below 1e-3, with a power of ten in common, "(1.20 +- 0.31)e-5". Without an error (not
/// finite, or 0) the plain number; "-" if there is no value. ASCII.
std::string number_text(double value, double error, const NumberStyle& style = {});

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

/// "1 shower", "2 showers": a count and what is counted, which takes an s in the plural.
std::string count_text(std::uint64_t count, const char* what);

/// The text on one line (control characters become blanks), and where it is longer than `most` bytes, cut behind a
/// whole letter of UTF-8, with "..." behind.
std::string shortened(std::string text, std::size_t most);

}  // namespace octocal
