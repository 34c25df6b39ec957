// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "octocal/ranks/ranks.hpp"

namespace octocal::ranks {
namespace {

class AloneRanks final : public Ranks {
 public:
  int rank() const noexcept override { return 0; }
  int size() const noexcept override { return 1; }
  void broadcast(std::span<std::byte>) override {}
  double sum(double here) override { return here; }
  void begin_sum(std::span<float>) override {}
  void go_on() override {}
  void finish_sums() override {}
  [[noreturn]] void end_all(int exit_code) override { std::exit(exit_code); }

 protected:
  int lowest(bool here) override { return here ? 0 : -1; }
  void broadcast_of(int, std::span<std::byte>) override {}
};

}  // namespace

Ranks& alone() {
  static AloneRanks ranks;
  return ranks;
}

}  // namespace octocal::ranks
