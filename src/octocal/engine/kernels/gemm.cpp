#include "octocal/engine/kernels/gemm.hpp"

namespace octocal::engine {

void gemm_row(const GemmSpec& spec, const float* in, float* out) noexcept {
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

}  // namespace octocal::engine
