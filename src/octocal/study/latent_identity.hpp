// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "octocal/model/generator_info.hpp"

namespace octocal::study {

/// Which latents a model is given, shower by shower: two samples with the same text and the same energies were made from
/// the same ones, and are compared cell by cell. Stands in generated files as octocal.latents; old files are read, so
/// the text never changes: "seed 7, paper, 200 numbers".
std::string latent_identity(std::uint64_t seed, const model::GeneratorInfo& info);

/// The identity where a model draws cells by noise of `noise_seed`: the same text if the latents are of that seed, too,
/// else "seed 7, sphere, 74 numbers, noise of seed 9". What the text says of noise already is replaced.
std::string latent_identity_with_noise(const std::string& identity, std::uint64_t noise_seed);

/// The identity of a sample's part that begins `showers` further on: "seed 7, paper, 200 numbers, from shower 300 on".
std::string latent_identity_from(const std::string& identity, std::uint64_t showers);

/// The identity of the sample whose part this is.
std::string whole_latent_identity(const std::string& identity);

}  // namespace octocal::study
