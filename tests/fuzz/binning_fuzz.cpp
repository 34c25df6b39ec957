// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"
#include "octocal/data/cylinder_binning.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) {
  const TemporaryFile file(bytes);
  data::read_binning(file.name());
}

}  // namespace octocal::fuzz
