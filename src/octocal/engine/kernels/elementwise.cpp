// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/elementwise.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "octocal/engine/kernels/each_isa.hpp"
#include "octocal/engine/kernels/exponential.hpp"
#include "octocal/engine/kernels/power.hpp"
#include "octocal/engine/kernels/quantize.hpp"

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

/// A run of one side of binary_u8 in float32.
constexpr std::int64_t kRun = 256;
using Run = std::array<float, kRun>;

void load_run(const Quantization& from, const std::uint8_t* bytes, std::int64_t stride, std::int64_t count,
              float* run) noexcept {
  for (std::int64_t i = 0; i < count; ++i)
    run[i] = static_cast<float>(static_cast<int>(bytes[i * stride]) - from.zero_point) * from.scale;
}
void load_run(const float* numbers, std::int64_t stride, std::int64_t count, float* run) noexcept {
  for (std::int64_t i = 0; i < count; ++i) run[i] = numbers[i * stride];
}

/// Powers by one and the same exponent, where that is a product or a root; false otherwise.
bool easy_power(const BinarySpec& spec, const float* left, float* out) noexcept {
  const auto& exponents = spec.constant;
  if (spec.right >= 0 || exponents.empty()) return false;
  const float exponent = exponents[0];
  if (!std::all_of(exponents.begin(), exponents.end(), [=](float x) { return x == exponent; })) return false;
  const auto rows = [&](auto operation) {
    binary_rows(spec, left, exponents.data(), out, [=](float x, float) { return operation(x); });
    return true;
  };
  if (exponent == 1) return rows([](float x) { return x; });
  if (exponent == 2) return rows([](float x) { return x * x; });
  if (exponent == 3) return rows([](float x) { return x * x * x; });
  return false;
}

float bits_or(float x, float y) noexcept {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) | std::bit_cast<std::uint32_t>(y));
}

[[gnu::always_inline]] inline void leaky(std::int64_t size, float slope, const float* in,
                                         float* __restrict out) noexcept {
  for (std::int64_t i = 0; i < size; ++i) out[i] = choose(in[i] > 0, in[i], slope * in[i]);
}
OCTOCAL_FOR_EACH_ISA(leaky, (std::int64_t size, float slope, const float* in, float* out), (size, slope, in, out))

}  // namespace

void activate(const ActivationSpec& spec, Isa isa, const float* in, float* out) noexcept {
  leaky_for(isa)(spec.size, spec.slope, in, out);
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

void binary_u8(const BinarySpec& spec, const std::uint8_t* left, const std::uint8_t* right,
               std::uint8_t* out) noexcept {
  const auto& n = spec.dims;
  const auto& l = spec.left_strides;
  const auto& r = spec.right_strides;
  Run x;
  Run y;
  Run result;
  BinarySpec run;  // the same operation, over one run
  run.function = spec.function;
  run.left_strides = run.right_strides = {0, 0, 0, 1};
  const auto load = [&](const Quantization& from, const std::uint8_t* bytes, std::int64_t at, std::int64_t stride,
                        Run& to) {
    if (bytes == nullptr) {
      load_run(spec.constant.data() + at, stride, run.dims[3], to.data());
    } else {
      load_run(from, bytes + at, stride, run.dims[3], to.data());
    }
  };
  for (std::int64_t a = 0; a < n[0]; ++a)
    for (std::int64_t b = 0; b < n[1]; ++b)
      for (std::int64_t c = 0; c < n[2]; ++c)
        for (std::int64_t d = 0; d < n[3]; d += kRun) {
          run.dims[3] = std::min(kRun, n[3] - d);
          load(spec.stored->left, left, a * l[0] + b * l[1] + c * l[2] + d * l[3], l[3], x);
          load(spec.stored->right, right, a * r[0] + b * r[1] + c * r[2] + d * r[3], r[3], y);
          binary(run, x.data(), y.data(), result.data());
          quantize_u8(spec.stored->destination, std::span(result.data(), static_cast<std::size_t>(run.dims[3])), out);
          out += run.dims[3];
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
    case BinarySpec::Function::kPow:
      if (easy_power(spec, left, out)) return;
      return binary_rows(spec, left, right, out, [](float x, float y) { return power(x, y); });
    case BinarySpec::Function::kPrelu:
      return binary_rows(spec, left, right, out, [](float x, float slope) { return x > 0 ? x : slope * x; });
    case BinarySpec::Function::kGreater:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x > y ? 1.0F : 0.0F; });
    case BinarySpec::Function::kGreaterOrEqual:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x >= y ? 1.0F : 0.0F; });
    case BinarySpec::Function::kLess:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x < y ? 1.0F : 0.0F; });
    case BinarySpec::Function::kLessOrEqual:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x <= y ? 1.0F : 0.0F; });
    case BinarySpec::Function::kEqual:
      return binary_rows(spec, left, right, out, [](float x, float y) { return x == y ? 1.0F : 0.0F; });
    case BinarySpec::Function::kKeepWhere:
      return binary_rows(spec, left, right, out, [](float x, float yes) { return yes != 0 ? x : 0.0F; });
    case BinarySpec::Function::kDropWhere:
      return binary_rows(spec, left, right, out, [](float x, float yes) { return yes != 0 ? 0.0F : x; });
    case BinarySpec::Function::kEither:
      return binary_rows(spec, left, right, out, bits_or);
  }
}

}  // namespace octocal::engine
