// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace octocal {

/// CRC-32 (ISO 3309, as in gzip and PNG) of a stream of bytes: crc32(b, crc32(a)) is that of a then b. Finds damage,
/// not malice. Needs no library.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

/// Whether a file's checksum is that of its bytes. Under a fuzzer (preset fuzz) always: it would not get past it.
constexpr bool checksums_agree(std::uint32_t stored, std::uint32_t found) noexcept {
#if defined(OCTOCAL_FUZZ)
  return stored == found || true;
#else
  return stored == found;
#endif
}

}  // namespace octocal
