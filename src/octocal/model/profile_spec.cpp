// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/profile_spec.hpp"

#include <fmt/format.h>

#include <cmath>

namespace octocal::model {

const std::vector<float>& profile_knots() {
  static const std::vector<float> knots = {-2.3263F, -1.8808F, -1.4051F, -0.9945F, -0.5244F, 0.0F,
                                           0.5244F,  0.9945F,  1.4051F,  1.8808F,  2.3263F};
  return knots;
}

std::int64_t description_size(const AxisSizes& image) { return image.x + image.y + image.z - 1; }

std::vector<Coupling> couplings(const ProfileSpec& spec, std::int64_t numbers) {
  std::vector<Coupling> all;
  // Which half is given: one bit of the index, another one every second coupling, its halves in turn.
  const auto halves = [](std::string name, std::int64_t count, std::int64_t turn) {
    std::int64_t bits = 1;
    while ((std::int64_t{1} << bits) < count) ++bits;
    Coupling coupling{std::move(name), {}, {}};
    for (std::int64_t i = 0; i < count; ++i)
      (((i >> (turn / 2 % bits)) & 1) == turn % 2 ? coupling.given : coupling.changed).push_back(i);
    return coupling;
  };
  for (std::int64_t i = 0; i < spec.leading_couplings; ++i)
    all.push_back(halves(fmt::format("profile.lead{}", i), spec.leading, i));
  Coupling rest{"profile.rest", {}, {}};
  for (std::int64_t i = 0; i < numbers; ++i) (i < spec.leading ? rest.given : rest.changed).push_back(i);
  all.push_back(rest);
  for (std::int64_t i = 0; i < spec.mixing_couplings; ++i)
    all.push_back(halves(fmt::format("profile.mix{}", i), numbers, i));
  return all;
}

std::vector<float> helmert_axes(std::int64_t n) {
  std::vector<float> axes(static_cast<std::size_t>((n - 1) * n), 0.0F);
  for (std::int64_t i = 1; i < n; ++i) {
    const double norm = std::sqrt(static_cast<double>(i * (i + 1)));
    for (std::int64_t j = 0; j < i; ++j) axes[static_cast<std::size_t>((i - 1) * n + j)] = static_cast<float>(1 / norm);
    axes[static_cast<std::size_t>((i - 1) * n + i)] = static_cast<float>(-static_cast<double>(i) / norm);
  }
  return axes;
}

std::vector<std::pair<std::string, Shape>> profile_parameters(const ProfileSpec& spec, const AxisSizes& image) {
  const auto numbers = description_size(image);
  const auto knots = static_cast<std::int64_t>(profile_knots().size());
  std::vector<std::pair<std::string, Shape>> all = {{"profile.centre", {1}}, {"profile.half_range", {1}}};
  for (const auto& coupling : couplings(spec, numbers)) {
    const auto given = static_cast<std::int64_t>(coupling.given.size());
    const auto changed = static_cast<std::int64_t>(coupling.changed.size());
    const std::int64_t inputs[] = {given + 1, spec.hidden, spec.hidden};
    const std::int64_t outputs[] = {spec.hidden, spec.hidden, 2 * changed};
    const char* layers[] = {".hidden1", ".hidden2", ".output"};
    for (int i = 0; i < 3; ++i) {
      all.push_back({coupling.name + layers[i] + ".weight", {outputs[i], inputs[i]}});
      all.push_back({coupling.name + layers[i] + ".bias", {outputs[i]}});
    }
  }
  for (const char* function : {"profile.outer", "profile.inner"}) {
    all.push_back({std::string(function) + ".offset", {numbers}});
    all.push_back({std::string(function) + ".slope", {numbers}});
    all.push_back({std::string(function) + ".bends", {numbers, knots}});
  }
  all.push_back({"profile.axes", {numbers, numbers}});
  all.push_back({"profile.mean", {numbers}});
  all.push_back({"profile.trend", {kEnergyTerms, numbers}});
  all.push_back({"output.lift", {1}});
  all.push_back({"output.map", {image.z, image.x, image.y}});
  return all;
}

}  // namespace octocal::model
