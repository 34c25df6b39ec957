// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/architecture.hpp"

namespace octocal::model {

const char* name_of(Architecture architecture) noexcept {
  switch (architecture) {
    case Architecture::kConv3d:
      return "conv3d";
    case Architecture::kCells:
      return "cells";
    case Architecture::kConv2d:
      break;
  }
  return "conv2d";
}

std::optional<Architecture> parse_architecture(std::string_view name) noexcept {
  for (const auto architecture : {Architecture::kConv2d, Architecture::kConv3d, Architecture::kCells})
    if (name == name_of(architecture)) return architecture;
  return std::nullopt;
}

}  // namespace octocal::model
