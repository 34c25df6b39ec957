// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/model/network_spec.hpp"

namespace octocal::train {

/// The branch of head k that all its layers share (model/cells_spec.hpp).
///
/// | tensor | shape               |                                                       |
/// |--------|---------------------|-------------------------------------------------------|
/// | seen   | (n, planes nz, x, y) | what lies beside the trunk in what the head reads    |
/// | weight | (L, planes, 5, 5)   |                                                       |
/// | bias   | (L)                 |                                                       |
/// | out    | (1 + S, L)          |                                                       |
struct LocalHead {
  std::int64_t k = 0;
  model::AxisSizes image;
  at::Tensor seen, weight, bias, out;
};

/// Values of a head (n, (1 + S) nz, columns, rows of its pixels) and what the branch adds to them, in channels-last
/// memory. Gradients for values and weights. One pass on a CPU, elsewhere plain_local_values() is.
at::Tensor add_local_values(const LocalHead& head, const at::Tensor& values);

/// What it adds, in libtorch's operations.
at::Tensor plain_local_values(const LocalHead& head);

}  // namespace octocal::train
