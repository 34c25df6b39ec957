// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "octocal/train/shower_files.hpp"

namespace octocal::train {

/// Cells are kept in units of kStoredUnitGev. As float16: half the memory, a relative error of 5e-4 for deposits from
/// 1e-6 GeV to kMostHalfGev. Where a cell of the sample is larger, as float32.
inline constexpr double kStoredUnitGev = 1e-3;
inline constexpr float kMostHalfGev = 65.504F;

/// The chosen showers of a batch, (chosen.size(), x, y, z) as `type`, kHalf or kFloat.
at::Tensor to_stored(const data::ShowerBatch& batch, std::span<const std::size_t> chosen, at::ScalarType type);

/// A source that several samples and a reading thread share.
struct SharedSource {
  std::unique_ptr<ShowerFiles> source;
  at::ScalarType type = at::kHalf;  ///< in which its cells are kept
  std::mutex mutex;                 ///< of reading
};

/// The showers at these places of the source, in this order, as they are kept. Neighbours are read together.
/// Thread-safe. Errors: bad_input.
at::Tensor read_stored(SharedSource& source, std::span<const std::uint64_t> places);

}  // namespace octocal::train
