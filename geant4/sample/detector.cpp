// SPDX-License-Identifier: Apache-2.0
#include "sample/detector.hpp"

#include <fmt/format.h>

#include <G4Box.hh>
#include <G4Event.hh>
#include <G4EventManager.hh>
#include <G4LogicalVolume.hh>
#include <G4NistManager.hh>
#include <G4PVPlacement.hh>
#include <G4Region.hh>
#include <G4RunManager.hh>
#include <G4SDManager.hh>
#include <G4Step.hh>
#include <G4SystemOfUnits.hh>
#include <Randomize.hh>
#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"

namespace octocal::geant4 {
namespace {

/// Vacuum around the calorimeter, where the gun stands.
constexpr double kMarginMm = 1000;

G4Material* material_of(const Calorimeter& calorimeter, const std::string& name) {
  auto* nist = G4NistManager::Instance();
  const auto nist_material = [&](const std::string& wanted) {
    if (auto* material = nist->FindOrBuildMaterial(wanted, true, false)) return material;
    throw bad_input(
        fmt::format("material {}: Geant4 has none of that name (G4_W and G4_Si are such names); correct it, or "
                    "describe it as a [[mixture]]",
                    wanted));
  };
  const auto mixture = std::find_if(calorimeter.mixtures.begin(), calorimeter.mixtures.end(),
                                    [&](const Mixture& one) { return one.name == name; });
  if (mixture == calorimeter.mixtures.end()) return nist_material(name);
  if (auto* made = G4Material::GetMaterial(name, false)) return made;
  auto* material =
      new G4Material(name, mixture->density_g_cm3 * g / cm3, static_cast<G4int>(mixture->mass_fractions.size()));
  for (const auto& [part, fraction] : mixture->mass_fractions) material->AddMaterial(nist_material(part), fraction);
  return material;
}

/// The cell along one axis, -1 outside of the window.
int cell_at(double position_mm, double cell_mm, int cells) {
  const double cell = std::floor(position_mm / cell_mm + 0.5 * cells);
  return cell >= 0 && cell < cells ? static_cast<int>(cell) : -1;
}

}  // namespace

CellDetector::CellDetector(const Calorimeter& calorimeter, const CollectorSlot& collector)
    : G4VSensitiveDetector("cells"),
      calorimeter_(calorimeter),
      collector_(collector),
      cells_mev_(calorimeter.geometry().cells()) {}

void CellDetector::Initialize(G4HCofThisEvent*) { std::fill(cells_mev_.begin(), cells_mev_.end(), 0.0); }

G4bool CellDetector::ProcessHits(G4Step* step, G4TouchableHistory*) {
  const G4double energy = step->GetTotalEnergyDeposit();
  if (!(energy > 0)) return false;
  const auto& before = *step->GetPreStepPoint();
  const auto& after = *step->GetPostStepPoint();
  // A neutral particle leaves its energy where it ends.
  const bool charged = step->GetTrack()->GetDefinition()->GetPDGCharge() != 0;
  const G4double way = charged ? G4UniformRand() : 1.0;
  const auto point = before.GetPosition() + way * (after.GetPosition() - before.GetPosition());
  const int x = cell_at(point.x() / mm, calorimeter_.cell_mm[0], calorimeter_.window[0]);
  const int y = cell_at(point.y() / mm, calorimeter_.cell_mm[1], calorimeter_.window[1]);
  if (x < 0 || y < 0) return false;
  const int layer = before.GetTouchableHandle()->GetCopyNumber();
  const int index = (x * calorimeter_.window[1] + y) * calorimeter_.layers + layer;
  cells_mev_[static_cast<std::size_t>(index)] += energy / MeV * step->GetPreStepPoint()->GetWeight();
  return true;
}

void CellDetector::EndOfEvent(G4HCofThisEvent*) {
  const auto& event = *G4EventManager::GetEventManager()->GetConstCurrentEvent();
  const auto* primary = event.GetPrimaryVertex()->GetPrimary();
  collector_.load()->add(static_cast<std::uint64_t>(event.GetEventID()), primary->GetKineticEnergy() / GeV, cells_mev_);
  if (interrupted()) G4RunManager::GetRunManager()->AbortRun(true);
}

SampleDetector::SampleDetector(const SampleSettings& settings, const CollectorSlot& collector)
    : settings_(settings), collector_(collector) {
  if (settings.fast_model.empty()) return;
  const auto& calorimeter = settings.calorimeter;
  showers_ = std::make_unique<ShowerSource>(settings.fast_model, settings.seed, calorimeter.placement());
  const auto geometry = calorimeter.geometry();
  const auto& cells = showers_->cells();
  if (cells != std::array{geometry.nx, geometry.ny, geometry.nz})
    throw bad_input(
        fmt::format("{}: {} x {} x {} cells (the calorimeter has {} x {} x {}); give a generator of this "
                    "calorimeter",
                    settings.fast_model, cells[0], cells[1], cells[2], geometry.nx, geometry.ny, geometry.nz));
}

G4VPhysicalVolume* SampleDetector::Construct() {
  const auto& calorimeter = settings_.calorimeter;
  auto* vacuum = material_of(calorimeter, "G4_Galactic");
  const double half_width = calorimeter.width_mm / 2 * mm, half_depth = calorimeter.depth_mm() / 2 * mm;
  auto* world_solid = new G4Box("world", half_width + kMarginMm, half_width + kMarginMm, 2 * half_depth + kMarginMm);
  auto* world = new G4LogicalVolume(world_solid, vacuum, "world");
  auto* block_solid = new G4Box("calorimeter", half_width, half_width, half_depth);
  auto* block = new G4LogicalVolume(block_solid, vacuum, "calorimeter");
  new G4PVPlacement(nullptr, G4ThreeVector(0, 0, half_depth), block, "calorimeter", world, false, 0);

  double front = 0;  // of the slab in its layer
  for (const auto& slab : calorimeter.slabs) {
    auto* solid = new G4Box("slab", half_width, half_width, slab.thickness_mm / 2 * mm);
    auto* volume =
        new G4LogicalVolume(solid, material_of(calorimeter, slab.material), slab.sensitive ? "cells" : "slab");
    if (slab.sensitive) sensitive_ = volume;
    for (int layer = 0; layer < calorimeter.layers; ++layer) {
      const double middle = (layer * calorimeter.layer_mm() + front + slab.thickness_mm / 2) * mm - half_depth;
      new G4PVPlacement(nullptr, G4ThreeVector(0, 0, middle), volume, slab.material, block, false, layer);
    }
    front += slab.thickness_mm;
  }
  if (showers_) {
    envelope_ = new G4Region("calorimeter");
    envelope_->AddRootLogicalVolume(block);
  }
  return new G4PVPlacement(nullptr, {}, world, "world", nullptr, false, 0);
}

void SampleDetector::ConstructSDandField() {
  auto* cells = new CellDetector(settings_.calorimeter, collector_);
  G4SDManager::GetSDMpointer()->AddNewDetector(cells);
  SetSensitiveDetector(sensitive_, cells);
  if (!showers_) return;
  FastShowerOptions options;
  options.electrons = settings_.particle == "e-";
  options.positrons = settings_.particle == "e+";
  options.photons = settings_.particle == "gamma";
  const std::lock_guard lock(mutex_);
  models_.push_back(new FastShowerModel("octocal", envelope_, *showers_, options));
}

std::uint64_t SampleDetector::fast_showers() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto* model : models_) sum += model->showers();
  return sum;
}

double SampleDetector::lost_energy() const {
  const std::lock_guard lock(mutex_);
  double sum = 0;
  for (const auto* model : models_) sum += model->lost_energy();
  return sum;
}

}  // namespace octocal::geant4
