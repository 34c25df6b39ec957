// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/reduce_sum.hpp"

#include <cstddef>

namespace octocal::engine {
namespace {

constexpr std::size_t kLanes = 8;

float sum_of_row(const float* row, std::size_t count) noexcept {
  float lanes[kLanes] = {};
  const std::size_t whole = count / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += row[i + lane];
  float rest = 0;
  for (std::size_t i = whole; i < count; ++i) rest += row[i];
  const float even = (lanes[0] + lanes[4]) + (lanes[2] + lanes[6]);
  const float odd = (lanes[1] + lanes[5]) + (lanes[3] + lanes[7]);
  return (even + odd) + rest;
}

}  // namespace

void reduce_sum(const ReduceSumSpec& spec, const float* in, float* __restrict out) noexcept {
  const auto& n = spec.dims;
  const auto& to = spec.destination_strides;
  const auto count = static_cast<std::size_t>(n[3]);
  for (std::int64_t i = 0; i < spec.outputs; ++i) out[i] = 0;
  for (std::int64_t a = 0; a < n[0]; ++a)
    for (std::int64_t b = 0; b < n[1]; ++b)
      for (std::int64_t c = 0; c < n[2]; ++c) {
        float* sums = out + a * to[0] + b * to[1] + c * to[2];
        if (to[3] == 0) {
          *sums += sum_of_row(in, count);
        } else {
          for (std::size_t d = 0; d < count; ++d) sums[d] += in[d];
        }
        in += count;
      }
}

}  // namespace octocal::engine
