// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"
#include "octocal/physics/limits.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) { physics::parse_limits(bytes, "limits.json"); }

}  // namespace octocal::fuzz
