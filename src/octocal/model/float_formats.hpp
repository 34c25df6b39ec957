// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace octocal::model {

/// IEEE binary16 and bfloat16 as bits. To 16 bits: round half to even, overflow to infinity, subnormals kept, NaN stays
/// NaN. From 16 bits: exact. The same bits on every machine; no hardware conversion is used.
std::uint16_t float16_bits(float value) noexcept;
float float16_value(std::uint16_t bits) noexcept;
std::uint16_t bfloat16_bits(float value) noexcept;
float bfloat16_value(std::uint16_t bits) noexcept;

}  // namespace octocal::model
