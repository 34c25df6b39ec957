// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/base/machine.hpp"

// A loop that the compiler turns into vectors, compiled for each instruction set. Nothing is contracted (no fused
// multiply-add) and no sum is reordered, so all copies give the same bytes.
//
//   OCTOCAL_FOR_EACH_ISA(name, (int n, float* out), (n, out))
//
// defines name_for(Isa isa), which is the copy of the always-inline function `name` for the instruction set, to be called
// with (n, out). Among the arguments, kWidth is the number of floats in its vectors. In an unnamed namespace.

#define OCTOCAL_COPY_FOR_ISA(copy, width, name, parameters, arguments) \
  void copy parameters noexcept {                                      \
    [[maybe_unused]] constexpr std::size_t kWidth = width;             \
    name arguments;                                                    \
  }

// GCC takes halves of these registers unless it is told; Clang knows no such word here, and takes what pays.
#if defined(__clang__)
#define OCTOCAL_AVX512_TARGET "avx512f,avx512dq,avx512bw,avx512vl"
#else
#define OCTOCAL_AVX512_TARGET "avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512"
#endif

#if defined(__x86_64__)
#define OCTOCAL_FOR_EACH_ISA(name, parameters, arguments)                                                        \
  OCTOCAL_COPY_FOR_ISA(name##_portable, 4, name, parameters, arguments)                                          \
  [[gnu::target("avx2")]] OCTOCAL_COPY_FOR_ISA(name##_avx2, 8, name, parameters, arguments)                      \
      [[gnu::target(OCTOCAL_AVX512_TARGET)]] OCTOCAL_COPY_FOR_ISA(name##_avx512, 16, name, parameters,           \
                                                                  arguments) auto name##_for(Isa isa) noexcept { \
    return isa >= Isa::kAvx512 ? name##_avx512 : isa >= Isa::kAvx2 ? name##_avx2 : name##_portable;              \
  }
#else
#define OCTOCAL_FOR_EACH_ISA(name, parameters, arguments)               \
  OCTOCAL_COPY_FOR_ISA(name##_portable, 4, name, parameters, arguments) \
  auto name##_for(Isa) noexcept { return name##_portable; }
#endif
