// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/parallel_jobs.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace octocal {
namespace {

TEST(ParallelJobs, DoesEachOnce) {
  for (const int threads : {1, 2, 7})
    for (const std::size_t jobs : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{100}}) {
      std::vector<int> done(jobs, 0);
      parallel_jobs(jobs, threads, [&](std::size_t job) { ++done[job]; });
      EXPECT_EQ(done, std::vector<int>(jobs, 1)) << threads << " threads";
    }
}

TEST(ParallelJobs, ThrowsWhatAJobThrows) {
  for (const int threads : {1, 3})
    EXPECT_THROW(parallel_jobs(20, threads,
                               [](std::size_t job) {
                                 if (job == 7) throw std::runtime_error("job 7");
                               }),
                 std::runtime_error);
}

}  // namespace
}  // namespace octocal
