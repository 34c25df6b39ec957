// SPDX-License-Identifier: Apache-2.0
#pragma once

/// OCTOCAL_EXPECT(condition): a precondition of the function that begins with it, as its header states it; where the
/// caller breaks it, the fault is the caller's. Debug and sanitizer builds (presets debug, asan, tsan: OCTOCAL_CHECKS is
/// defined) evaluate it and, if it is false, print file, line and condition on stderr and abort. Release builds compile
/// it, but do not evaluate it. It is no check of input: what a user or a file can get wrong is refused by an Error.
/// In source files only: an installed header would follow the user's build.
#ifdef OCTOCAL_CHECKS
#define OCTOCAL_EXPECT(...) \
  ((__VA_ARGS__) ? static_cast<void>(0) : ::octocal::precondition_failed(__FILE__, __LINE__, #__VA_ARGS__))
#else
#define OCTOCAL_EXPECT(...) static_cast<void>(sizeof(!(__VA_ARGS__)))
#endif

namespace octocal {

/// Prints "octocal: FILE:LINE: precondition does not hold: CONDITION" and aborts. Thread-safe.
[[noreturn]] void precondition_failed(const char* file, int line, const char* condition) noexcept;

}  // namespace octocal
