// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace octocal::bench {

/// Something that is timed.
struct Contestant {
  std::string name;
  std::function<void()> run;
};

/// Quartiles of seconds a run.
struct Quartiles {
  double low, median, high;
};

/// Runs all contestants `warm_up` times and then in turns (a b c a b c ...) `rounds` times, so that a machine that
/// slows down does so for all of them.
std::vector<Quartiles> time_in_turns(const std::vector<Contestant>& contestants, int warm_up, int rounds);

}  // namespace octocal::bench
