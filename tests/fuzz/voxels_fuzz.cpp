// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <vector>

#include "fuzz/fuzz_target.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/voxel_reader.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) {
  const TemporaryFile file(bytes);
  constexpr std::size_t kMostRows = 1000;  // the rest is read in the same way
  if (data::is_voxel_file(file.name())) {
    data::VoxelReader reader(file.name(), {"electron", 11, 3, 4, 2});
    data::VoxelBatch batch;
    for (std::size_t read = 0; read < kMostRows && reader.next(batch, 16); read += batch.size()) {
    }
    return;
  }
  const data::ShowerReader reader({file.name()});
  std::vector<std::int8_t> rests;
  data::MevRestReader(file.name()).read(0, std::min(kMostRows, reader.size()), rests);
}

}  // namespace octocal::fuzz
