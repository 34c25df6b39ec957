// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/runtime/step.hpp"

namespace octocal::engine {

/// Chooses the kernel of an operation on this machine and packs its weights. Sets `reason` when an int8 kernel is not
/// oneDNN's with VNNI or AMX (others saturate sums of two products and would give other numbers). Errors: see onednn_convolution().
std::unique_ptr<Step> make_step(const Operation& operation, Isa isa, std::string& reason);

}  // namespace octocal::engine
