// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/precision.hpp"

namespace octocal::train {
namespace {

thread_local Precision current = Precision::kFloat32;

}  // namespace

PrecisionGuard::PrecisionGuard(Precision precision) noexcept : before_(current) { current = precision; }
PrecisionGuard::~PrecisionGuard() { current = before_; }
Precision current_precision() noexcept { return current; }

}  // namespace octocal::train
