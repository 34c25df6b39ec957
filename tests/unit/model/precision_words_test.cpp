// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/precision_words.hpp"

#include <gtest/gtest.h>

namespace octocal::model {
namespace {

TEST(PrecisionWords, NameEveryPrecisionOfAPlanTheCoarsestFirst) {
  EXPECT_EQ(words_for(PrecisionPlan{}), "float32");
  EXPECT_EQ(words_for(PrecisionPlan{{"a", Precision::kInt8}, {"b", Precision::kInt8}}), "int8");
  EXPECT_EQ(words_for(PrecisionPlan{{"a", Precision::kFloat32}, {"b", Precision::kInt8}, {"c", Precision::kInt16x8}}),
            "mixed (int8, int16x8, float32)");
}

}  // namespace
}  // namespace octocal::model
