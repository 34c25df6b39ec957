// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/peak_loops.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace octocal::engine {

#if defined(__x86_64__)
namespace {

/// Sums that are under way at a time. Two multiply-adds a cycle that take four to five cycles need ten.
constexpr std::uint64_t kChains = 10;

// Written as machine instructions: from intrinsics a compiler makes equal products once, and copies registers about.
// s: the sum, x and w: the factors, p: room for a product.
#define OCTOCAL_SUM_AND_PRODUCT(multiply, add) multiply " %[w], %[x], %[p]\n\t" add " %[p], %[s], %[s]"
#define OCTOCAL_FUSED(instruction) instruction " %[w], %[x], %[s]"
#define OCTOCAL_PEAK_ADD(code, s_) asm volatile(code : [s] "+v"(s_), [p] "=&v"(product) : [x] "v"(x), [w] "v"(w))
#define OCTOCAL_PEAK_LOOP(name, isa, Vector, code)                              \
  __attribute__((target(isa))) void name(std::int64_t rounds) noexcept {        \
    const Vector x{}, w{};                                                      \
    Vector s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{}, s8{}, s9{}, product; \
    for (std::int64_t round = 0; round < rounds; ++round) {                     \
      OCTOCAL_PEAK_ADD(code, s0);                                               \
      OCTOCAL_PEAK_ADD(code, s1);                                               \
      OCTOCAL_PEAK_ADD(code, s2);                                               \
      OCTOCAL_PEAK_ADD(code, s3);                                               \
      OCTOCAL_PEAK_ADD(code, s4);                                               \
      OCTOCAL_PEAK_ADD(code, s5);                                               \
      OCTOCAL_PEAK_ADD(code, s6);                                               \
      OCTOCAL_PEAK_ADD(code, s7);                                               \
      OCTOCAL_PEAK_ADD(code, s8);                                               \
      OCTOCAL_PEAK_ADD(code, s9);                                               \
    }                                                                           \
  }

// SSE2's instructions have two operands: the product takes the place of a copy of x.
#define OCTOCAL_SUM_AND_PRODUCT_SSE2(multiply, add) "movaps %[x], %[p]\n\t" multiply " %[w], %[p]\n\t" add " %[p], %[s]"

OCTOCAL_PEAK_LOOP(float32_sse2, "sse2", __m128, OCTOCAL_SUM_AND_PRODUCT_SSE2("mulps", "addps"))
OCTOCAL_PEAK_LOOP(pairs_sse2, "sse2", __m128i, OCTOCAL_SUM_AND_PRODUCT_SSE2("pmaddwd", "paddd"))
OCTOCAL_PEAK_LOOP(float32_avx2, "avx2,fma", __m256, OCTOCAL_FUSED("vfmadd231ps"))
OCTOCAL_PEAK_LOOP(pairs_avx2, "avx2", __m256i, OCTOCAL_SUM_AND_PRODUCT("vpmaddwd", "vpaddd"))
OCTOCAL_PEAK_LOOP(float32_avx512, "avx512f", __m512, OCTOCAL_FUSED("vfmadd231ps"))
OCTOCAL_PEAK_LOOP(pairs_avx512, "avx512f,avx512bw", __m512i, OCTOCAL_SUM_AND_PRODUCT("vpmaddwd", "vpaddd"))
OCTOCAL_PEAK_LOOP(bytes_vnni, "avx512f,avx512vnni", __m512i, OCTOCAL_FUSED("vpdpbusd"))
OCTOCAL_PEAK_LOOP(pairs_vnni, "avx512f,avx512vnni", __m512i, OCTOCAL_FUSED("vpdpwssd"))
OCTOCAL_PEAK_LOOP(bfloat16_avx512, "avx512f,avx512bf16", __m512, OCTOCAL_FUSED("vdpbf16ps"))

}  // namespace

std::vector<PeakLoop> peak_loops(Isa isa) {
  std::vector<PeakLoop> loops;
  for (const PeakLoop& loop : {PeakLoop{"mulps addps", "float32", Isa::kBaseline, 4 * kChains, float32_sse2},
                               {"pmaddwd paddd", "int8", Isa::kBaseline, 8 * kChains, pairs_sse2},
                               {"pmaddwd paddd", "int16x8", Isa::kBaseline, 8 * kChains, pairs_sse2},
                               {"vfmadd ymm", "float32", Isa::kAvx2, 8 * kChains, float32_avx2},
                               {"vpmaddwd vpaddd ymm", "int8", Isa::kAvx2, 16 * kChains, pairs_avx2},
                               {"vpmaddwd vpaddd ymm", "int16x8", Isa::kAvx2, 16 * kChains, pairs_avx2},
                               {"vfmadd zmm", "float32", Isa::kAvx512, 16 * kChains, float32_avx512},
                               {"vpmaddwd vpaddd zmm", "int8", Isa::kAvx512, 32 * kChains, pairs_avx512},
                               {"vpmaddwd vpaddd zmm", "int16x8", Isa::kAvx512, 32 * kChains, pairs_avx512},
                               {"vpdpbusd zmm", "int8", Isa::kAvx512Vnni, 64 * kChains, bytes_vnni},
                               {"vpdpwssd zmm", "int16x8", Isa::kAvx512Vnni, 32 * kChains, pairs_vnni},
                               {"vdpbf16ps zmm", "bfloat16", Isa::kAvx512Bf16, 32 * kChains, bfloat16_avx512}})
    if (loop.isa <= isa) loops.push_back(loop);
  return loops;
}
#else
std::vector<PeakLoop> peak_loops(Isa) { return {}; }
#endif

}  // namespace octocal::engine
