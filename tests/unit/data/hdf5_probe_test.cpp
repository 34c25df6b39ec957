// SPDX-License-Identifier: Apache-2.0
// A child process looks into a file first: whatever becomes of it, this process goes on and says a sentence.
#include "octocal/data/internal/hdf5_probe.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <new>
#include <stdexcept>
#include <thread>

#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_handle.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::data::hdf5 {
namespace {

class Hdf5Probe : public ::testing::Test {
 protected:
  /// What probing says if looking does this.
  std::string refusal(const std::function<void()>& look, int exit_code = 2) const {
    std::ofstream(file_) << "a file";
    const Lock lock;
    try {
      probe(file_, look, 1);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), exit_code);
      return error.what();
    }
    return "";
  }
  const octocal::test::TemporaryFolder folder_;
  const std::string file_ = folder_.file("a.h5");
};

TEST_F(Hdf5Probe, SurvivesTheDeathOfTheChild) {
  const auto dead = file_ + ": is damaged (the HDF5 library crashed while it looked into it); copy or make it again";
  EXPECT_EQ(refusal([] { ::raise(SIGSEGV); }), dead);
  EXPECT_EQ(refusal([] { ::raise(SIGABRT); }), dead);
  EXPECT_EQ(refusal([] { ::_exit(0); }), dead);
}

TEST_F(Hdf5Probe, EndsALoopThatIgnoresSignals) {
  const auto said = refusal([] {
    ::signal(SIGTERM, SIG_IGN);
    for (std::atomic<unsigned> turns{0};;) ++turns;
  });
  // In 1 s of processor time; where that is not to be had in 20 s it is killed.
  EXPECT_NE(said.find("did not come to an end"), std::string::npos) << said;
}

TEST_F(Hdf5Probe, RefusesToGiveMemoryForDamagedSizes) {
  EXPECT_NE(refusal([] { throw std::bad_alloc(); }).find("asks for more memory than a file of 6 bytes"),
            std::string::npos);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const auto ask_for_much = [] {
    std::vector<char> much(std::size_t{3} << 30U);
    volatile char* first = much.data();  // touched, or Clang leaves the memory out
    *first = 1;
  };
  EXPECT_NE(refusal(ask_for_much).find("asks for more memory"), std::string::npos);
#endif
}

TEST_F(Hdf5Probe, PassesErrorsOnAsTheyAre) {
  EXPECT_EQ(refusal([] { throw bad_input("a.h5: wrong; mend it"); }), "a.h5: wrong; mend it");
  EXPECT_EQ(refusal([] { throw run_failed("no disk; buy one"); }, 1), "no disk; buy one");
  EXPECT_EQ(refusal([] { probe_goes_on(), probe_goes_on(), throw bad_input("after a while; wait"); }),
            "after a while; wait");
}

TEST_F(Hdf5Probe, LooksAgainOnlyWhereTheFileHasChanged) {
  std::ofstream(file_) << "right";
  const Lock lock;
  probe(file_, [] {});
  probe(file_, [] { throw bad_input("looked again"); });
  std::ofstream(file_) << "changed in size";
  EXPECT_THROW(probe(file_, [] { throw bad_input("looked again"); }), Error);
}

TEST_F(Hdf5Probe, MayBeCalledWhileOtherThreadsAskForMemory) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer's memory of GCC 12 may be locked by another thread for ever in a child";
#endif
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) std::vector<char>(100'000, 'x');
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(refusal([] { std::vector<char>(100'000, 'x'); }), "");
  stop = true;
  other.join();
}

}  // namespace
}  // namespace octocal::data::hdf5
