// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace octocal {

/// How much goes to stderr: errors always; kNormal adds warnings and progress, kVerbose what the program does.
enum class Verbosity { kQuiet, kNormal, kVerbose };

/// For the whole process; kNormal at first. Thread-safe.
void set_verbosity(Verbosity verbosity);
Verbosity verbosity() noexcept;

/// One line on stderr, prefixed "octocal: ". Thread-safe.
void log_error(const std::string& message);
void log_warning(const std::string& message);  ///< shown from kNormal on, behind "warning: "
/// The same, but of all warnings with one key the process shows only the first: what is wrong with a file is told once,
/// however often it is opened. Without a key the message is its own.
void log_warning_once(const std::string& key, const std::string& message);
void log_warning_once(const std::string& message);
void log_info(const std::string& message);     ///< shown from kNormal on
void log_verbose(const std::string& message);  ///< shown at kVerbose

}  // namespace octocal
