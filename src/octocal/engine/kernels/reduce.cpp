// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/reduce.hpp"

#include <cstddef>
#include <limits>

namespace octocal::engine {
namespace {

constexpr std::size_t kLanes = 8;

template <typename Join>
float joined_row(const float* row, std::size_t count, float start, Join join) noexcept {
  float lanes[kLanes];
  for (float& lane : lanes) lane = start;
  const std::size_t whole = count / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = join(lanes[lane], row[i + lane]);
  float rest = start;
  for (std::size_t i = whole; i < count; ++i) rest = join(rest, row[i]);
  const float even = join(join(lanes[0], lanes[4]), join(lanes[2], lanes[6]));
  const float odd = join(join(lanes[1], lanes[5]), join(lanes[3], lanes[7]));
  return join(join(even, odd), rest);
}

template <typename Join>
void reduce_by(const ReduceSpec& spec, const float* in, float* __restrict out, float start, Join join) noexcept {
  const auto& n = spec.dims;
  const auto& to = spec.destination_strides;
  const auto count = static_cast<std::size_t>(n[3]);
  for (std::int64_t i = 0; i < spec.outputs; ++i) out[i] = start;
  for (std::int64_t a = 0; a < n[0]; ++a)
    for (std::int64_t b = 0; b < n[1]; ++b)
      for (std::int64_t c = 0; c < n[2]; ++c) {
        float* results = out + a * to[0] + b * to[1] + c * to[2];
        if (to[3] == 0) {
          *results = join(*results, joined_row(in, count, start, join));
        } else {
          for (std::size_t d = 0; d < count; ++d) results[d] = join(results[d], in[d]);
        }
        in += count;
      }
}

}  // namespace

void reduce(const ReduceSpec& spec, const float* in, float* out) noexcept {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (spec.join) {
    case ReduceSpec::Join::kSum:
      return reduce_by(spec, in, out, 0.0F, [](float x, float y) { return x + y; });
    case ReduceSpec::Join::kMax:
      return reduce_by(spec, in, out, -kInfinity, [](float x, float y) {
        const float larger = x > y ? x : y;  // y where either is NaN
        return x != x ? x : larger;
      });
    case ReduceSpec::Join::kMin:
      return reduce_by(spec, in, out, kInfinity, [](float x, float y) {
        const float smaller = x < y ? x : y;
        return x != x ? x : smaller;
      });
  }
}

}  // namespace octocal::engine
