// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/train/profile_network.hpp"

namespace octocal::train {

/// What head k of a network of cells (model/cells_spec.hpp) reads: (n, C + planes nz, x, y) in channels-last memory, the
/// trunk, the map of the energies that are left, then (but for the first head) the cells drawn so far as
/// log(1 + E/10 keV)/4 and as hits. Gradients for the trunk only. In one pass on a CPU, elsewhere plain_seen_cells() is.
///
/// | tensor   | shape          |                                                                                   |
/// |----------|----------------|-----------------------------------------------------------------------------------|
/// | trunk    | (n, C, x, y)   |                                                                                   |
/// | profiles |                | GeV                                                                               |
/// | cells    | (n, x, y, z)   | GeV; those that head k or a later one draws are not seen                          |
/// | spent    | (n, x, y, z)   | GeV, what those cells take off the profiles                                       |
at::Tensor seen_cells(std::int64_t k, const at::Tensor& trunk, const Profiles& profiles, const at::Tensor& cells,
                      const at::Tensor& spent);

/// The same in libtorch's operations.
at::Tensor plain_seen_cells(std::int64_t k, const at::Tensor& trunk, const Profiles& profiles, const at::Tensor& cells,
                            const at::Tensor& spent);

/// Energy expected in each cell from its column's, row's and layer's, as the network sees it: (n, nz, nx, ny), channels
/// last.
at::Tensor map_of(const Profiles& profiles);

}  // namespace octocal::train
