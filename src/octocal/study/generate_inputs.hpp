// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "octocal/base/random.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/study/generate_to_file.hpp"

namespace octocal::study {

/// Where the energies and the generator's inputs of `generate` come from, block by block. Thread-safe behind open().
class GenerateInputs {
 public:
  virtual ~GenerateInputs() = default;

  /// As the settings say. Errors: bad_input.
  static std::unique_ptr<GenerateInputs> open(const GenerateSettings& settings, const model::GeneratorInfo& info);

  /// The least energy, GeV.
  double min_gev() const noexcept { return min_gev_; }
  /// The largest energy, GeV.
  double max_gev() const noexcept { return max_gev_; }
  /// Where the energies come from, as GenerateSettings::energy would say it, or the file of latents.
  const std::string& origin() const noexcept { return origin_; }
  /// Hash of all energies of the file that gives them; "" if numbers do.
  const std::string& energies_hash() const noexcept { return energies_hash_; }
  /// Of latents, noise and drawn energies.
  std::uint64_t seed() const noexcept { return seed_; }
  /// How many showers there are, if that is settled.
  std::optional<std::size_t> count() const noexcept { return count_; }
  /// See latent_identity(): of a sample that begins with shower 0 of these inputs.
  const std::string& identity() const noexcept { return identity_; }
  /// Whether fill() gives latents; else they are random.
  bool gives_latents() const noexcept { return gives_latents_; }
  /// The number that shower `row` of these inputs has in its seed: which random numbers it gets.
  ShowerNumber number(std::size_t row) const noexcept { return number_of_first_ + row; }

  /// Energies of showers first, first + 1, ..., and if gives_latents() their latents (n, L).
  virtual void fill(std::size_t first, std::span<float> energy_gev, std::span<float> latents) = 0;

 protected:
  std::string origin_;                 ///< see origin()
  std::string identity_;               ///< see identity()
  std::string energies_hash_;          ///< see energies_hash()
  std::uint64_t seed_ = 0;             ///< see seed()
  std::optional<std::size_t> count_;   ///< see count()
  double min_gev_ = 0;                 ///< see min_gev()
  double max_gev_ = 0;                 ///< see max_gev()
  bool gives_latents_ = false;         ///< see gives_latents()
  std::uint64_t number_of_first_ = 0;  ///< the number that shower 0 of these inputs has
};

}  // namespace octocal::study
