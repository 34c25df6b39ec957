// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Computes spec.function of each of spec.size numbers. Plain float32 additions, multiplications and divisions in a
/// fixed order, no library: the same bytes on every instruction set and with every C library.
///
/// | function | error, at most | notes                                                                              |
/// |----------|----------------|------------------------------------------------------------------------------------|
/// | kExp     | 1 ulp          | subnormal results too (1 of their steps); overflow gives infinity                  |
/// | kLog     | 1 ulp          | subnormal arguments too; log(0) = -infinity, NaN below                             |
/// | kTanh    | 2 ulp          |                                                                                    |
/// | kSqrt    | exact rounding | NaN below 0                                                                        |
/// | kSigmoid | 3 ulp          |                                                                                    |
/// | kSoftplus | 3 ulp         | log(1 + exp(x)), also where that is next to 0                                      |
/// | kElu     | 3 ulp          | exp(x) - 1 without loss of digits next to 0                                        |
/// | kErf     | 2 ulp          |                                                                                    |
/// | kClip, kNeg, kAbs, kNot | none |                                                                               |
///
/// NaN gives NaN. Polynomials: Cephes (S. Moshier), expf, logf, tanhf. Thread-safe, does not allocate. `out` may not
/// overlap `in`.
void apply_function(const FunctionSpec& spec, const float* in, float* out) noexcept;

}  // namespace octocal::engine
