// SPDX-License-Identifier: Apache-2.0
#include "sample/make_sample.hpp"

#include <fmt/format.h>

#include <G4ParticleTable.hh>
#include <G4RunManager.hh>
#include <G4RunManagerFactory.hh>
#include <G4UImanager.hh>
#include <G4VExceptionHandler.hh>
#include <G4coutDestination.hh>
#include <G4ios.hh>
#include <ctime>
#include <filesystem>
#include <numeric>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/shower_writer.hpp"
#include "sample/beam.hpp"
#include "sample/physics.hpp"

namespace octocal::geant4 {
namespace {

constexpr const char* kRecipe = "sample.settings";

/// Geant4's own output, which is thousands of lines: shown with --verbose.
class GeantOutput : public G4coutDestination {
 public:
  GeantOutput() {
    G4UImanager::GetUIpointer();  // which would take the output back
    G4iosSetDestination(this);
  }
  ~GeantOutput() override { G4iosSetDestination(nullptr); }
  GeantOutput(const GeantOutput&) = delete;
  GeantOutput& operator=(const GeantOutput&) = delete;

  G4int ReceiveG4cout(const G4String& text) override {
    if (verbosity() == Verbosity::kVerbose) fmt::print(stderr, "{}", text);
    return 0;
  }
  G4int ReceiveG4cerr(const G4String& text) override {
    fmt::print(stderr, "{}", text);
    return 0;
  }
};

/// Geant4's fatal exceptions as errors: it would print them and abort. In the thread that makes it.
class FatalExceptions : public G4VExceptionHandler {
 public:
  G4bool Notify(const char* origin, const char* code, G4ExceptionSeverity severity, const char* text) override {
    const auto said = fmt::format("Geant4, {}: {}", origin, shortened(text, 400));
    if (severity != JustWarning)
      throw run_failed(fmt::format("{} (its exception {}); do what it asks for", said, code));
    log_warning_once(said);
    return false;
  }
};

/// Whether the part is there. Error: bad_input if it is another one.
bool is_there(const SampleSettings& settings, const SamplePart& part) {
  if (!std::filesystem::exists(part.file)) return false;
  data::ShowerReader reader({part.file});
  if (reader.attribute(kRecipe) != recipe_of(settings, part))
    throw bad_input(
        fmt::format("{}: was made with other settings, which its attribute {} tells; give another name, or "
                    "remove it",
                    part.file, kRecipe));
  return true;
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void write_part(const SampleSettings& settings, const SamplePart& part, const data::ShowerBatch& showers,
                int pdg_code) {
  data::WriterOptions options;
  options.geometry = showers.geometry;
  options.pdg_code = pdg_code;
  data::ShowerWriter writer(part.file, options);
  writer.append(showers);
  writer.set_attribute("octocal.version", version());
  writer.set_attribute(kRecipe, recipe_of(settings, part));
  writer.set_attribute("sample.calorimeter", calorimeter_text(settings.calorimeter));
  if (!settings.fast_model.empty())
    writer.set_attribute("sample.fast_model", std::filesystem::path(settings.fast_model).filename().string());
  for (const auto& [name, value] : physics_attributes(settings)) writer.set_attribute(name, value);
  writer.finish();
}

double sum_of_responses(const data::ShowerBatch& showers) {
  double sum = 0;
  for (std::size_t i = 0; i < showers.size(); ++i) {
    const auto cells = showers.shower(i);
    sum += std::accumulate(cells.begin(), cells.end(), 0.0) / showers.energy_gev[i];
  }
  return sum;
}

/// Geant4, made ready. One a process.
struct Simulation {
  Simulation(const SampleSettings& settings, const CollectorSlot& collector) : nuclides(settings) {
    const auto kind = settings.threads > 1 ? G4RunManagerType::MTOnly : G4RunManagerType::SerialOnly;
    manager.reset(G4RunManagerFactory::CreateRunManager(kind, true, settings.threads));
    exceptions = std::make_unique<FatalExceptions>();
    auto made = std::make_unique<SampleDetector>(settings, collector);
    detector = made.get();
    manager->SetUserInitialization(made.release());
    manager->SetUserInitialization(make_physics(settings).release());
    particle = G4ParticleTable::GetParticleTable()->FindParticle(settings.particle);
    if (particle == nullptr)  // here, because nobody catches what worker threads throw
      throw bad_input(fmt::format(
          "--particle {}: this physics list has none of that name (e-, e+ and gamma are such names); correct it",
          settings.particle));
    manager->SetUserInitialization(new BeamInitialization(settings, collector));
    auto* commands = G4UImanager::GetUIpointer();
    for (const char* quiet : {"/run/verbose 0", "/process/verbose 0", "/process/em/verbose 0"})
      commands->ApplyCommand(quiet);
    for (const auto& command : settings.commands)
      if (commands->ApplyCommand(command) != 0)
        throw bad_input(fmt::format("--command \"{}\": Geant4 refuses it; correct it", command));
    manager->Initialize();
    manager->BeamOn(0);  // builds tables of physics, which would count as time of events
  }

  NuclideTableStandIn nuclides;
  GeantOutput output;
  std::unique_ptr<FatalExceptions> exceptions;  ///< takes the place of the run manager's
  std::unique_ptr<G4RunManager> manager;
  SampleDetector* detector = nullptr;              ///< the manager's
  const G4ParticleDefinition* particle = nullptr;  ///< Geant4's
};

}  // namespace

SampleResult make_sample(const SampleSettings& settings) {
  SampleResult result;
  std::vector<SamplePart> missing;
  for (const auto& part : parts_of(settings)) {
    if (is_there(settings, part))
      result.found += part.events;
    else
      missing.push_back(part);
  }
  if (missing.empty()) return result;

  CollectorSlot slot{nullptr};
  Simulation simulation(settings, slot);
  Progress progress("simulate", "showers", settings.events, result.found);
  double responses = 0;
  for (const auto& part : missing) {
    ShowerCollector collector(settings.calorimeter.geometry(), part.first_event, part.events, progress,
                              result.found + result.showers);
    slot = &collector;
    const double start = processor_seconds();
    simulation.manager->BeamOn(static_cast<G4int>(part.events));
    result.processor_seconds += processor_seconds() - start;
    throw_if_interrupted();
    if (collector.done() != part.events)
      throw run_failed(fmt::format("{}: Geant4 made {} of {} events; see what it says with --verbose", part.file,
                                   collector.done(), part.events));
    write_part(settings, part, collector.showers(), simulation.particle->GetPDGEncoding());
    responses += sum_of_responses(collector.showers());
    result.showers += part.events;
  }
  progress.finish();
  result.ecal_over_energy = responses / static_cast<double>(result.showers);
  result.fast_showers = simulation.detector->fast_showers();
  result.lost_energy_gev = simulation.detector->lost_energy() / 1000;
  return result;
}

}  // namespace octocal::geant4
