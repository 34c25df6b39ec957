// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

namespace octocal::model {

/// Which network a generator is.
enum class Architecture {
  kConv2d,  ///< three branches of two-dimensional convolutions (Rehm et al. 2021, section 3.1): the paper's
  kConv3d,  ///< one chain of three-dimensional convolutions, the authors' older network: the paper's baseline
  kCells,   ///< the likelihood of each cell, from which it is drawn (cells_spec.hpp): ours
};

/// "conv2d", "conv3d" or "cells".
const char* name_of(Architecture architecture) noexcept;
/// The architecture of a name, nothing for another text.
std::optional<Architecture> parse_architecture(std::string_view name) noexcept;

}  // namespace octocal::model
