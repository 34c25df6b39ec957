// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/functions.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "octocal/engine/kernels/exponential.hpp"
#include "octocal/engine/kernels/logarithm.hpp"
#include "octocal/engine/kernels/logistic.hpp"

// Each function is one straight line without branches, so that the compiler turns a loop of it into vectors: what a
// branch would choose is computed both ways and selected.

namespace octocal::engine {
namespace {

float hyperbolic_tangent(float x) noexcept {
  const std::uint32_t sign = std::bit_cast<std::uint32_t>(x) & 0x80000000U;
  const float a = std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ sign);
  const float z = a * a;
  float p = -5.70498872745e-3F;
  p = p * z + 2.06390887954e-2F;
  p = p * z - 5.37397155531e-2F;
  p = p * z + 1.33314422036e-1F;
  p = p * z - 3.33332819422e-1F;
  const float small = (p * z) * a + a;
  const float large = 1.0F - 2.0F / (exponential(a + a) + 1.0F);
  const float result = choose(a < 0.625F, small, large);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(result) ^ sign);
}

/// exp(x) - 1 for x <= 0, without the loss of digits next to 0.
[[gnu::always_inline]] inline float exponential_less_one(float x) noexcept {
  const auto [less_one, exponent] = reduce_exponential(x < -100.0F ? -100.0F : x);
  const float scale = power_of_two(exponent < -126 ? -126 : exponent);
  return less_one * scale + (scale - 1.0F);
}

[[gnu::always_inline]] inline float soft_plus(float x) noexcept {
  const float z = exponential(-magnitude(x));
  const float w = 1.0F + z;
  const float log = logarithm(w) + (z - (w - 1.0F)) / w;  // what rounding w has lost
  return choose(x > 0.0F, x, 0.0F) + log;
}

[[gnu::always_inline]] inline float error_function(float x) noexcept {
  const std::uint32_t sign = std::bit_cast<std::uint32_t>(x) & 0x80000000U;
  const float a = magnitude(x);
  const float z = a * a;
  // erf(a) / a - 1 below 1, and -log(1 - erf(a)) / a from there to 4: fits to Chebyshev points.
  float p = 7.882497448e-5F;
  p = p * z - 8.018855006e-4F;
  p = p * z + 5.189312156e-3F;
  p = p * z - 2.685432881e-2F;
  p = p * z + 1.128359735e-1F;
  p = p * z - 3.761262596e-1F;
  p = p * z + 1.2837916613e-1F;
  const float small = a + a * p;
  float q = -2.376086599e-7F;
  q = q * a + 3.659136837e-6F;
  q = q * a - 5.208506082e-6F;
  q = q * a - 3.144046932e-4F;
  q = q * a + 3.785536624e-3F;
  q = q * a - 2.4242741987e-2F;
  q = q * a + 1.06925562024e-1F;
  q = q * a + 6.34675145149e-1F;
  q = q * a + 1.1287782192F;
  const float large = 1.0F - exponential(-(a * q));
  const float within = choose(a < 1.0F, small, large);
  const float result = choose(a > 4.0F, 1.0F, within);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(result) ^ sign);
}

template <typename Function>
void each(const FunctionSpec& spec, const float* in, float* __restrict out, Function function) noexcept {
  for (std::int64_t i = 0; i < spec.size; ++i) out[i] = function(in[i]);
}

}  // namespace

void apply_function(const FunctionSpec& spec, const float* in, float* out) noexcept {
  switch (spec.function) {
    case FunctionSpec::Function::kExp:
      return each(spec, in, out, [](float x) { return exponential(x); });
    case FunctionSpec::Function::kLog:
      return each(spec, in, out, [](float x) { return logarithm(x); });
    case FunctionSpec::Function::kSqrt:
      return each(spec, in, out, [](float x) { return std::sqrt(x); });
    case FunctionSpec::Function::kTanh:
      return each(spec, in, out, [](float x) { return hyperbolic_tangent(x); });
    case FunctionSpec::Function::kClip:
      return each(spec, in, out, [low = spec.low, high = spec.high](float x) {
        const float above = x < low ? low : x;
        return above > high ? high : above;
      });
    case FunctionSpec::Function::kElu:
      return each(spec, in, out,
                  [alpha = spec.alpha](float x) { return choose(x < 0.0F, alpha * exponential_less_one(x), x); });
    case FunctionSpec::Function::kSigmoid:
      return each(spec, in, out, [](float x) { return logistic(x); });
    case FunctionSpec::Function::kSoftplus:
      return each(spec, in, out, [](float x) { return soft_plus(x); });
    case FunctionSpec::Function::kErf:
      return each(spec, in, out, [](float x) { return error_function(x); });
    case FunctionSpec::Function::kNeg:
      return each(spec, in, out, [](float x) { return -x; });
    case FunctionSpec::Function::kAbs:
      return each(spec, in, out, [](float x) { return magnitude(x); });
    case FunctionSpec::Function::kNot:
      return each(spec, in, out, [](float x) { return 1.0F - x; });
  }
}

}  // namespace octocal::engine
