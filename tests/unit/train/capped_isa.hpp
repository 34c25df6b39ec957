// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <string>
#include <vector>

#include "octocal/base/machine.hpp"

namespace octocal::train {

/// machine_isa() is at most this while the object lives.
class CappedIsa {
 public:
  explicit CappedIsa(Isa isa) {
    const char* before = std::getenv("OCTOCAL_ISA");
    before_ = before == nullptr ? "" : before;  // empty is as good as absent
    setenv("OCTOCAL_ISA", isa_name(isa), 1);
  }
  ~CappedIsa() { setenv("OCTOCAL_ISA", before_.c_str(), 1); }
  CappedIsa(const CappedIsa&) = delete;
  CappedIsa& operator=(const CappedIsa&) = delete;

 private:
  std::string before_;
};

/// Every instruction set that this machine has (within OCTOCAL_ISA), lowest first.
inline std::vector<Isa> usable_isas() {
  std::vector<Isa> usable;
  for (int isa = 0; isa <= static_cast<int>(machine_isa()); ++isa) usable.push_back(static_cast<Isa>(isa));
  return usable;
}

}  // namespace octocal::train
