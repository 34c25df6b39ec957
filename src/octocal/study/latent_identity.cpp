// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/latent_identity.hpp"

#include <fmt/format.h>

#include "octocal/model/latent.hpp"

namespace octocal::study {

std::string latent_identity(std::uint64_t seed, const model::GeneratorInfo& info) {
  return fmt::format("seed {}, {}, {} numbers", seed, model::name_of(info.latent), info.latent_size);
}

}  // namespace octocal::study
