// SPDX-License-Identifier: Apache-2.0
#include "training/turns.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace octocal::bench {
namespace {

double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

std::vector<Quartiles> time_in_turns(const std::vector<Contestant>& contestants, int warm_up, int rounds) {
  std::vector<std::vector<double>> times(contestants.size());
  for (int round = -warm_up; round < rounds; ++round)
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      const double seconds = seconds_of(contestants[i].run);
      if (round >= 0) times[i].push_back(seconds);
    }
  std::vector<Quartiles> quartiles;
  for (auto& own : times) {
    std::sort(own.begin(), own.end());
    const auto at = [&own](double share) {
      return own[static_cast<std::size_t>(share * static_cast<double>(own.size() - 1) + 0.5)];
    };
    quartiles.push_back({at(0.25), at(0.5), at(0.75)});
  }
  return quartiles;
}

}  // namespace octocal::bench
