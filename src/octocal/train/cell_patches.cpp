// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cell_patches.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace octocal::train {
namespace {

constexpr double kPatchUnit = 1e-5;                 // GeV: a tenth of a hit
constexpr double kLogScale = 0.2, kRootScale = 10;  // make what is seen about 1

}  // namespace

CellPatches CellPatches::of(const at::Tensor& cells_gev, const at::Tensor& energy) {
  const auto cells = cells_gev.contiguous();
  const auto n = cells.size(0), nx = cells.size(1), ny = cells.size(2), nz = cells.size(3);
  const auto of_shower = [&](std::int64_t i) { return cells.data_ptr<float>() + i * nx * ny * nz; };
  const auto count = (cells > 0).sum({1, 2, 3});
  const auto m = count.sum().item<std::int64_t>();
  CellPatches patches{at::empty({m, kInputs}, at::kFloat),
                      at::empty({m}, at::kLong),
                      at::empty({m}, at::kLong),
                      count.to(at::kFloat).clamp_min(1).view({-1, 1}),
                      at::sqrt(cells.flatten(1).amax(1) / energy).view({-1, 1}),
                      at::log(energy / 200).view({-1, 1})};
  const double middle_x = (static_cast<double>(nx) - 1) / 2, middle_y = (static_cast<double>(ny) - 1) / 2;
  const double reach = std::max(middle_x, middle_y) + 0.5;
  const auto ring_of = [&](std::int64_t x, std::int64_t y) {
    const double away =
        std::max(std::abs(static_cast<double>(x) - middle_x), std::abs(static_cast<double>(y) - middle_y));
    return static_cast<std::int64_t>(away / reach * static_cast<double>(kRings));
  };
  float* row = patches.seen.data_ptr<float>();
  std::int64_t* ring = patches.ring.data_ptr<std::int64_t>();
  std::int64_t* group = patches.group.data_ptr<std::int64_t>();
  const std::int64_t step_x = (ny + 2) * (nz + 2), step_y = nz + 2;
  std::vector<float> logs(static_cast<std::size_t>((nx + 2) * step_x));  // with an empty cell on every side
  const auto visit = [&](const float* shower, const auto& look) {
    for (std::int64_t x = 0; x < nx; ++x)
      for (std::int64_t y = 0; y < ny; ++y)
        for (std::int64_t z = 0; z < nz; ++z, ++shower)
          if (*shower > 0) look(*shower, x, y, z, &logs[static_cast<std::size_t>(x * step_x + y * step_y + z)]);
  };
  for (std::int64_t i = 0; i < n; ++i) {
    std::fill(logs.begin(), logs.end(), 0.0F);
    const float ep = energy[i].item<float>();
    visit(of_shower(i), [&](float cell, std::int64_t, std::int64_t, std::int64_t, float* corner) {
      corner[step_x + step_y + 1] = static_cast<float>(kLogScale) * std::log1p(cell / static_cast<float>(kPatchUnit));
    });
    visit(of_shower(i), [&](float cell, std::int64_t x, std::int64_t y, std::int64_t z, const float* corner) {
      for (std::int64_t dx = 0; dx < 3; ++dx)
        for (std::int64_t dy = 0; dy < 3; ++dy, row += 3) std::copy_n(corner + dx * step_x + dy * step_y, 3, row);
      *row++ = static_cast<float>(kRootScale) * std::sqrt(cell / ep);
      *ring++ = i * kRings + ring_of(x, y);
      *group++ = i * kGroups + z * kGroups / nz;
    });
  }
  return patches;
}

}  // namespace octocal::train
