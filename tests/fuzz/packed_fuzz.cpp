// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "fuzz/fuzz_target.hpp"
#include "octocal/data/packed_showers.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) {
  const TemporaryFile file(bytes);
  data::PackedReader reader(file.name());
  std::vector<float> cells(reader.geometry().cells());
  for (std::size_t shower = 0; shower < reader.size(); ++shower) reader.read(shower, 1, cells);
}

}  // namespace octocal::fuzz
