// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace octocal::data {

/// Number of cells along x, y (transverse) and z (layers, along the primary). Default: the CLIC window of the paper.
struct Geometry {
  std::size_t nx = 25;  ///< cells along x
  std::size_t ny = 25;  ///< cells along y
  std::size_t nz = 25;  ///< layers

  std::size_t cells() const noexcept { return nx * ny * nz; }  ///< of a shower
  bool operator==(const Geometry&) const = default;
};

/// Most cells that a shower may have (a cube of 256): a file that says more is damaged or meant for something else, and
/// memory for many showers is asked for at once.
inline constexpr std::size_t kMostCells = std::size_t{1} << 24U;

/// Whether a calorimeter may be so: some cells, at most kMostCells. Products of sizes from a file are safe after it.
constexpr bool is_possible(const Geometry& g) noexcept {
  return g.nx > 0 && g.ny > 0 && g.nz > 0 && g.nx <= kMostCells && g.ny <= kMostCells / g.nx &&
         g.nz <= kMostCells / g.nx / g.ny;
}

/// Cells below this count as zero, in GeV: the one definition for readers, writers and every number that is made of
/// cells. Tensors compare with it as float32, too.
inline constexpr float kCellThresholdGev = 1e-6F;

/// A cell above this is a hit, in GeV (about a third of what a minimum ionising particle leaves in 0.5 mm of silicon).
inline constexpr float kHitThresholdGev = 1e-4F;

/// Some showers in memory.
///
/// | member     | shape            | type    | unit | notes                                       |
/// |------------|------------------|---------|------|---------------------------------------------|
/// | energy_gev | (n)              | float32 | GeV  | primary energy Ep                           |
/// | cells_gev  | (n, nx, ny, nz)  | float32 | GeV  | C order; z = layer, the primary goes to +z  |
struct ShowerBatch {
  Geometry geometry;  ///< of every shower
  std::vector<float> energy_gev;
  std::vector<float> cells_gev;

  std::size_t size() const noexcept { return energy_gev.size(); }  ///< showers
  /// The cells of shower i. Precondition: i < size().
  std::span<const float> shower(std::size_t i) const noexcept {
    return std::span(cells_gev).subspan(i * geometry.cells(), geometry.cells());
  }
  std::span<float> shower(std::size_t i) noexcept {
    return std::span(cells_gev).subspan(i * geometry.cells(), geometry.cells());
  }
  /// Makes room for n showers; contents are unspecified afterwards.
  void resize(std::size_t n) {
    energy_gev.resize(n);
    cells_gev.resize(n * geometry.cells());
  }
};

}  // namespace octocal::data
