// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/base/machine.hpp"

// A loop that the compiler turns into vectors, compiled for each instruction set. Nothing is contracted (no fused
// multiply-add) and no sum is reordered, so all copies give the same bytes.
//
//   OCTOCAL_FOR_EACH_ISA(name, (int n, float* out), (n, out))
//
// defines void name_for(Isa isa, int n, float* out), which calls the copy of the always-inline function `name` for the
// instruction set. In an unnamed namespace.

#if defined(__x86_64__)
#define OCTOCAL_UNPACK(...) __VA_ARGS__
#define OCTOCAL_FOR_EACH_ISA(name, parameters, arguments)                                                             \
  void name##_portable parameters noexcept { name arguments; }                                                        \
  [[gnu::target("avx2")]] void name##_avx2 parameters noexcept { name arguments; }                                    \
  [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")]] void name##_avx512 parameters noexcept { \
    name arguments;                                                                                                   \
  }                                                                                                                   \
  void name##_for(Isa isa, OCTOCAL_UNPACK parameters) noexcept {                                                      \
    if (isa >= Isa::kAvx512) return name##_avx512 arguments;                                                          \
    if (isa >= Isa::kAvx2) return name##_avx2 arguments;                                                              \
    name##_portable arguments;                                                                                        \
  }
#else
#define OCTOCAL_UNPACK(...) __VA_ARGS__
#define OCTOCAL_FOR_EACH_ISA(name, parameters, arguments) \
  void name##_for(Isa, OCTOCAL_UNPACK parameters) noexcept { name arguments; }
#endif
