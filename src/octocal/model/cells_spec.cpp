// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/cells_spec.hpp"

#include <fmt/format.h>

#include "octocal/model/profile_spec.hpp"

namespace octocal::model {

CellPass cell_pass(std::int64_t k, const AxisSizes& image) noexcept {
  const std::int64_t even = (image.z + 1) / 2;
  const std::int64_t odd = image.z / 2;
  CellPass pass;
  pass.first = k / 2;
  pass.parity = k % 2;
  pass.layers = pass.first == 0 ? even : odd;
  pass.seen = k == 0 ? 0 : k == 3 ? even + odd : even;
  return pass;
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
    const auto pass = cell_pass(k, image);
    const auto name = fmt::format("head{}", k);
    all.push_back({name + ".conv.weight", {spec.head, spec.trunk + image.z + 2 * pass.seen, 3, 3}});
    all.push_back({name + ".conv.bias", {spec.head}});
    all.push_back({name + ".out.weight", {(1 + spec.statistics) * pass.layers, spec.head, 1, 1}});
    all.push_back({name + ".out.bias", {(1 + spec.statistics) * pass.layers}});
  }
  return all;
}

}  // namespace octocal::model
