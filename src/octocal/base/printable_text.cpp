// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/printable_text.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

namespace octocal {

bool is_printable(std::string_view text, bool lines) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) {
      const bool allowed = lines && (first == '\n' || first == '\r' || first == '\t');
      if ((first < 0x20 && !allowed) || first == 0x7f) return false;
      continue;
    }
    // 110xxxxx, 1110xxxx, 11110xxx are followed by one, two, three bytes 10xxxxxx.
    const int following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc0 || first > 0xf7) return false;
    std::uint32_t letter = first & (0x3fU >> following);
    for (int i = 0; i < following; ++i) {
      if (at == text.size() || (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U) return false;
      letter = (letter << 6) | (static_cast<unsigned char>(text[at++]) & 0x3fU);
    }
    constexpr std::uint32_t kSmallest[] = {0, 0xa0, 0x800, 0x10000};  // 0x80 to 0x9f are control characters
    if (letter < kSmallest[following] || letter > 0x10ffff || (letter >= 0xd800 && letter <= 0xdfff)) return false;
  }
  return true;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
    if (byte == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      line += fmt::format("\\x{:02x}", byte);
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {  // the control characters behind ASCII's
      line += fmt::format("\\x{:02x}", next);
      ++at;
    } else {
      line += text[at];
    }
  }
  return line;
}

}  // namespace octocal
