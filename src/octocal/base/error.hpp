// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>
#include <string>

namespace octocal {

/// What kind of failure an Error tells of; it decides the program's exit code.
enum class ErrorCode {
  kBadInput,     ///< the command line or an input file is wrong: exit code 2
  kFailed,       ///< the run failed for another reason: exit code 1
  kInterrupted,  ///< the user interrupted the run (Ctrl-C): exit code 130
};

/// The one exception of octocal. The message is one sentence of the form "problem (why); what to do" that names the
/// file, the layer or the option, and what was expected and found. Thrown at set-up and I/O, never in a hot path.
class Error : public std::runtime_error {
 public:
  /// `message`: as above.
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const noexcept { return code_; }  ///< what kind of failure

  /// The program's exit code: 2, 1 or 130.
  int exit_code() const noexcept {
    return code_ == ErrorCode::kBadInput ? 2 : code_ == ErrorCode::kInterrupted ? 130 : 1;
  }

 private:
  ErrorCode code_;
};

/// An Error for a wrong command line or input file (exit code 2).
inline Error bad_input(const std::string& message) { return Error(ErrorCode::kBadInput, message); }

/// An Error for a run that failed though its input was right (exit code 1).
inline Error run_failed(const std::string& message) { return Error(ErrorCode::kFailed, message); }

}  // namespace octocal
