// SPDX-License-Identifier: Apache-2.0
#include <mpi.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <vector>

#include "octocal/base/mute_log.hpp"
#include "octocal/ranks/ranks.hpp"

namespace octocal::ranks {
namespace {

constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // MPI counts in int

class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    if (launched_rank() < 0) return;  // alone: to start MPI would take longer than most runs
    int given = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &given);
    started_ = true;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }

  void finish() {
    if (started_) MPI_Finalize();
    started_ = false;
  }

  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return size_; }
  void broadcast(std::span<std::byte> bytes) override { broadcast_of(0, bytes); }

  double sum(double here) override {
    if (alone()) return here;
    std::vector<double> all(static_cast<std::size_t>(size_));
    MPI_Allgather(&here, 1, MPI_DOUBLE, all.data(), 1, MPI_DOUBLE, MPI_COMM_WORLD);
    double sum = 0;
    for (const double number : all) sum += number;
    return sum;
  }

  void begin_sum(std::span<float> numbers) override {
    if (alone()) return;
    for (std::size_t done = 0; done < numbers.size(); done += kMostAtOnce) {
      const auto part = numbers.subspan(done, std::min(kMostAtOnce, numbers.size() - done));
      requests_.push_back(MPI_REQUEST_NULL);
      MPI_Iallreduce(MPI_IN_PLACE, part.data(), static_cast<int>(part.size()), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD,
                     &requests_.back());
    }
  }

  void go_on() override {
    int done = 0;
    if (!requests_.empty())
      MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, MPI_STATUSES_IGNORE);
  }

  void finish_sums() override {
    if (requests_.empty()) return;
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    requests_.clear();
  }

  [[noreturn]] void end_all(int exit_code) override {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::abort();
  }

 protected:
  int lowest(bool here) override {
    constexpr int kNone = std::numeric_limits<int>::max();
    const int mine = here ? rank_ : kNone;
    int least = kNone;
    MPI_Allreduce(&mine, &least, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return least == kNone ? -1 : least;
  }

  void broadcast_of(int rank, std::span<std::byte> bytes) override {
    if (alone()) return;
    for (std::size_t done = 0; done < bytes.size(); done += kMostAtOnce) {
      const auto part = bytes.subspan(done, std::min(kMostAtOnce, bytes.size() - done));
      MPI_Bcast(part.data(), static_cast<int>(part.size()), MPI_BYTE, rank, MPI_COMM_WORLD);
    }
  }

 private:
  bool started_ = false;
  int rank_ = 0, size_ = 1;
  std::vector<MPI_Request> requests_;
};

std::unique_ptr<MpiRanks>& the_ranks() {
  static std::unique_ptr<MpiRanks> ranks;
  return ranks;
}

}  // namespace

Ranks& world() {
  auto& ranks = the_ranks();
  if (!ranks) ranks = std::make_unique<MpiRanks>();
  return *ranks;
}

Session::Session() {
  if (launched_rank() > 0) mute_log(true);
}

Session::~Session() {
  if (auto& ranks = the_ranks()) ranks->finish();
}

}  // namespace octocal::ranks
