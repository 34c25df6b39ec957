// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace octocal::train {

/// How many of the symmetries of transform_transverse (training_data.hpp) an image of nx x ny cells has: 8 where nx is
/// ny, else 4, the flips (numbers 0 to 3).
inline int transverse_symmetries(std::int64_t nx, std::int64_t ny) { return nx == ny ? 8 : 4; }

}  // namespace octocal::train
