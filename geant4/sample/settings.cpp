// SPDX-License-Identifier: Apache-2.0
#include "sample/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"

namespace octocal::geant4 {

std::vector<SamplePart> parts_of(const SampleSettings& settings) {
  if (settings.per_file == 0) return {{settings.output, settings.first_event, settings.events}};
  const std::filesystem::path output = settings.output;
  const auto end = settings.first_event + settings.events;
  std::vector<SamplePart> parts;
  for (auto first = settings.first_event; first < end;) {
    const auto number = first / settings.per_file;
    const auto next = std::min(end, (number + 1) * settings.per_file);
    const auto name = fmt::format("{}_{:03}{}", output.stem().string(), number, output.extension().string());
    parts.push_back({(output.parent_path() / name).string(), first, next - first});
    first = next;
  }
  return parts;
}

std::string recipe_of(const SampleSettings& s, const SamplePart& part) {
  std::string text = fmt::format(
      "first_event = {}\nevents = {}\nseed = {}\nparticle = \"{}\"\nenergy_gev = [{}, {}]\npolar_deg = {}\n"
      "azimuth_deg = {}\nphysics = \"{}\"\ncut_mm = {}\ncommands = [{}]\n",
      part.first_event, part.events, s.seed, s.particle, s.energy_min_gev, s.energy_max_gev, s.polar_deg, s.azimuth_deg,
      s.physics, s.cut_mm, s.commands.empty() ? "" : fmt::format("\"{}\"", fmt::join(s.commands, "\", \"")));
  if (!s.fast_model.empty()) text += fmt::format("fast_model_hash = \"{}\"\n", hash_file(s.fast_model));
  return text + "\n" + calorimeter_text(s.calorimeter);
}

}  // namespace octocal::geant4
