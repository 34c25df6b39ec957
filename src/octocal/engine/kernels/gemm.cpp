// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/gemm.hpp"

namespace octocal::engine {
namespace {

void one_row(const GemmSpec& spec, const float* in, float* __restrict out) noexcept {
  const auto outputs = static_cast<std::size_t>(spec.outputs);
  const float* bias = spec.bias.data();
  for (std::size_t n = 0; n < outputs; ++n) out[n] = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(spec.inputs); ++k) {
    const float x = in[k];
    const float* row = spec.weights.data() + k * outputs;
    for (std::size_t n = 0; n < outputs; ++n) out[n] += x * row[n];
  }
  for (std::size_t n = 0; n < outputs; ++n) out[n] += bias[n];
}

}  // namespace

void gemm_rows(const GemmSpec& spec, const float* in, float* out) noexcept {
  for (std::int64_t row = 0; row < spec.rows; ++row) one_row(spec, in + row * spec.inputs, out + row * spec.outputs);
}

}  // namespace octocal::engine
