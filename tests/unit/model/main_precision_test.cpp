// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/main_precision.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace octocal::model {
namespace {

std::string main_precision(const std::vector<std::pair<std::string, std::uint64_t>>& layers) {
  MainPrecision precision;
  for (const auto& [name, macs] : layers) precision.add(name, macs);
  return precision.name();
}

TEST(MainPrecision, IsThatOfMoreThanNineTenthsOfTheMacs) {
  EXPECT_EQ(main_precision({{"float32", 7}}), "float32");
  EXPECT_EQ(main_precision({{"int8", 500}, {"float32", 99}, {"int8", 401}}), "int8");  // 901 of 1000
  EXPECT_EQ(main_precision({{"int8", 900}, {"float32", 100}}), "mixed");               // exactly nine tenths
  EXPECT_EQ(main_precision({{"float32", 901}, {"int8", 99}}), "float32");
  EXPECT_EQ(main_precision({{"float16", 400}, {"int8", 300}, {"float32", 300}}), "mixed");
}

TEST(MainPrecision, IsFloat32WithoutMacs) {
  EXPECT_EQ(main_precision({}), "float32");
  EXPECT_EQ(main_precision({{"int8", 0}, {"", 0}}), "float32");
}

}  // namespace
}  // namespace octocal::model
