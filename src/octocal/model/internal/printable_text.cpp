// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/printable_text.hpp"

#include <cstddef>
#include <cstdint>

namespace octocal::model {

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
    constexpr std::uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
    if (letter < kSmallest[following] || letter > 0x10ffff || (letter >= 0xd800 && letter <= 0xdfff)) return false;
  }
  return true;
}

}  // namespace octocal::model
