// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/elementwise.hpp"

namespace octocal::engine {
namespace {

// Rows of the box. `out` overlaps neither side, which the compiler need not check a row then; the three common strides
// have loops of their own that it turns into vectors.
template <typename Operation>
void binary_rows(const BinarySpec& spec, const float* left, const float* right, float* __restrict out,
                 Operation operation) noexcept {
  const auto& n = spec.dims;
  const auto& l = spec.left_strides;
  const auto& r = spec.right_strides;
  for (std::int64_t a = 0; a < n[0]; ++a)
    for (std::int64_t b = 0; b < n[1]; ++b)
      for (std::int64_t c = 0; c < n[2]; ++c) {
        const float* in = left + a * l[0] + b * l[1] + c * l[2];
        const float* other = right + a * r[0] + b * r[1] + c * r[2];
        if (l[3] == 1 && r[3] == 0) {
          const float constant = *other;
          for (std::int64_t d = 0; d < n[3]; ++d) out[d] = operation(in[d], constant);
        } else if (l[3] == 0 && r[3] == 1) {
          const float constant = *in;
          for (std::int64_t d = 0; d < n[3]; ++d) out[d] = operation(constant, other[d]);
        } else if (l[3] == 1 && r[3] == 1) {
          for (std::int64_t d = 0; d < n[3]; ++d) out[d] = operation(in[d], other[d]);
        } else {
          for (std::int64_t d = 0; d < n[3]; ++d) out[d] = operation(in[d * l[3]], other[d * r[3]]);
        }
        out += n[3];
      }
}

}  // namespace

void activate(const ActivationSpec& spec, const float* in, float* out) noexcept {
  for (std::int64_t i = 0; i < spec.size; ++i) out[i] = in[i] > 0 ? in[i] : spec.slope * in[i];
}

void channel_affine(const AffineSpec& spec, const float* in, float* out) noexcept {
  for (std::int64_t a = 0; a < spec.outer; ++a)
    for (std::int64_t c = 0; c < spec.channels; ++c) {
      const float gain = spec.gain[static_cast<std::size_t>(c)];
      const float shift = spec.shift[static_cast<std::size_t>(c)];
      for (std::int64_t i = 0; i < spec.inner; ++i) {
        const float scaled = *in++ * gain;
        *out++ = scaled + shift;
      }
    }
}

void binary(const BinarySpec& spec, const float* left, const float* right, float* out) noexcept {
  switch (spec.function) {
    case BinarySpec::Function::kMul:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x * y; });
    case BinarySpec::Function::kAdd:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x + y; });
    case BinarySpec::Function::kSub:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x - y; });
    case BinarySpec::Function::kDiv:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x / y; });
    case BinarySpec::Function::kMax:
      return binary_rows(spec, left, right, out, [](float x, float y) {
        const float larger = x > y ? x : y;  // y where either is NaN
        return x != x ? x : larger;
      });
    case BinarySpec::Function::kMin:
      return binary_rows(spec, left, right, out, [](float x, float y) {
        const float smaller = x < y ? x : y;
        return x != x ? x : smaller;
      });
  }
}

}  // namespace octocal::engine
