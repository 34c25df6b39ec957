// SPDX-License-Identifier: Apache-2.0
// Needs Geant4 11: link octocal::geant4_model.
#pragma once
#include <G4ThreeVector.hh>
#include <G4Types.hh>
#include <G4VFastSimulationModel.hh>
#include <cstdint>
#include <limits>

#include "octocal/geant4/deposit_placer.hpp"
#include "octocal/geant4/shower_source.hpp"

namespace octocal::geant4 {

/// Which particles a FastShowerModel takes out of Geant4's hands. Energies and lengths in Geant4's units.
struct FastShowerOptions {
  /// Your own number of the sub-detector, another for each envelope of a job, 0 to 511 (ShowerId).
  std::int64_t detector = 0;
  /// Normal of the layers in the envelope's coordinates, from the front face to the back. Cells keep to their layers
  /// for slanting primaries, too.
  G4ThreeVector axis = {0, 0, 1};
  /// Largest angle between primary and axis, radians. The shipped models have seen normal incidence only: at 0.1 a
  /// shower reaches 0.5 % deeper into each layer than they know.
  G4double largest_angle = 0.1;
  /// How far behind the front face of the envelope a primary may be, mm, measured against the axis: what comes up
  /// deeper inside (of a hadron's shower, say) is left to Geant4. The shower is placed from the front face on.
  G4double largest_depth = 0.1;
  /// Whether all cells of the shower must lie inside the envelope: no energy is lost at its edges.
  bool contained = true;
  /// Lowest and highest kinetic energy, MeV; the model's own range where that is narrower.
  G4double lowest_energy = 0;
  G4double highest_energy = std::numeric_limits<G4double>::max();  ///< see lowest_energy
  /// Particles besides electrons. Above some GeV a positron's shower is an electron's; a photon's begins later, so that
  /// electron showers are not right for it: only for a model that was trained on photons.
  bool positrons = false;
  bool photons = false;   ///< see positrons
  bool electrons = true;  ///< false for a model of photons alone
};

/// Electrons that enter an envelope become showers of a generator: the primary is killed, and each cell with energy is
/// handed to the sensitive detector of the volume that it lies in (DepositPlacer), in the same event and thread. No
/// thread is started or pinned.
///
/// Make one in ConstructSDandField(), which each worker thread runs, from a source that the detector construction made
/// once for all of them. The envelope's physics needs G4FastSimulationPhysics for the particles. A shower is drawn from
/// the source's seed and run, event, track and detector: the same in any number of threads.
class FastShowerModel : public G4VFastSimulationModel {
 public:
  /// The source is copied; the placement of its cells is kept, but their layers are perpendicular to options.axis.
  /// Errors: bad_input for an axis without length, an angle outside 0 to 1.5 or a detector outside 0 to 511.
  FastShowerModel(const G4String& name, G4Envelope* envelope, const ShowerSource& source,
                  const FastShowerOptions& options = {});

  /// Whether the options name the particle.
  G4bool IsApplicable(const G4ParticleDefinition& particle) override;
  /// Whether energy, angle, depth and containment are as the options want them.
  G4bool ModelTrigger(const G4FastTrack& track) override;
  /// Makes and places the shower, and kills the primary.
  void DoIt(const G4FastTrack& track, G4FastStep& step) override;

  std::uint64_t showers() const noexcept { return showers_; }  ///< that this model has made
  /// Energy of its showers that lay in no sensitive detector, MeV: of an envelope that does not fit the model's cells.
  G4double lost_energy() const noexcept { return lost_energy_; }

 private:
  /// Where a primary's line meets the front face, in the envelope's coordinates, and how deep the primary is by now.
  struct Entry {
    G4ThreeVector point, direction;
    G4double depth = 0;
  };
  Entry entry_of(const G4FastTrack& track) const;
  bool contains_window(const G4FastTrack& track, const Entry& entry) const;

  FastShowerOptions options_;
  ShowerSource source_;
  DepositPlacer placer_;
  G4double smallest_cosine_;
  std::uint64_t showers_ = 0;
  G4double lost_energy_ = 0;
};

}  // namespace octocal::geant4
