// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/text_table.hpp"

#include <gtest/gtest.h>

namespace octocal {
namespace {

TEST(TextTable, MakesEachColumnAsWideAsItsWidestText) {
  TextTable table({{"layer", true}, {"MMAC"}, {"kernel", true}}, "  ");
  table.add({"conv1", "8.00", "own"});
  table.add({"branch1/conv2", "12.25"});
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.text(),
            "  layer           MMAC  kernel\n"
            "  conv1           8.00  own\n"
            "  branch1/conv2  12.25\n");
}

TEST(TextTable, KeepsALeastWidthAndCountsLettersNotBytes) {
  TextTable table(std::vector<TextColumn>{{"", true, 6}, {"n"}});
  table.add({"é", "1"});
  EXPECT_EQ(table.text(), "        n\né       1\n");
}

TEST(TextTable, PutsLinesBetweenRowsAndNeedsNoHeads) {
  TextTable table(std::vector<TextColumn>(2));
  table.add({"a", "1"});
  table.add_line("a sentence that is longer than any row");
  table.add({"bc", "22"});
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.text(), " a   1\na sentence that is longer than any row\nbc  22\n");
}

}  // namespace
}  // namespace octocal
