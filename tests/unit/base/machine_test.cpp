// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/machine.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "octocal/base/error.hpp"

namespace octocal {
namespace {

/// Sets OCTOCAL_ISA for one test.
class IsaCap {
 public:
  explicit IsaCap(const char* isa) {
    if (const char* before = std::getenv("OCTOCAL_ISA")) before_ = before;
    ::setenv("OCTOCAL_ISA", isa, 1);
  }
  ~IsaCap() {
    if (before_.empty())
      ::unsetenv("OCTOCAL_ISA");
    else
      ::setenv("OCTOCAL_ISA", before_.c_str(), 1);
  }
  IsaCap(const IsaCap&) = delete;
  IsaCap& operator=(const IsaCap&) = delete;

 private:
  std::string before_;  // the whole suite may run under a cap
};

TEST(MachineIsa, IsCappedByTheEnvironmentButNeverRaised) {
  const IsaCap none("amx");  // none that this processor knows
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

/// Runs the rest of a test in a new process (the mask and the topology are read once a process) and ends it with `code`.
/// Use inside EXPECT_EXIT, in the style "threadsafe".
[[noreturn]] void leave_with(int code) { ::_exit(code); }

/// The first `count` processors that this process may use; fewer if there are not as many.
std::vector<int> first_processors(std::size_t count) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  static_cast<void>(::sched_getaffinity(0, sizeof allowed, &allowed));
  std::vector<int> processors;
  for (int p = 0; p < CPU_SETSIZE && processors.size() < count; ++p)
    if (CPU_ISSET(p, &allowed)) processors.push_back(p);
  return processors;
}

class SyntheticMachine : public ::testing::Test {
 protected:
  SyntheticMachine() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  /// Tells hwloc of a machine that is not there. `is_this`: the process's real mask and pinning hold for it.
  static void pretend(const std::string& machine, bool is_this) {
    ::setenv("HWLOC_SYNTHETIC", machine.c_str(), 1);
    ::setenv("HWLOC_THISSYSTEM", is_this ? "1" : "0", 1);
  }
};

TEST_F(SyntheticMachine, CoresOfTwoHyperthreadsCountOnce) {
  EXPECT_EXIT((pretend("package:2 core:4 pu:2", false), leave_with(usable_cores())), ::testing::ExitedWithCode(8), "");
}

TEST_F(SyntheticMachine, ProcessingUnitsAreCoresWhereNoCoresAreKnown) {
  EXPECT_EXIT((pretend("pu:3", false), leave_with(usable_cores())), ::testing::ExitedWithCode(3), "");
}

// Two cores with two hyperthreads each, numbered as Linux does it: a and x are the first core, b and y the second; the
// mask has a and b. Once they were no cores at all, because neither is in the mask as a whole.
TEST_F(SyntheticMachine, ACoreCountsIfOneOfItsHyperthreadsIsInTheMask) {
  const auto mask = first_processors(2);
  if (mask.size() < 2) GTEST_SKIP() << "needs two processors";
  const auto machine = fmt::format("core:2 pu:2(indexes={},{},{},{})", mask[0], mask[1] + 1, mask[1], mask[1] + 2);
  const auto cores_of = [&](const std::vector<int>& processors) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int p : processors) CPU_SET(p, &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) leave_with(100);
    pretend(machine, true);
    return usable_cores();
  };
  EXPECT_EXIT(leave_with(cores_of(mask)), ::testing::ExitedWithCode(2), "");
  EXPECT_EXIT(leave_with(cores_of({mask[1]})), ::testing::ExitedWithCode(1), "");
}

TEST_F(SyntheticMachine, PinsToThoseHyperthreadsOfTheCoreThatAreInTheMask) {
  const auto mask = first_processors(2);
  if (mask.size() < 2) GTEST_SKIP() << "needs two processors";
  const auto pinned_to = [&](const std::string& machine, int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int p : mask) CPU_SET(p, &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) leave_with(100);
    pretend(machine, true);
    if (!pin_current_thread(core)) leave_with(101);
    const auto processors = first_processors(9);
    return (std::count(processors.begin(), processors.end(), mask[0]) != 0 ? 1 : 0) +
           (std::count(processors.begin(), processors.end(), mask[1]) != 0 ? 2 : 0);
  };
  const auto half = fmt::format("core:2 pu:2(indexes={},{},{},{})", mask[0], mask[1] + 1, mask[1], mask[1] + 2);
  EXPECT_EXIT(leave_with(pinned_to(half, 0)), ::testing::ExitedWithCode(1), "");
  EXPECT_EXIT(leave_with(pinned_to(half, 1)), ::testing::ExitedWithCode(2), "");
  EXPECT_EXIT(leave_with(pinned_to(half, 2)), ::testing::ExitedWithCode(1), "");  // modulo their number
  const auto whole = fmt::format("core:1 pu:2(indexes={},{})", mask[0], mask[1]);
  EXPECT_EXIT(leave_with(pinned_to(whole, 0)), ::testing::ExitedWithCode(3), "");
}

TEST(PeakMemory, GrowsWithWhatIsTouched) {
  const std::size_t before = peak_memory_bytes();
  ASSERT_GT(before, 0U);
  const std::vector<char> block(before + (64U << 20U), 'x');
  EXPECT_GE(peak_memory_bytes(), block.size());
}

}  // namespace
}  // namespace octocal
