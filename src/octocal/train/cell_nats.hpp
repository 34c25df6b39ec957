// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octocal::train {

/// What one head says of cells (model/cells_spec.hpp).
struct HeadNats {
  at::Tensor values;       ///< (n, (1 + S) layers, x, y): logits of a hit, then S statistics
  at::Tensor cells;        ///< (n, layers, x, y), GeV; a hit is above 0
  at::Tensor log_density;  ///< (bins)
  at::Tensor basis;        ///< (S, bins)
  at::Tensor edges;        ///< (bins + 1), log of GeV
};

/// Minus the log likelihood of each shower's cells (n), in nats, with gradients for values, log density and basis. On a
/// CPU values and gradients are computed in one pass over the hits; elsewhere plain_cell_nats() is.
at::Tensor cell_nats(const HeadNats& head);

/// The same in libtorch's operations.
at::Tensor plain_cell_nats(const HeadNats& head);

}  // namespace octocal::train
