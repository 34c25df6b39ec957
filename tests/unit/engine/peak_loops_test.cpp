// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/peak_loops.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace octocal::engine {
namespace {

TEST(PeakLoops, AreThoseOfTheInstructionSet) {
  for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAmx})
    for (const auto& loop : peak_loops(isa)) EXPECT_LE(loop.isa, isa) << loop.instruction;
}

TEST(PeakLoops, RunOnThisMachine) {
  for (const auto& loop : peak_loops(machine_isa())) loop.run(10);
}

#if defined(__x86_64__)
TEST(PeakLoops, CountProductsByTheWidthOfRegisters) {
  const auto most = [](Isa isa, const std::string& precision) {
    std::uint64_t macs = 0;
    for (const auto& loop : peak_loops(isa))
      if (loop.precision == precision) macs = std::max(macs, loop.macs);
    return macs;
  };
  // Ten instructions a round: 4, 8 and 16 numbers of 32 bits; twice as many of 16 bits, four times of 8.
  EXPECT_EQ(most(Isa::kBaseline, "float32"), 40U);
  EXPECT_EQ(most(Isa::kAvx2, "float32"), 80U);
  EXPECT_EQ(most(Isa::kAvx512, "float32"), 160U);
  EXPECT_EQ(most(Isa::kAvx2, "int8"), 160U);
  EXPECT_EQ(most(Isa::kAvx512Vnni, "int8"), 640U);
  EXPECT_EQ(most(Isa::kAvx512Vnni, "int16x8"), 320U);
  EXPECT_EQ(most(Isa::kAvx512, "bfloat16"), 0U);
  EXPECT_EQ(most(Isa::kAvx512Bf16, "bfloat16"), 320U);
}
#endif

}  // namespace
}  // namespace octocal::engine
