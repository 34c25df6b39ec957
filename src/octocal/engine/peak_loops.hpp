// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "octocal/base/machine.hpp"

namespace octocal::engine {

/// A loop of nothing but multiply-adds between registers, enough of them under way to fill the pipelines: the most
/// multiply-accumulates that one core makes with this instruction. Real layers also load, store and round.
struct PeakLoop {
  const char* instruction;  ///< "vpdpbusd zmm"
  /// Whose products it makes: "float32", "bfloat16", "int8" (u8 x s8, exact in int32) or "int16x8" (pairs of int16).
  const char* precision;
  Isa isa;             ///< that has it
  std::uint64_t macs;  ///< multiply-accumulates a round
  void (*run)(std::int64_t rounds) noexcept;
};

/// The loops that `isa` has, lowest instruction set first; none on processors other than x86-64. Without VNNI "int8" is
/// pmaddwd behind a widening, as no other instruction multiplies bytes exactly; the widening is not counted. AMX has no
/// loop here.
std::vector<PeakLoop> peak_loops(Isa isa);

}  // namespace octocal::engine
