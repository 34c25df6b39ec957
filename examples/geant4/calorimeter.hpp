// SPDX-License-Identifier: Apache-2.0
// A silicon-tungsten calorimeter whose electrons octocal simulates. What is octocal's stands in ConstructSDandField().
#pragma once
#include <G4Box.hh>
#include <G4Event.hh>
#include <G4LogicalVolume.hh>
#include <G4NistManager.hh>
#include <G4PVPlacement.hh>
#include <G4Region.hh>
#include <G4SDManager.hh>
#include <G4Step.hh>
#include <G4SystemOfUnits.hh>
#include <G4VSensitiveDetector.hh>
#include <G4VUserDetectorConstruction.hh>
#include <G4ios.hh>
#include <string>

#include "octocal/geant4/fast_shower_model.hpp"

/// Adds up the energy in silicon: an ordinary sensitive detector, which need not know of fast simulation.
class EnergySum : public G4VSensitiveDetector {
 public:
  EnergySum() : G4VSensitiveDetector("silicon") {}
  void Initialize(G4HCofThisEvent*) override { energy_ = 0; }
  G4bool ProcessHits(G4Step* step, G4TouchableHistory*) override {
    energy_ += step->GetTotalEnergyDeposit();
    return true;
  }
  void EndOfEvent(G4HCofThisEvent*) override { G4cout << energy_ / GeV << " GeV in silicon" << G4endl; }

 private:
  G4double energy_ = 0;
};

class Calorimeter : public G4VUserDetectorConstruction {
 public:
  /// The model is read once, here; worker threads share its weights.
  Calorimeter(const std::string& model_file, std::uint64_t seed) : showers_(model_file, seed) {}

  G4VPhysicalVolume* Construct() override {
    auto* nist = G4NistManager::Instance();
    auto* vacuum = nist->FindOrBuildMaterial("G4_Galactic");
    auto* world = new G4LogicalVolume(new G4Box("world", 1 * m, 1 * m, 1 * m), vacuum, "world");
    auto* block = new G4LogicalVolume(new G4Box("block", 30 * cm, 30 * cm, 25 * 4.1 / 2 * mm), vacuum, "block");
    new G4PVPlacement(nullptr, {0, 0, 25 * 4.1 / 2 * mm}, block, "block", world, false, 0);
    auto* tungsten = new G4LogicalVolume(new G4Box("tungsten", 30 * cm, 30 * cm, 1.3 * mm),
                                         nist->FindOrBuildMaterial("G4_W"), "tungsten");
    silicon_ = new G4LogicalVolume(new G4Box("silicon", 30 * cm, 30 * cm, 0.25 * mm),
                                   nist->FindOrBuildMaterial("G4_Si"), "silicon");
    for (int layer = 0; layer < 25; ++layer) {
      const G4double front = (layer - 12.5) * 4.1 * mm;
      new G4PVPlacement(nullptr, {0, 0, front + 1.3 * mm}, tungsten, "tungsten", block, false, layer);
      new G4PVPlacement(nullptr, {0, 0, front + 2.85 * mm}, silicon_, "silicon", block, false, layer);
    }
    region_ = new G4Region("calorimeter");
    region_->AddRootLogicalVolume(block);
    return new G4PVPlacement(nullptr, {}, world, "world", nullptr, false, 0);
  }

  void ConstructSDandField() override {
    auto* sum = new EnergySum;
    G4SDManager::GetSDMpointer()->AddNewDetector(sum);
    SetSensitiveDetector(silicon_, sum);
    octocal::geant4::FastShowerOptions options;
    options.detector = 0;      // another for each calorimeter of the job
    options.axis = {0, 0, 1};  // of the layers, in the envelope's coordinates
    new octocal::geant4::FastShowerModel("octocal", region_, showers_, options);
  }

 private:
  octocal::geant4::ShowerSource showers_;
  G4LogicalVolume* silicon_ = nullptr;
  G4Region* region_ = nullptr;
};
