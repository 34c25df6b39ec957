// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal::train {

/// How the convolutions of a training step multiply. Weights, their gradients, the optimiser and every other operation
/// stay float32.
enum class Precision {
  kFloat32,
  kBf16,  ///< factors rounded to bfloat16 (8 bits), products summed in float32
};

/// While it lives, convolutions that this thread calls run in `precision`, and so do their gradients later. Nests.
class PrecisionGuard {
 public:
  explicit PrecisionGuard(Precision precision) noexcept;
  ~PrecisionGuard();
  PrecisionGuard(const PrecisionGuard&) = delete;
  PrecisionGuard& operator=(const PrecisionGuard&) = delete;

 private:
  Precision before_;
};

/// Of this thread, now; kFloat32 unless a guard says otherwise.
Precision current_precision() noexcept;

}  // namespace octocal::train
