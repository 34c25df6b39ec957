// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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
};

/// One cell with energy: what a sensitive detector's hit is made of.
struct Deposit {
  Vector position_mm;  ///< middle of the cell
  double energy_mev;   ///< MeV, Geant4's unit, not GeV
};

/// Deposits of one shower, cells (nx, ny, nz) in GeV, that enters at `entry` along `direction`: the middle of the
/// transverse plane lies on the line, layers follow along it, and the x axis of the cells is the one nearest to the
/// application's x (y, if the direction is x itself). Cells without energy make no deposit; the sum of energies is
/// kept. Error: bad_input if direction has no length or the sizes do not fit.
std::vector<Deposit> place_shower(const std::vector<float>& cells_gev, const std::array<std::size_t, 3>& cells,
                                  const CellPlacement& placement, const Vector& entry, const Vector& direction);

/// Showers for a fast-simulation model, one at a time: call shower() from DoIt() of a G4VFastSimulationModel.
/// One source a thread. Same seed and shower number: the same deposits.
class ShowerSource {
 public:
  /// Errors: bad_input for a model that cannot be used (see engine::ShowerGenerator).
  ShowerSource(const std::string& model_file, std::uint64_t seed, const CellPlacement& placement = {});
  ~ShowerSource();
  ShowerSource(ShowerSource&&) noexcept;

  /// True if the model was trained at this energy: use it in ModelTrigger().
  bool covers(double energy_gev) const noexcept;

  /// The deposits of shower `number` (any number that is new for each shower, e.g. event * 1000 + track).
  /// Error: bad_input if the energy is outside the model's range.
  std::vector<Deposit> shower(std::uint64_t number, double energy_gev, const Vector& entry, const Vector& direction);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::geant4
