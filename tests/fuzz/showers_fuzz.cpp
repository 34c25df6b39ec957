// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) {
  const TemporaryFile file(bytes);
  data::ShowerReader reader({file.name()});
  for (const auto& name : reader.attribute_names()) reader.attribute(name);
  constexpr std::size_t kMostRead = 1000;  // the rest is read in the same way
  data::ShowerBatch batch;
  for (std::size_t read = 0; read < kMostRead && reader.next(batch, 16); read += batch.size()) {
  }
  data::read_latents(file.name(), 0, kMostRead);
}

}  // namespace octocal::fuzz
