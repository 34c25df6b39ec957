// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/machine.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>

#include <thread>
#include <vector>

#include "octocal/base/error.hpp"

namespace octocal {
namespace {

/// Sets OCTOCAL_ISA for one test.
class IsaCap {
 public:
  explicit IsaCap(const char* isa) { ::setenv("OCTOCAL_ISA", isa, 1); }
  ~IsaCap() { ::unsetenv("OCTOCAL_ISA"); }
  IsaCap(const IsaCap&) = delete;
  IsaCap& operator=(const IsaCap&) = delete;
};

TEST(MachineIsa, IsCappedByTheEnvironmentButNeverRaised) {
  const Isa best = machine_isa();
  {
    const IsaCap cap("baseline");
    EXPECT_EQ(machine_isa(), Isa::kBaseline);
  }
  {
    const IsaCap cap("amx");
    EXPECT_EQ(machine_isa(), best);
  }
}

TEST(MachineIsa, RefusesAnUnknownCap) {
  const IsaCap cap("avx1024");
  EXPECT_THROW(machine_isa(), Error);
}

TEST(UsableCores, AreNoMoreThanTheProcessorsAllowed) {
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  EXPECT_GE(usable_cores(), 1);
  EXPECT_LE(usable_cores(), CPU_COUNT(&allowed));
}

TEST(PinCurrentThread, BindsOnlyTheCallingThread) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  std::thread([&] {
    if (!pin_current_thread(usable_cores() - 1)) return;  // a system may refuse; then nothing is promised
    cpu_set_t pinned;
    ASSERT_EQ(::sched_getaffinity(0, sizeof(pinned), &pinned), 0);
    EXPECT_LE(CPU_COUNT(&pinned) * usable_cores(), CPU_COUNT(&before));
  }).join();
  cpu_set_t after;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(PeakMemory, GrowsWithWhatIsTouched) {
  const std::size_t before = peak_memory_bytes();
  ASSERT_GT(before, 0U);
  const std::vector<char> block(before + (64U << 20U), 'x');
  EXPECT_GE(peak_memory_bytes(), block.size());
}

}  // namespace
}  // namespace octocal
