// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/study/timing.hpp"

namespace octocal::cli {

/// Speeds of the models and of one over the other; `layers`: of the layers, too, `every`: small ones one by one.
std::string to_table(const study::BenchResult& result, bool layers, bool every = false);

}  // namespace octocal::cli
