// SPDX-License-Identifier: Apache-2.0
// octocal-sample: training and test samples from Geant4 (geant4/README.md).
#include <fmt/format.h>

#include <limits>
#include <memory>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/base/run_program.hpp"
#include "octocal/command_line/command.hpp"
#include "sample/make_sample.hpp"

namespace octocal::geant4 {
namespace {

constexpr const char* kExamples =
    "  octocal-sample --events 7000 --per-file 1000 --threads 8 -o electrons.h5    (again after a kill: makes what is "
    "missing)\n"
    "  octocal-sample --calorimeter mine.toml --energy 10:100 --physics opt4 --cut 0.1 --events 1000 -o mine.h5\n"
    "  octocal-sample --fast models/cells-int8.onnx --events 1000 -o fast.h5       (the same application, octocal's "
    "showers)";

/// "100:500" or "50".
void read_energies(const std::string& text, SampleSettings& settings) {
  const auto colon = text.find(':');
  try {
    std::size_t used = 0;
    settings.energy_min_gev = std::stod(text, &used);
    if (used != (colon == std::string::npos ? text.size() : colon)) throw std::invalid_argument(text);
    settings.energy_max_gev =
        colon == std::string::npos ? settings.energy_min_gev : std::stod(text.substr(colon + 1), &used);
    if (colon != std::string::npos && colon + 1 + used != text.size()) throw std::invalid_argument(text);
  } catch (const std::logic_error&) {
    throw bad_input(
        fmt::format("--energy {}: expected GeV or LOW:HIGH, such as 100:500; see octocal-sample --help", text));
  }
  if (!(settings.energy_min_gev > 0 && settings.energy_max_gev >= settings.energy_min_gev &&
        settings.energy_max_gev <= 1e5))
    throw bad_input(fmt::format("--energy {}: expected 0 < LOW <= HIGH <= 100000; see octocal-sample --help", text));
}

std::function<void()> define(command_line::App& app) {
  struct Texts {
    SampleSettings settings;
    std::string energy = "100:500", calorimeter;
  };
  auto texts = std::make_shared<Texts>();
  auto& s = texts->settings;
  app.add_input("--calorimeter", texts->calorimeter,
                "Layers, materials and cells (TOML); without it, those of data/electrons_000.h5");
  app.add_option("--particle", s.particle, "Geant4's name of the primary")->capture_default_str();
  app.add_option("-e,--energy", texts->energy, "GeV, or LOW:HIGH: uniform")->capture_default_str();
  app.add_option("--angle", s.polar_deg, "Between primary and the calorimeter's axis, degrees")
      ->check(command_line::from_to(0.0, 85.0))
      ->capture_default_str();
  app.add_option("--azimuth", s.azimuth_deg, "Of a slanting primary, degrees from x to y")
      ->check(command_line::from_to(-360.0, 360.0))
      ->capture_default_str();
  app.add_option("-n,--events", s.events, "Showers")
      ->check(command_line::from_to(1, 2'000'000'000))
      ->capture_default_str();
  app.add_option("--first-event", s.first_event, "Number of the first: event N of a seed is the same in every run")
      ->check(command_line::from_to(std::int64_t{0}, std::int64_t{2'000'000'000}))
      ->capture_default_str();
  app.add_option("--per-file", s.per_file, "Showers a file: electrons.h5 becomes electrons_000.h5, ...; 0: one file")
      ->check(command_line::from_to(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--seed", s.seed, "Seed of all random numbers")->capture_default_str();
  app.add_option("--threads", s.threads, "Worker threads of Geant4")
      ->check(command_line::from_to(1, 1024))
      ->capture_default_str();
  app.add_option("--physics", s.physics, "opt0 to opt4 (electromagnetic only), no-data, or a reference list of Geant4")
      ->capture_default_str();
  app.add_option("--cut", s.cut_mm, "Production cut, mm")
      ->check(command_line::from_to(1e-6, 1e3))
      ->capture_default_str();
  app.add_option(
      "--command", s.commands,
      "Command of Geant4 before it is initialised, \"/process/msc/RangeFactor 0.02\"; can be given many times");
  app.add_input("--fast", s.fast_model, "Generator (ONNX) that takes over the primaries that it knows");
  app.add_option("-o,--output", s.output,
                 "HDF5; each file is complete or absent, and one that is there is not made again")
      ->required();
  app.declare_files([texts](RunFiles& files) {
    for (const auto& part : parts_of(texts->settings)) files.writes("--output", part.file);
  });
  app.set_version_flag("--version", fmt::format("octocal-sample {}", version()), "Version of octocal");
  return [texts] {
    auto& settings = texts->settings;
    read_energies(texts->energy, settings);
    if (settings.first_event + settings.events > std::numeric_limits<std::int32_t>::max())
      throw bad_input(fmt::format("--first-event {} --events {}: Geant4 counts events up to {}; take another seed",
                                  settings.first_event, settings.events, std::numeric_limits<std::int32_t>::max()));
    if (!texts->calorimeter.empty()) settings.calorimeter = read_calorimeter(texts->calorimeter);
    const auto result = make_sample(settings);
    if (result.found > 0) fmt::print("{} there already\n", count_text(result.found, "shower"));
    if (result.showers == 0) return;
    fmt::print("{}: {}, ECAL/Ep {:.5f}, {} of processor time a shower\n", settings.output,
               count_text(result.showers, "shower"), result.ecal_over_energy,
               fmt::format("{:.3g} s", result.processor_seconds / static_cast<double>(result.showers)));
    if (!settings.fast_model.empty())
      fmt::print("{} by {}; {:.3g} GeV in no sensitive volume\n", count_text(result.fast_showers, "shower"),
                 settings.fast_model, result.lost_energy_gev);
  };
}

}  // namespace
}  // namespace octocal::geant4

int main(int argc, char** argv) {
  octocal::prepare_process();
  return octocal::run_program(
      [&] {
        octocal::command_line::run_command({"octocal-sample", "training and test samples from Geant4",
                                            octocal::geant4::kExamples, octocal::geant4::define},
                                           {argv + 1, argv + argc});
      },
      "try a smaller --per-file");
}
