// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/geant4/shower_source.hpp"

namespace octocal::geant4 {

/// A sheet of one layer, as wide as the calorimeter.
struct Slab {
  std::string material;     ///< of Geant4's NIST materials ("G4_W"), or a Mixture's name
  double thickness_mm = 0;  ///< along the beam
  bool sensitive = false;   ///< energy left in it is a cell's
  bool operator==(const Slab&) const = default;
};

/// A material of others: tungsten alloy, say.
struct Mixture {
  std::string name;
  double density_g_cm3 = 0;
  std::vector<std::pair<std::string, double>> mass_fractions;  ///< of NIST materials; their sum is 1
  bool operator==(const Mixture&) const = default;
};

/// A sampling calorimeter of equal layers, met by the beam in the middle of its front face. The default is that of the
/// sample in data/.
struct Calorimeter {
  double width_mm = 600;                       ///< along x and y
  int layers = 25;                             ///< along the beam
  std::array<double, 2> cell_mm = {5.1, 5.1};  ///< along x and y
  std::array<int, 2> window = {25, 25};  ///< cells along x and y that are kept; the beam meets the window's middle
  std::vector<Slab> slabs = {{"G4_W", 2.6, false}, {"G4_Si", 0.5, true}, {"G4_Galactic", 1.0, false}};  ///< of a layer
  std::vector<Mixture> mixtures;

  double layer_mm() const;          ///< thickness of a layer
  double depth_mm() const;          ///< of all layers
  data::Geometry geometry() const;  ///< of an image
  CellPlacement placement() const;  ///< where a generator's cells lie behind the front face
  bool operator==(const Calorimeter&) const = default;
};

/// Reads a calorimeter file (TOML; geant4/README.md). A key that is left out has the value above. Errors: bad_input
/// naming the file and what is wrong: keys that nobody knows, sizes that are not positive, a window wider than the
/// calorimeter, none or several sensitive slabs, fractions that do not add up to 1.
Calorimeter read_calorimeter(const std::filesystem::path& file);
/// The same from text; `origin` is used in messages.
Calorimeter parse_calorimeter(const std::string& text, const std::string& origin);
/// The calorimeter as a file, which reads back to the same. Same calorimeter, same text.
std::string calorimeter_text(const Calorimeter& calorimeter);

}  // namespace octocal::geant4
