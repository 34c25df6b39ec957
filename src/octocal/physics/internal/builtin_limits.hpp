// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal::physics {

/// The text of data/limits.json at build time: the program needs no path to it.
extern const char* const kBuiltinLimits;

}  // namespace octocal::physics
