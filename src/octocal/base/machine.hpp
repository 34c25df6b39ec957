// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

namespace octocal {

/// Instruction sets that matter here, lowest first.
enum class Isa { kBaseline, kAvx2, kAvx512, kAvx512Vnni, kAvx512Bf16, kAmx };

/// The best set of this processor, capped by the environment variable OCTOCAL_ISA
/// (baseline, avx2, avx512, avx512_vnni, avx512_bf16, amx). Error: bad_input for another value.
Isa machine_isa();
/// The name of a set, as OCTOCAL_ISA has it.
const char* isa_name(Isa isa) noexcept;

/// Physical cores of which this process may use at least one processing unit (hwloc), at least 1: a mask with one
/// hyperthread of each core has as many usable cores as one with both. The process's mask is read once, at the first
/// call of this function or of pin_current_thread().
int usable_cores();

/// Binds the calling thread to those processing units of the n-th usable core (modulo their number; neighbours are
/// counted one after the other) that are in the process's mask. Returns false where the system refuses.
/// Precondition: core >= 0.
bool pin_current_thread(int core) noexcept;

/// Bytes of a core's second-level cache; 1 MiB where the system does not say.
std::size_t second_level_cache_bytes() noexcept;

/// The processor's name as the system gives it.
std::string processor_name();

/// octocal's version, "0.1.0".
const char* version() noexcept;

/// Largest resident memory of this process so far, in bytes.
std::size_t peak_memory_bytes() noexcept;

}  // namespace octocal
