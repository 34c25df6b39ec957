// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/matrix_product.hpp"

#include <fmt/format.h>
#include <oneapi/dnnl/dnnl.h>

#include "octocal/base/error.hpp"
#include "octocal/engine/onednn/single_thread.hpp"

namespace octocal::engine {

void multiply(std::size_t rows, std::size_t columns, std::size_t depth, const Matrix& a, const Matrix& b, float* c,
              std::size_t stride, bool accumulate) {
  const SingleThread single;
  const auto size = [](std::size_t n) { return static_cast<dnnl_dim_t>(n); };
  const auto status =
      dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', size(rows), size(columns), size(depth), 1.0F,
                 a.numbers, size(a.stride), b.numbers, size(b.stride), accumulate ? 1.0F : 0.0F, c, size(stride));
  if (status != dnnl_success)
    throw run_failed(fmt::format("a product of matrices ({} x {} x {}) failed in oneDNN (status {}); free memory", rows,
                                 depth, columns, static_cast<int>(status)));
}

}  // namespace octocal::engine
