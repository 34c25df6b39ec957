// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/generate_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/study/energies.hpp"
#include "octocal/study/latent_identity.hpp"
#include "octocal/study/sample_slice.hpp"

namespace octocal::study {
namespace {

constexpr std::uint64_t kUsualSeed = 1;

/// Energies as asked, random latents.
class RandomInputs final : public GenerateInputs {
 public:
  RandomInputs(const GenerateSettings& settings, const model::GeneratorInfo& info) {
    seed_ = settings.seed.value_or(kUsualSeed);
    identity_ = latent_identity(seed_, info);
    origin_ =
        settings.energy.empty() ? fmt::format("{}:{}", info.energy_min_gev, info.energy_max_gev) : settings.energy;
    energies_ = Energies::parse(origin_, seed_);
    energies_hash_ = energies_.hash_of_file();
    count_ = energies_.count();
    min_gev_ = energies_.min_gev();
    max_gev_ = energies_.max_gev();
  }

  void fill(std::size_t first, std::span<float> energy_gev, std::span<float>) override {
    energies_.fill(first, energy_gev);
  }

 private:
  Energies energies_;
};

/// Energies and latents of a file.
class KeptInputs final : public GenerateInputs {
 public:
  KeptInputs(const GenerateSettings& settings, const model::GeneratorInfo& info) : latents_(settings.latents) {
    origin_ = settings.latents;
    gives_latents_ = true;
    data::ShowerReader reader({origin_});
    if (latents_.columns() != info.latent_size)
      throw bad_input(
          fmt::format("{}: latents of {} numbers, but {} takes {}; keep latents with the same kind of model", origin_,
                      latents_.columns(), settings.model, info.latent_size));
    const auto energies = reader.energies();
    count_ = energies.size();
    const auto [least, most] = std::minmax_element(energies.begin(), energies.end());
    min_gev_ = static_cast<double>(*least);
    max_gev_ = static_cast<double>(*most);
    energies_hash_ = hash_energies(energies);
    // The noise of the file's showers is not in it, but is a function of its seed and their numbers.
    const auto seed = reader.attribute(kSeedAttribute);
    seed_ = settings.seed.value_or(seed.empty() ? kUsualSeed : number_of(kSeedAttribute, seed, origin_));
    const auto original = reader.attribute("octocal.latents");
    identity_ = original.empty() ? "file " + hash_file(origin_) : original;
    if (info.noise_size > 0) identity_ = latent_identity_with_noise(identity_, seed_);
    number_of_first_ = first_shower_of(reader.attribute(kFirstShowerAttribute), origin_);
  }

  void fill(std::size_t first, std::span<float> energy_gev, std::span<float> latents) override {
    const std::lock_guard lock(mutex_);
    const auto kept = latents_.read(first, energy_gev.size());
    std::copy(kept.energy_gev.begin(), kept.energy_gev.end(), energy_gev.begin());
    std::copy(kept.values.begin(), kept.values.end(), latents.begin());
  }

 private:
  std::mutex mutex_;
  data::LatentReader latents_;
};

}  // namespace

std::unique_ptr<GenerateInputs> GenerateInputs::open(const GenerateSettings& settings,
                                                     const model::GeneratorInfo& info) {
  if (settings.latents.empty()) return std::make_unique<RandomInputs>(settings, info);
  if (!settings.energy.empty())
    throw bad_input("`energy`: the file of `latents` has its own energies; leave out one of the two");
  return std::make_unique<KeptInputs>(settings, info);
}

}  // namespace octocal::study
