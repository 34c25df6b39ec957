// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/printable_text.hpp"

#include <gtest/gtest.h>

namespace octocal {
namespace {

using namespace std::string_view_literals;

TEST(PrintableText, IsUtf8WithoutControlCharacters) {
  for (const auto text : {""sv, "layer 1"sv, "\xc2\xa0"sv, "\xc3\xa4"sv, "\xe2\x82\xac"sv, "\xf0\x9f\x90\x99"sv})
    EXPECT_TRUE(is_printable(text, false)) << text;
  for (const auto text :
       {"\x1b[2J"sv, "\0"sv, "\x7f"sv, "\xc2\x9b"sv, "\xff"sv, "\xc3"sv, "\xc0\x80"sv, "\xed\xa0\x80"sv})
    EXPECT_FALSE(is_printable(text, true)) << one_line(text);
  EXPECT_TRUE(is_printable("two\r\n\tlines", true));
  EXPECT_FALSE(is_printable("two\nlines", false));
}

TEST(PrintableText, HasItsControlCharactersSpeltOutInALine) {
  EXPECT_EQ(one_line("a\nb\tc\x1b[2J\x7f\xc2\x9b"), "a\\nb\\x09c\\x1b[2J\\x7f\\x9b");
  EXPECT_EQ(one_line("a\0b"sv), "a\\x00b");
  EXPECT_EQ(one_line("\xc3\xa4 \xe2\x82\xac C:\\n"), "\xc3\xa4 \xe2\x82\xac C:\\n");
}

}  // namespace
}  // namespace octocal
