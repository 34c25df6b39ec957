// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"
#include "octocal/train/checkpoint.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) {
  const TemporaryFile file(bytes);
  train::read_checkpoint(file.name());
}

}  // namespace octocal::fuzz
