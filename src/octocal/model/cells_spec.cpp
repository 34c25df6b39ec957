// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/cells_spec.hpp"

#include <fmt/format.h>

#include <cmath>

#include "octocal/model/profile_spec.hpp"

namespace octocal::model {

namespace {

struct FirstPixel {
  std::int64_t x, y;
};
constexpr FirstPixel kFirstPixels[kCellPasses] = {{0, 0}, {1, 1}, {0, 1}, {1, 0}};

}  // namespace

CellPass cell_pass(std::int64_t k, const AxisSizes& image) noexcept {
  const auto [x, y] = kFirstPixels[k];
  return {x, y, (image.x - x + 1) / 2, (image.y - y + 1) / 2};
}

std::int64_t head_of(std::int64_t x, std::int64_t y) noexcept {
  const bool odd_x = x % 2 != 0, odd_y = y % 2 != 0;
  return odd_x == odd_y ? (odd_x ? 1 : 0) : (odd_x ? 3 : 2);
}

std::int64_t cell_planes(std::int64_t k) noexcept { return k == 0 ? 1 : 3; }

std::vector<float> distance_plane(std::int64_t k, const AxisSizes& image) {
  const auto from_middle = [](std::int64_t at, std::int64_t size) {
    const double middle = (static_cast<double>(size) - 1) / 2;
    return (static_cast<double>(at) - middle) / middle;
  };
  std::vector<float> plane;
  plane.reserve(static_cast<std::size_t>(image.x * image.y));
  for (std::int64_t x = 0; x < image.x; ++x)
    for (std::int64_t y = 0; y < image.y; ++y)
      plane.push_back(
          head_of(x, y) == k ? static_cast<float>(std::hypot(from_middle(x, image.x), from_middle(y, image.y))) : 0.0F);
  return plane;
}

std::vector<std::pair<std::string, Shape>> cells_parameters(const CellsSpec& spec, const AxisSizes& image) {
  const auto numbers = description_size(image) + 1;
  std::vector<std::pair<std::string, Shape>> all = {{"cells.centre", {numbers}},
                                                    {"cells.spread", {numbers}},
                                                    {"cells.log_density", {spec.bins}},
                                                    {"cells.basis", {spec.statistics, spec.bins}},
                                                    {"cells.edges", {spec.bins + 1}}};
  const auto offsets = (1 + spec.trunk_layers) * spec.trunk;
  all.push_back({"condition.weight", {offsets, numbers}});
  all.push_back({"condition.bias", {offsets}});
  all.push_back({"trunk0.weight", {spec.trunk, image.z, 5, 5}});
  for (std::int64_t layer = 1; layer <= spec.trunk_layers; ++layer)
    all.push_back({fmt::format("trunk{}.weight", layer), {spec.trunk, spec.trunk, 3, 3}});
  for (std::int64_t k = 0; k < kCellPasses; ++k) {
    const auto name = fmt::format("head{}", k);
    const auto values = 1 + spec.statistics, planes = cell_planes(k);
    all.push_back({name + ".conv.weight", {spec.head, spec.trunk + planes * image.z, 3, 3}});
    all.push_back({name + ".conv.bias", {spec.head}});
    all.push_back({name + ".out.weight", {values * image.z, spec.head, 1, 1}});
    all.push_back({name + ".out.bias", {values * image.z}});
    all.push_back({name + ".local.weight", {spec.local, planes, kLocalTaps, kLocalTaps}});
    all.push_back({name + ".local.bias", {spec.local}});
    all.push_back({name + ".local.out.weight", {values, spec.local}});
  }
  return all;
}

}  // namespace octocal::model
