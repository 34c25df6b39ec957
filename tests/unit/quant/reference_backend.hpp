// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/quant/showers.hpp"

namespace octocal::quant::testing {

/// Runs graphs through the slow reference evaluation: the oracle, for small graphs.
Backend reference_backend();

}  // namespace octocal::quant::testing
