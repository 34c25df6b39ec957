// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "octocal/model/cell_ops.hpp"
#include "octocal/model/reference/operation.hpp"

// What heads see of a shower, and the fit of drawn cells (model/cell_ops.hpp), in double.

namespace octocal::model::reference {
namespace {

using Numbers = std::vector<double>;

/// Energies of a shower's columns, rows and layers.
struct ShowerSlices {
  Numbers x, y, z;
};

std::size_t size_at(const Tensor& tensor, std::size_t axis) { return static_cast<std::size_t>(tensor.shape.at(axis)); }

Numbers part(const Numbers& numbers, std::size_t index, std::size_t size) {
  return {numbers.begin() + static_cast<std::ptrdiff_t>(index * size),
          numbers.begin() + static_cast<std::ptrdiff_t>((index + 1) * size)};
}

ShowerSlices slices_of(const Operation& op, std::size_t shower) {
  return {part(numbers_of(op.input(0)), shower, size_at(op.input(0), 2)),
          part(numbers_of(op.input(1)), shower, size_at(op.input(1), 3)),
          part(numbers_of(op.input(2)), shower, size_at(op.input(2), 1))};
}

/// Appends the energy expected in each cell, as the network sees it: layers, columns, rows.
void append_expected(const ShowerSlices& slices, const Numbers& settings, Numbers& out) {
  const auto log_of = [&](double energy) { return std::log(std::max(energy, settings[0])); };
  const double all = log_of(std::accumulate(slices.z.begin(), slices.z.end(), 0.0));
  for (const double z : slices.z)
    for (const double x : slices.x)
      for (const double y : slices.y) {
        const double expected = log_of(x) + log_of(y) + log_of(z) - 2 * all;
        out.push_back(std::max(expected, std::log(settings[1])) * settings[2] + settings[3]);
      }
}

}  // namespace

Tensor expected_cells(const Operation& op) {
  const auto settings = numbers_of(op.input(3));
  Numbers out;
  for (std::size_t shower = 0; shower < size_at(op.input(0), 0); ++shower)
    append_expected(slices_of(op, shower), settings, out);
  return tensor_of(op.type, op.shape, out);
}

Tensor see_cells(const Operation& op) {
  const auto order = numbers_of(op.input(4));
  const auto settings = numbers_of(op.input(5));
  const std::size_t layers = size_at(op.input(3), 1), nx = size_at(op.input(3), 2), ny = size_at(op.input(3), 3);
  const auto all = numbers_of(op.input(3));
  Numbers out;
  for (std::size_t shower = 0; shower < size_at(op.input(3), 0); ++shower) {
    const auto drawn = part(all, shower, layers * nx * ny);
    auto left = slices_of(op, shower);
    for (std::size_t z = 0; z < order.size(); ++z) {
      const auto layer = static_cast<std::size_t>(order[z]);
      if (layer == layers) continue;
      for (std::size_t x = 0; x < nx; ++x)
        for (std::size_t y = 0; y < ny; ++y) {
          const double energy = drawn[(layer * nx + x) * ny + y];
          left.x[x] -= energy;
          left.y[y] -= energy;
          left.z[z] -= energy;
        }
    }
    const auto bounded = [&](Numbers& energies, const Numbers& whole) {
      for (std::size_t i = 0; i < whole.size(); ++i) energies[i] = std::max(energies[i], settings[6] * whole[i]);
    };
    const auto whole = slices_of(op, shower);
    bounded(left.x, whole.x);
    bounded(left.y, whole.y);
    bounded(left.z, whole.z);
    append_expected(left, settings, out);
    for (const double energy : drawn) out.push_back(std::log1p(energy / settings[4]) * settings[5]);
    for (const double energy : drawn) out.push_back(energy > 0 ? 1 : 0);
  }
  return tensor_of(op.type, op.shape, out);
}

namespace {

/// share_of(energy, fixed, free): how much of a cell may be scaled; `is_fresh`: at each step by its energy then.
template <typename ShareOf>
Tensor fit(const Operation& op, bool is_fresh, ShareOf share_of) {
  const auto order = numbers_of(op.input(4));
  const auto settings = numbers_of(op.input(5));
  const double fixed = settings[0], free = settings[1], least = settings[2], most = settings[3];
  const std::size_t nz = size_at(op.input(3), 1), nx = size_at(op.input(3), 2), ny = size_at(op.input(3), 3);
  const auto all = numbers_of(op.input(3));
  Numbers out;
  for (std::size_t shower = 0; shower < size_at(op.input(3), 0); ++shower) {
    const auto drawn = part(all, shower, nz * nx * ny);
    const auto slices = slices_of(op, shower);
    Numbers cells, share;
    for (std::size_t x = 0; x < nx; ++x)
      for (std::size_t y = 0; y < ny; ++y)
        for (std::size_t z = 0; z < nz; ++z) {
          const double energy = drawn[(static_cast<std::size_t>(order[z]) * nx + x) * ny + y];
          cells.push_back(energy);
          share.push_back(share_of(energy, fixed, free));
        }
    const auto scale = [&](const Numbers& wanted, std::size_t stride, double low, double high) {
      const auto slice_of = [&](std::size_t cell) { return cell / stride % wanted.size(); };
      Numbers sums(wanted.size()), loose(wanted.size());
      for (std::size_t i = 0; is_fresh && i < cells.size(); ++i) share[i] = share_of(cells[i], fixed, free);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        sums[slice_of(i)] += cells[i];
        loose[slice_of(i)] += cells[i] * share[i];
      }
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::size_t s = slice_of(i);
        const double factor =
            (wanted[s] - (sums[s] - loose[s])) / std::max(loose[s], static_cast<double>(kLeastLooseGev));
        cells[i] += cells[i] * share[i] * (std::clamp(factor, low, high) - 1);
      }
    };
    for (int round = 0; round < kFittingRounds; ++round) {
      scale(slices.x, ny * nz, least, most);
      scale(slices.y, nz, least, most);
      scale(slices.z, 1, least, most);
    }
    scale({std::accumulate(slices.z.begin(), slices.z.end(), 0.0)}, cells.size(), 0, 1e30);
    out.insert(out.end(), cells.begin(), cells.end());
  }
  return tensor_of(op.type, op.shape, out);
}

}  // namespace

Tensor fit_cells(const Operation& op) {
  return fit(op, false, [](double energy, double fixed, double free) {
    return std::clamp((energy - fixed) / (free - fixed), 0.0, 1.0);
  });
}

Tensor fit_cells_by_log(const Operation& op) {
  return fit(op, true, [](double energy, double fixed, double free) {
    return std::clamp(std::log(std::max(energy, fixed) / fixed) / std::log(free / fixed), 0.0, 1.0);
  });
}

}  // namespace octocal::model::reference
