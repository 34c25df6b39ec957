// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/runtime/step.hpp"

namespace octocal::engine {

/// Chooses the kernel of an operation on this machine and packs its weights. Adds to `reason` when the kernel is not
/// the one that the operation would have on a machine with everything. Errors: see onednn_convolution().
std::unique_ptr<Step> make_step(const Operation& operation, Isa isa, std::string& reason);

}  // namespace octocal::engine
