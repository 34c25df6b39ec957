// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cfenv>

namespace octocal::engine {

/// While it lives, the calling thread rounds to nearest, keeps subnormal numbers and traps nothing, whatever its
/// program has set (Geant4 can trap, a library built with -ffast-math flushes to zero); then all is put back.
class DefaultFloatModes {
 public:
  DefaultFloatModes() noexcept {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatModes() { std::fesetenv(&before_); }
  DefaultFloatModes(const DefaultFloatModes&) = delete;
  DefaultFloatModes& operator=(const DefaultFloatModes&) = delete;

 private:
  std::fenv_t before_{};
};

}  // namespace octocal::engine
