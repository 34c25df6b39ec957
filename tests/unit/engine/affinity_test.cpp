// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/affinity.hpp"

#include <dirent.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/engine/runtime/stream_pool.hpp"
#include "unit/engine/graph_making.hpp"

namespace octocal::engine::test {
namespace {

/// Numbers of the processors that a thread may run on (0: the caller).
std::vector<int> processors_of(int thread) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (::sched_getaffinity(thread, sizeof mask, &mask) != 0) return {};
  std::vector<int> processors;
  for (int p = 0; p < CPU_SETSIZE; ++p)
    if (CPU_ISSET(p, &mask)) processors.push_back(p);
  return processors;
}

/// The affinity of every thread of this process, as the kernel has it.
std::map<int, std::vector<int>> all_threads() {
  std::map<int, std::vector<int>> threads;
  DIR* folder = ::opendir("/proc/self/task");
  while (const dirent* entry = ::readdir(folder))
    if (const int id = std::atoi(entry->d_name); id > 0) threads[id] = processors_of(id);
  ::closedir(folder);
  return threads;
}

std::shared_ptr<const Program> small_program() {
  GraphMaker make(1);
  make.output(make.node("Relu", {make.input("x", {4})}));
  return Program::compile(make.graph());
}

/// The processors that each worker of a pool may use: as many jobs as workers, none of which ends before all began.
std::vector<std::vector<int>> processors_of_workers(StreamPool& pool) {
  const auto workers = static_cast<std::size_t>(pool.size());
  std::vector<std::vector<int>> processors(workers);
  std::mutex mutex;
  std::condition_variable all_there;
  std::size_t there = 0;
  pool.run(workers, [&](Stream&, std::size_t worker, std::size_t) {
    std::unique_lock lock(mutex);
    processors[worker] = processors_of(0);
    ++there;
    all_there.notify_all();
    all_there.wait(lock, [&] { return there == workers; });
  });
  return processors;
}

TEST(CoreOfStream, IsTheNextOneOrEvenlySpaced) {
  const auto cores_of = [](Affinity affinity, int streams, int cores) {
    std::vector<int> result;
    for (int s = 0; s < streams; ++s) result.push_back(core_of_stream(affinity, s, streams, cores));
    return result;
  };
  EXPECT_EQ(cores_of(Affinity::kNone, 3, 8), (std::vector<int>{-1, -1, -1}));
  EXPECT_EQ(cores_of(Affinity::kCompact, 3, 8), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(cores_of(Affinity::kCompact, 5, 2), (std::vector<int>{0, 1, 0, 1, 0}));
  EXPECT_EQ(cores_of(Affinity::kSpread, 2, 8), (std::vector<int>{0, 4}));
  EXPECT_EQ(cores_of(Affinity::kSpread, 3, 8), (std::vector<int>{0, 2, 5}));
  EXPECT_EQ(cores_of(Affinity::kSpread, 8, 8), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(cores_of(Affinity::kSpread, 5, 2), (std::vector<int>{0, 0, 0, 1, 1}));
}

TEST(Affinity, HasNamesThatAreReadBackAndNoOthers) {
  for (const auto affinity : {Affinity::kNone, Affinity::kCompact, Affinity::kSpread})
    EXPECT_EQ(affinity_from(name_of(affinity)), affinity);
  EXPECT_THROW(affinity_from("close"), Error);
  EXPECT_THROW(affinity_from(""), Error);
}

TEST(Affinity, OfAProgramIsCompactOnlyWhereItTakesAllItsCores) {
  const int cores = usable_cores();
  EXPECT_EQ(affinity_of_program(cores), cores > 1 ? Affinity::kCompact : Affinity::kNone);
  EXPECT_EQ(affinity_of_program(cores + 1), Affinity::kNone);
  EXPECT_EQ(affinity_of_program(1), Affinity::kNone);
}

TEST(StreamPool, OfOneStreamWorksInTheCallersThreadAndLeavesItsAffinityAlone) {
  const auto program = small_program();
  const auto before = all_threads();
  // As many callers as two workers of a Geant4 job: each with a pool of its own.
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 2; ++caller)
    callers.emplace_back([&] {
      const auto mine = processors_of(0);
      for (const auto affinity : {Affinity::kNone, Affinity::kCompact, Affinity::kSpread}) {
        StreamPool pool(program, 1, affinity);
        std::vector<std::thread::id> ran_in;
        pool.run(3, [&](Stream&, std::size_t worker, std::size_t job) {
          EXPECT_EQ(worker, 0U);
          EXPECT_EQ(job, ran_in.size());
          ran_in.push_back(std::this_thread::get_id());
          EXPECT_EQ(processors_of(0), mine);
        });
        EXPECT_EQ(ran_in, (std::vector<std::thread::id>(3, std::this_thread::get_id())));
      }
      EXPECT_EQ(processors_of(0), mine);
    });
  for (auto& caller : callers) caller.join();
#if defined(__SANITIZE_THREAD__)
  static_cast<void>(before);  // it starts a thread of its own
#else
  EXPECT_EQ(all_threads(), before);
#endif
}

TEST(StreamPool, OfSeveralStreamsIsNotPinnedUnlessAsked) {
  const auto mine = processors_of(0);
  StreamPool pool(small_program(), 3, Affinity::kNone);
  EXPECT_EQ(processors_of_workers(pool), (std::vector<std::vector<int>>(3, mine)));
}

TEST(StreamPool, PinsStreamsToTheCoresOfItsAffinity) {
  const int cores = usable_cores();
  std::vector<std::vector<int>> of_core(static_cast<std::size_t>(cores));
  bool refused = false;
  for (int core = 0; core < cores; ++core)
    std::thread([&] {
      refused |= !pin_current_thread(core);
      of_core[static_cast<std::size_t>(core)] = processors_of(0);
    }).join();
  if (refused) GTEST_SKIP() << "the system lets nobody pin threads";
  const auto mine = processors_of(0);
  for (const auto affinity : {Affinity::kCompact, Affinity::kSpread})
    for (const int streams : {2, cores + 1}) {
      StreamPool pool(small_program(), streams, affinity);
      const auto processors = processors_of_workers(pool);
      for (int s = 0; s < streams; ++s) {
        const auto core = static_cast<std::size_t>(core_of_stream(affinity, s, streams, cores));
        EXPECT_EQ(processors[static_cast<std::size_t>(s)], of_core[core]) << name_of(affinity) << " stream " << s;
      }
      EXPECT_EQ(processors_of(0), mine);
    }
}

TEST(StreamPool, RunsCallsOfSeveralThreadsOneAfterTheOther) {
  for (const int streams : {1, 3}) {
    StreamPool pool(small_program(), streams, Affinity::kNone);
    constexpr std::size_t kCallers = 4, kCalls = 50, kJobs = 7;
    std::vector<std::vector<int>> done(kCallers, std::vector<int>(kJobs, 0));
    std::vector<int> uses(static_cast<std::size_t>(streams), 0);  // ThreadSanitizer: a stream has one user at a time
    std::vector<std::thread> callers;
    for (std::size_t caller = 0; caller < kCallers; ++caller)
      callers.emplace_back([&, caller] {
        for (std::size_t call = 0; call < kCalls; ++call)
          pool.run(kJobs, [&](Stream&, std::size_t worker, std::size_t job) {
            ++uses[worker];
            ++done[caller][job];
          });
      });
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(done, (std::vector<std::vector<int>>(kCallers, std::vector<int>(kJobs, kCalls))));
    int all = 0;
    for (const int n : uses) all += n;
    EXPECT_EQ(all, static_cast<int>(kCallers * kCalls * kJobs));
  }
}

}  // namespace
}  // namespace octocal::engine::test
