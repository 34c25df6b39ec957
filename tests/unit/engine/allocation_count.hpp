// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace octocal::engine::test {

/// Counts this program's calls of operator new and delete on the calling thread from its construction on.
class AllocationCount {
 public:
  AllocationCount() noexcept;
  long calls() const noexcept;
  long not_freed() const noexcept;
  std::size_t largest() const noexcept;  ///< bytes

 private:
  long calls_before_, frees_before_;
};

}  // namespace octocal::engine::test
