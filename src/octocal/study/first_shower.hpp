// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <map>
#include <string>

namespace octocal::study {

/// What stands between a file and its first shower, in this order: the file read, parsed and checked; the program
/// compiled (weights packed, machine code made); a stream's memory made and bound, for the usual batch; one shower computed.
inline constexpr std::array<const char*, 4> kFirstShowerParts = {"load", "compile", "stream", "first_shower"};

/// Seconds of each of kFirstShowerParts, and of all together.
struct FirstShowerTimes {
  std::array<double, 4> wall{};       ///< s
  std::array<double, 4> processor{};  ///< s
  /// s
  double total_wall() const noexcept { return wall[0] + wall[1] + wall[2] + wall[3]; }
  /// s
  double total_processor() const noexcept { return processor[0] + processor[1] + processor[2] + processor[3]; }
};

/// Makes the first shower of a model in a child process, as a process that has just started would: nothing of oneDNN
/// and the model is ready. Time before main() is not in it. So that the child starts fresh the calling process must not
/// have compiled a program yet. Errors: bad_input for a model that cannot be read or run; run_failed if there is no child.
FirstShowerTimes time_first_shower(const std::string& file, const std::map<std::string, std::string>& model_info);

}  // namespace octocal::study
