// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/model/network_spec.hpp"

namespace octocal::model {

/// The network of architecture `cells`: it does not put out cells but, for each cell, the probability of a hit and a
/// density of the hit's energy, from which the cell is drawn. Its profiles come from the profile network
/// (profile_spec.hpp).
///
///     map       log(X Y Z / ECAL^2) 0.2 + 2 of a cell's column, row and layer energies in GeV: (nz, nx, ny)
///     condition the profile network's D numbers and e, standardised, through one dense layer: an offset per channel
///     trunk     convolution 5x5 nz -> C, then `trunk_layers` times t + convolution 3x3 C -> C; LeakyReLU behind each
///     head k    convolution 3x3 of trunk and what it sees -> H, LeakyReLU, 1x1 -> (1 + S) values for each layer of a pixel
///     local k   convolution 5x5 of a layer's own map, energies and hits -> L, LeakyReLU, 1x1 -> (1 + S): the same
///               weights for all layers, added to the head's values
///
/// Four heads draw one after the other, each a quarter of the pixels in all layers: even x and even y, both odd, odd y
/// alone, odd x alone. So every cell sees its eight neighbours of the same layer or is seen by them: that is where cells
/// of a shower depend on each other (particles cross the borders of thin cells); from layer to layer they do not, once
/// the profiles are given (docs/training-log.md). Each head sees the cells that were drawn before as log(1 + E/10 keV)/4
/// and as hits, and the map of the energies that they left of each column, row and layer (at least a twentieth):
/// independent draws would miss those sums, and a later fit would have to bend the cells. The first value of a cell is
/// the logit of a hit; the others theta_1..S weigh a basis that all cells share:
///
///     density(log E) = softmax_j(a_j + sum_s theta_s phi_sj) over bins j, uniform in log E within a bin.
struct CellsSpec {
  std::int64_t trunk = 32;        ///< channels C
  std::int64_t trunk_layers = 3;  ///< 3x3 convolutions behind the 5x5
  std::int64_t head = 32;         ///< channels H
  std::int64_t local = 32;        ///< channels L
  std::int64_t statistics = 8;    ///< S
  std::int64_t bins = 128;        ///< of log energy
  bool distance = true;           ///< heads know how far from the middle their pixels are
};

inline constexpr std::int64_t kCellPasses = 4;  ///< heads
inline constexpr double kCellSlope = 0.3;       ///< of their LeakyReLU
inline constexpr double kLeastSliceGev = 1e-6;  ///< a column, row or layer of less (or overdrawn) counts as this
inline constexpr double kLeastLeft = 0.05;      ///< share of a slice's energy that counts as left, at least
inline constexpr double kMapFloorGev = 1e-9;    ///< a cell's expected energy below this counts as this
inline constexpr double kMapScale = 0.2;        ///< of that logarithm
inline constexpr double kMapOffset = 2;         ///< so that the map is of order one
inline constexpr double kSeenGev = 1e-5;        ///< heads see drawn cells as log(1 + E / this) / kSeenScale
inline constexpr double kSeenScale = 4;         ///< so that it is of order one
// Of the fit; chosen by what classifiers see of cells and of profiles (docs/training-log.md).
inline constexpr double kFixedGev = 2e-4;     ///< cells below are what one particle leaves: no fit touches them
inline constexpr double kFreeGev = 5e-3;      ///< cells above carry the whole correction, between a share by their log
inline constexpr double kLeastFactor = 0.25;  ///< of a slice's free cells in a round of the fit ...
inline constexpr double kMostFactor = 4;      ///< ... and the most

inline constexpr std::int64_t kLocalTaps = 5;  ///< of a local convolution along x and y

/// Pixels that a head draws, in all layers: x = first_x, first_x + 2, ..., y = first_y, first_y + 2, ...
struct CellPass {
  std::int64_t first_x = 0;  ///< 0 or 1
  std::int64_t first_y = 0;  ///< 0 or 1
  std::int64_t columns = 0;  ///< how many along x
  std::int64_t rows = 0;     ///< how many along y
};
/// That of head k, 0 to 3.
CellPass cell_pass(std::int64_t k, const AxisSizes& image) noexcept;
/// The head that draws pixel (x, y).
std::int64_t head_of(std::int64_t x, std::int64_t y) noexcept;
/// Numbers a cell's column and layer that head k sees beside the trunk: the map alone, or with energies and hits.
std::int64_t cell_planes(std::int64_t k) noexcept;
/// What heads behind the first one read as "hit" of their own pixels, which nobody has drawn: how far each is from the
/// middle, sqrt(u^2 + v^2) with u = (x - (nx - 1)/2)/((nx - 1)/2) and v alike; 0 elsewhere. (nx, ny), row by row. For a
/// cell with the same energy to expect, a neighbour's hit says more the farther out it is.
std::vector<float> distance_plane(std::int64_t k, const AxisSizes& image);

/// Names and shapes of the network's parameters beside the profile network's:
///
///     cells.centre (D + 1) .spread (D + 1)                  of the condition's numbers
///     condition.weight ((1 + trunk_layers) C, D + 1) .bias
///     trunk0.weight (C, nz, 5, 5), trunkK.weight (C, C, 3, 3)
///     headK.conv.weight (H, C + planes nz, 3, 3) .bias      trunk, map, energies, hits
///     headK.out.weight ((1 + S) nz, H, 1, 1) .bias
///     headK.local.weight (L, planes, 5, 5) .bias            map, energies, hits of a layer
///     headK.local.out.weight (1 + S, L)
///     cells.log_density (bins), cells.basis (S, bins), cells.edges (bins + 1)   edges: log of GeV
std::vector<std::pair<std::string, Shape>> cells_parameters(const CellsSpec& spec, const AxisSizes& image);

}  // namespace octocal::model
