// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/stored_cells.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace octocal::train {
namespace {

constexpr std::uint64_t kLongestRun = 512;  // showers read at once
constexpr std::uint64_t kWidestGap = 8;     // showers read in vain rather than opening a new range

}  // namespace

at::Tensor to_stored(const data::ShowerBatch& batch, std::span<const std::size_t> chosen, at::ScalarType type) {
  const auto& geometry = batch.geometry;
  const auto n = static_cast<std::int64_t>(chosen.size());
  auto cells = at::empty({n, static_cast<std::int64_t>(geometry.nx), static_cast<std::int64_t>(geometry.ny),
                          static_cast<std::int64_t>(geometry.nz)},
                         at::kFloat);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto shower = batch.shower(chosen[i]);
    std::copy(shower.begin(), shower.end(), cells.data_ptr<float>() + i * geometry.cells());
  }
  return (cells / kStoredUnitGev).to(type);
}

at::Tensor read_stored(SharedSource& source, std::span<const std::uint64_t> places) {
  std::vector<at::Tensor> parts;
  data::ShowerBatch batch;
  for (std::size_t i = 0; i < places.size();) {
    std::size_t end = i + 1;
    while (end < places.size() && places[end] > places[end - 1] && places[end] - places[end - 1] <= kWidestGap &&
           places[end] - places[i] < kLongestRun)
      ++end;
    {
      const std::lock_guard lock(source.mutex);
      source.source->read(places[i], places[end - 1] - places[i] + 1, batch);
    }
    std::vector<std::size_t> chosen;
    for (std::size_t k = i; k < end; ++k) chosen.push_back(places[k] - places[i]);
    parts.push_back(to_stored(batch, chosen, source.type));
    i = end;
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

}  // namespace octocal::train
