// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace octocal::ranks {

/// The processes that work on one job together: those that mpirun started, or this one alone. Every function but rank()
/// and size() is a meeting: all ranks call the same ones in the same order, and none returns before all have called it.
/// One thread of a process at a time.
class Ranks {
 public:
  virtual ~Ranks() = default;

  virtual int rank() const noexcept = 0;               ///< of this process, 0 .. size() - 1
  virtual int size() const noexcept = 0;               ///< how many there are
  bool first() const noexcept { return rank() == 0; }  ///< the one that writes
  bool alone() const noexcept { return size() == 1; }  ///< no other process works on the job

  /// Runs body, which holds no meeting, in every rank. If it throws an Error or std::exception in any, all of them throw
  /// the Error of the lowest such rank, which says of which rank it is unless that is 0.
  void agree(const std::function<void()>& body);

  /// The text that rank 0 gives, in every rank.
  std::string told(const std::string& text);

  /// The bytes of rank 0, in every rank: as many everywhere.
  virtual void broadcast(std::span<std::byte> bytes) = 0;

  /// The sum of one number of each rank, added in the order of the ranks: the same bits everywhere.
  virtual double sum(double here) = 0;

  /// Begins to add up float32 numbers of all ranks in place, as many everywhere, and returns at once: every rank begins
  /// the same sums in the same order. The numbers stay where they are until finish_sums() and are not touched.
  virtual void begin_sum(std::span<float> numbers) = 0;
  /// No meeting: lets sums that have begun go on.
  virtual void go_on() = 0;
  /// Waits until all sums that have begun are done.
  virtual void finish_sums() = 0;

  /// Ends all ranks at once with this exit code, also those that wait in a meeting.
  [[noreturn]] virtual void end_all(int exit_code) = 0;

  /// Whether the exception that is on its way is one that all ranks throw (agree).
  bool agreed() const noexcept { return agreed_; }

 protected:
  /// The lowest rank that says true, or -1.
  virtual int lowest(bool here) = 0;
  /// As broadcast, of what `rank` has.
  virtual void broadcast_of(int rank, std::span<std::byte> bytes) = 0;

 private:
  std::string told_by(int rank, const std::string& text);
  bool agreed_ = false;
};

/// The ranks of this process's job. The first call, by all ranks, starts MPI where mpirun or srun started the process;
/// a build without MPI warns then that each process does all of the work.
Ranks& world();

/// Rank 0 of 1, whatever started this process.
Ranks& alone();

/// Runs a job of several ranks: what is thrown behind a meeting ends all ranks. Errors that all ranks agree on are told
/// by rank 0 alone and thrown; another one is told by the rank that has it.
void run_together(const std::function<void(Ranks&)>& job);

/// Lives in main: mutes the log of all ranks but the first, and ends MPI.
class Session {
 public:
  Session();
  ~Session();  // NOLINT(performance-trivially-destructible): with MPI it ends that
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

/// What started this process says that it is this rank, -1 if nothing did (environment of mpirun, srun --mpi=pmix).
int launched_rank() noexcept;

}  // namespace octocal::ranks
