// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/checksum.hpp"

#include <gtest/gtest.h>

#include <string>

namespace octocal {
namespace {

std::uint32_t crc_of(const std::string& text, std::uint32_t before = 0) {
  return crc32(std::as_bytes(std::span(text)), before);
}

// The check value of the catalogue of CRC algorithms (CRC-32/ISO-HDLC), and those that gzip prints.
TEST(Crc32, GivesTheKnownAnswers) {
  EXPECT_EQ(crc_of(""), 0u);
  EXPECT_EQ(crc_of("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc_of("The quick brown fox jumps over the lazy dog"), 0x414FA339u);
}

TEST(Crc32, GoesOnWhereItStopped) {
  const std::string text = "The quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(crc_of(text.substr(cut), crc_of(text.substr(0, cut))), 0x414FA339u) << cut;
}

}  // namespace
}  // namespace octocal
