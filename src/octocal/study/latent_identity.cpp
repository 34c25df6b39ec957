// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/latent_identity.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "octocal/model/latent.hpp"

namespace octocal::study {
namespace {

constexpr std::string_view kFromShower = ", from shower ";
constexpr std::string_view kOn = " on";
constexpr std::string_view kNoise = ", noise of seed ";

/// Where the part begins, and how long the text is without saying so.
struct PartIdentity {
  std::uint64_t first = 0;
  std::size_t whole_length = 0;
};

PartIdentity part_of(const std::string& identity) {
  const auto from = identity.rfind(kFromShower);
  if (from == std::string::npos || !identity.ends_with(kOn)) return {0, identity.size()};
  const char* const begin = identity.data() + from + kFromShower.size();
  const char* const end = identity.data() + identity.size() - kOn.size();
  std::uint64_t first = 0;
  const auto [next, error] = std::from_chars(begin, end, first);
  return error == std::errc() && next == end ? PartIdentity{first, from} : PartIdentity{0, identity.size()};
}

}  // namespace

std::string latent_identity(std::uint64_t seed, const model::GeneratorInfo& info) {
  return fmt::format("seed {}, {}, {} numbers", seed, model::name_of(info.latent), info.latent_size);
}

std::string latent_identity_with_noise(const std::string& identity, std::uint64_t noise_seed) {
  const auto part = part_of(identity);
  auto whole = identity.substr(0, part.whole_length);
  whole = whole.substr(0, whole.rfind(kNoise));
  if (!whole.starts_with(fmt::format("seed {},", noise_seed))) whole += fmt::format("{}{}", kNoise, noise_seed);
  return latent_identity_from(whole, part.first);
}

std::string latent_identity_from(const std::string& identity, std::uint64_t showers) {
  const auto part = part_of(identity);
  const auto whole = identity.substr(0, part.whole_length);
  const auto first = part.first + showers;
  return first == 0 ? whole : fmt::format("{}{}{}{}", whole, kFromShower, first, kOn);
}

std::string whole_latent_identity(const std::string& identity) {
  return identity.substr(0, part_of(identity).whole_length);
}

}  // namespace octocal::study
