// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/base/machine.hpp"

namespace octocal::train::kernels {

/// Channels of the branch and values of a cell come in groups of this many, filled up with zeros.
inline constexpr std::size_t kLocalLanes = 16;
/// Layers are computed so many at once: planes hold zeros up to a multiple of it.
inline constexpr std::size_t kLocalLayers = 7;

/// Layers whose gradients the kernel keeps at once: there may be no more.
inline constexpr std::size_t kMostLocalLayers = 512;

/// The branch of a head that all its layers share (model/cells_spec.hpp): 5 x 5 taps over x and y of a layer's own
/// planes, LeakyReLU, then values for each cell.
struct LocalBranch {
  std::size_t layers = 0, columns = 0, rows = 0;  ///< that the head draws: nz, and every second pixel along x and y
  std::size_t first_x = 0, first_y = 0;           ///< of those pixels
  std::size_t planes = 0;
  std::size_t width = 0;                ///< pixels along y with the border
  const float* pixels = nullptr;        ///< (x, y, planes, rounded layers), with a border of two pixels of 0
  const unsigned char* seen = nullptr;  ///< (x, y) of the same: how many of its planes are not 0 throughout
  std::size_t groups = 0;               ///< of channels
  const float* weight = nullptr;        ///< (groups, 25, planes, kLocalLanes)
  const float* bias = nullptr;          ///< (groups, kLocalLanes)
  const float* out = nullptr;           ///< (groups, kLocalLanes, kLocalLanes): channel, value
  std::size_t values = 0;               ///< of a cell, up to kLocalLanes
  float slope = 0;
};

/// Floats that the branch's channels take: for each drawn pixel, groups x rounded layers x kLocalLanes.
std::size_t local_hidden_size(const LocalBranch& branch) noexcept;
/// Layers up to the next multiple of kLocalLayers.
constexpr std::size_t local_layers(std::size_t layers) noexcept {
  return (layers + kLocalLayers - 1) / kLocalLayers * kLocalLayers;
}

/// Adds the branch's values to `values` (columns, rows, values, layers) and leaves its channels in `hidden`.
void add_local_values(const LocalBranch& branch, float* hidden, float* values, Isa isa) noexcept;

/// Where gradients go, added to: as the weights.
struct LocalGradient {
  float* weight = nullptr;
  float* bias = nullptr;
  float* out = nullptr;  ///< (groups, values, kLocalLanes): value, channel
};
/// From those of the values (laid out as they). `out_turned`: (groups, values, kLocalLanes), the weights `out` by value.
void add_local_gradient(const LocalBranch& branch, const float* out_turned, const float* hidden,
                        const float* values_gradient, const LocalGradient& gradient, Isa isa) noexcept;

}  // namespace octocal::train::kernels
