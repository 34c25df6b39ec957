// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/study/sample_info.hpp"

namespace octocal::cli {

std::string to_table(const study::SampleInfo& info);

}  // namespace octocal::cli
