// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/checksum.hpp"

#include <array>

namespace octocal {
namespace {

constexpr std::uint32_t kPolynomial = 0xEDB88320;  // reflected
constexpr std::size_t kSlices = 8;                 // bytes a round: the table look-ups of one round do not wait

using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ kPolynomial : value >> 1;
    tables[0][byte] = value;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice)
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const auto below = tables[slice - 1][byte];
      tables[slice][byte] = (below >> 8) ^ tables[0][below & 0xFF];
    }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  const auto at = [&bytes](std::size_t i) { return static_cast<std::uint32_t>(bytes[i]); };
  std::uint32_t value = ~before;
  std::size_t i = 0;
  for (; i + kSlices <= bytes.size(); i += kSlices) {
    value ^= at(i) | at(i + 1) << 8 | at(i + 2) << 16 | at(i + 3) << 24;
    value = kTables[7][value & 0xFF] ^ kTables[6][value >> 8 & 0xFF] ^ kTables[5][value >> 16 & 0xFF] ^
            kTables[4][value >> 24] ^ kTables[3][at(i + 4)] ^ kTables[2][at(i + 5)] ^ kTables[1][at(i + 6)] ^
            kTables[0][at(i + 7)];
  }
  for (; i < bytes.size(); ++i) value = (value >> 8) ^ kTables[0][(value ^ at(i)) & 0xFF];
  return ~value;
}

}  // namespace octocal
