// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// A dense layer: (rows, inputs) to (rows, outputs), see GemmSpec. A multiplication and an addition for each k in
/// order, so the same bytes on every instruction set: the dense layer stays float32 in int8 models. Thread-safe.
void gemm_rows(const GemmSpec& spec, const float* in, float* out) noexcept;

}  // namespace octocal::engine
