// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/ATen.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "octocal/train/shower_files.hpp"

namespace octocal::train {

/// Cells are kept as float16 in units of kStoredUnitGev: half the memory; relative error 5e-4, and deposits from 1e-6
/// GeV to 60 GeV keep it.
inline constexpr double kStoredUnitGev = 1e-3;

/// The chosen showers of a batch, (chosen.size(), x, y, z) as they are kept.
at::Tensor to_stored(const data::ShowerBatch& batch, std::span<const std::size_t> chosen);

/// A source that several samples and a reading thread share.
struct SharedSource {
  std::unique_ptr<ShowerFiles> source;
  std::mutex mutex;
};

/// The showers at these places of the source, in this order, as they are kept. Neighbours are read together.
/// Thread-safe. Errors: bad_input.
at::Tensor read_stored(SharedSource& source, std::span<const std::uint64_t> places);

}  // namespace octocal::train
