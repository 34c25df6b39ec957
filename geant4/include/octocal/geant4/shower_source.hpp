// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "octocal/base/random.hpp"

namespace octocal::geant4 {

/// A point or a direction in the application's coordinates; points in mm.
using Vector = std::array<double, 3>;

/// Where the model's cells lie relative to the shower's entry point, in mm. Defaults: the calorimeter of the shipped
/// model (2.6 mm tungsten, 0.5 mm silicon, 1.0 mm vacuum a layer; cells 5.1 mm x 5.1 mm; data/README.md).
struct CellPlacement {
  double pitch_x_mm = 5.1;       ///< from cell to cell along x
  double pitch_y_mm = 5.1;       ///< from cell to cell along y
  double layer_pitch_mm = 4.1;   ///< from layer to layer
  double first_layer_mm = 2.85;  ///< depth of the first layer's sensitive middle below the front face
  /// Normal of the layers, from front to back, in the coordinates of entry and direction. Cells then lie in their
  /// layers whatever the direction: those of each layer are shifted to where the primary's line meets it. All zero:
  /// layers are perpendicular to the direction, wherever it goes.
  Vector layer_normal = {0, 0, 0};
};

/// How a shower's cells lie: cell (i, j, k) is at entry + dx * x + dy * y + depth * along, with dx, dy in mm from the
/// middle of the transverse plane and the depth of layer k below the front face in mm.
struct ShowerFrame {
  Vector x, y;   ///< of length 1, in the layers; x, y and the layers' normal are right-handed
  Vector along;  ///< where the middle goes a mm of depth
};

/// The frame of a shower that goes along `direction`, in layers with the normal `layer_normal` (all zero: the
/// direction's). The cells' x axis is the part of the application's x axis that is perpendicular to the normal (of its y
/// axis, if the normal is within 2.5 degrees of x); for a normal along z the axes are the application's own.
/// Thread-safe. Errors: bad_input if direction has no length, or goes along the layers (within 1 degree) or backwards.
ShowerFrame shower_frame(const Vector& direction, const Vector& layer_normal);

/// One cell with energy: what a sensitive detector's hit is made of.
struct Deposit {
  Vector position_mm;  ///< middle of the cell
  double energy_mev;   ///< MeV, Geant4's unit, not GeV
};

/// Deposits of one shower, cells (nx, ny, nz) in GeV, that enters the front face at `entry` along `direction`: the
/// middle of the transverse plane lies on that line, the axes are those of shower_frame(). Positions are in the
/// coordinates in which entry and direction are given: take the envelope's, so that the axes are those of the
/// calorimeter. Cells without energy make no deposit; the sum of energies is kept. Thread-safe.
/// Errors: bad_input if the sizes do not fit; see shower_frame().
std::vector<Deposit> place_shower(const std::vector<float>& cells_gev, const std::array<std::size_t, 3>& cells,
                                  const CellPlacement& placement, const Vector& entry, const Vector& direction);

/// Which shower: what made it, as Geant4 counts. No two showers of a job have the same, and neither do their numbers,
/// whatever the sizes of events (a track that is not killed and comes back needs another `detector`).
struct ShowerId {
  std::int64_t run = 0;       ///< G4Run::GetRunID(), 0 to 2^31 - 1
  std::int64_t event = 0;     ///< G4Event::GetEventID(), 0 to 2^32 - 1
  std::int64_t track = 0;     ///< G4Track::GetTrackID(), 0 to 2^32 - 1
  std::int64_t detector = 0;  ///< your own number of the sub-detector, 0 to 511
};

/// The id packed without loss: number = event * 2^32 + track of series run * 2^9 + detector.
/// Error: bad_input naming the part that is out of range.
ShowerNumber shower_number(const ShowerId& id);

/// Showers for a fast-simulation model, one at a time: call shower() from DoIt() of a G4VFastSimulationModel. It works
/// in the calling thread and starts none. Not thread-safe: one source a worker thread and sub-detector, all of them
/// copies of one, which share its packed weights. Same model, seed and id: the same deposits, whichever source and
/// thread makes them.
class ShowerSource {
 public:
  /// Errors: bad_input naming the file for a model that cannot be used (see engine::ShowerGenerator).
  ShowerSource(const std::string& model_file, std::uint64_t seed, const CellPlacement& placement = {});
  ~ShowerSource();
  ShowerSource(ShowerSource&&) noexcept;
  /// A source for another thread: the weights are shared, only memory to work in is new. Any number of threads may copy
  /// one source at a time, as long as none of them works with it. Either may end first.
  ShowerSource(const ShowerSource& other);
  /// The same with cells that lie elsewhere.
  ShowerSource(const ShowerSource& other, const CellPlacement& placement);

  const CellPlacement& placement() const noexcept;           ///< where the cells lie
  const std::array<std::size_t, 3>& cells() const noexcept;  ///< along x, y and layers
  std::array<double, 2> energy_range_gev() const noexcept;   ///< lowest and highest that the model was trained at

  /// True if the model was trained at this energy: use it in ModelTrigger().
  bool covers(double energy_gev) const noexcept;

  /// The deposits of a shower, as place_shower() places them.
  /// Errors: bad_input if the energy is outside the model's range, see shower_number() and place_shower().
  std::vector<Deposit> shower(const ShowerId& id, double energy_gev, const Vector& entry, const Vector& direction);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::geant4
