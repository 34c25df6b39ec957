// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/base/machine.hpp"

namespace octocal::train::kernels {

/// Bins are filled up to a multiple of this, with a log density that no sum notices.
inline constexpr std::size_t kDensityLanes = 16;

/// A density of log energy that all cells share (model/cells_spec.hpp). `bins`: filled up.
struct CellDensity {
  std::size_t statistics = 0;
  std::size_t bins = 0;
  const float* log_density = nullptr;  ///< (bins)
  const float* basis = nullptr;        ///< (statistics, bins)
  const float* log_width = nullptr;    ///< (bins)
  const float* edges = nullptr;        ///< (edge_count), log of GeV, between the bins: first and last are outside
  std::size_t edge_count = 0;
};

/// A head's values of one shower and what is there.
struct HeadCells {
  std::size_t layers = 0, rows = 0, columns = 0;
  const float* cells = nullptr;   ///< (layers, rows, columns), GeV; a hit is above 0
  const float* values = nullptr;  ///< of channel c and pixel p: values[c channel_step + p pixel_step]
  std::ptrdiff_t channel_step = 1, pixel_step = 1;
};

/// Where gradients go; all nullptr: they are not wanted.
struct NatsGradient {
  float* values = nullptr;       ///< laid out as the values, zero before
  float* log_density = nullptr;  ///< (bins), added to
  float* basis = nullptr;        ///< (statistics, bins), added to
};

/// Minus the log likelihood of the shower's cells, in nats. `memory`: 2 (bins + statistics) floats.
double cell_nats(const CellDensity& density, const HeadCells& head, const NatsGradient& gradient, float* memory,
                 Isa isa) noexcept;

}  // namespace octocal::train::kernels
