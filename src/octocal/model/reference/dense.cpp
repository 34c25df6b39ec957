// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/reference/operation.hpp"

namespace octocal::model::reference {
namespace {

/// sum over k of a[row, k] * b[k, column], b given by its two strides.
std::vector<double> product(const std::vector<double>& a, const std::vector<double>& b, std::size_t rows,
                            std::size_t depth, std::size_t columns, std::size_t stride_k, std::size_t stride_column) {
  std::vector<double> out(rows * columns, 0.0);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t k = 0; k < depth; ++k) {
      const double left = a[row * depth + k];
      for (std::size_t column = 0; column < columns; ++column) {
        out[row * columns + column] += left * b[k * stride_k + column * stride_column];
      }
    }
  }
  return out;
}

}  // namespace

Tensor gemm(const Operation& op) {
  const auto a = numbers_of(op.input(0));
  const auto b = numbers_of(op.input(1));
  const auto rows = static_cast<std::size_t>(op.shape[0]);
  const auto columns = static_cast<std::size_t>(op.shape[1]);
  const auto depth = static_cast<std::size_t>(op.input(0).shape[1]);
  const bool transposed = op.node.integer("transB", 0) != 0;
  const double alpha = static_cast<double>(op.node.real("alpha", 1));
  const double beta = static_cast<double>(op.node.real("beta", 1));

  auto out = product(a, b, rows, depth, columns, transposed ? 1 : columns, transposed ? depth : 1);
  for (double& sum : out) sum *= alpha;
  if (op.has(2)) {
    const auto bias = numbers_of(op.input(2));
    const Shape& shape = op.input(2).shape;
    const bool one_column = shape.empty() || shape.back() == 1;
    const bool one_row = shape.size() < 2 || shape[0] == 1;
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        const std::size_t width = one_column ? 1 : columns;
        out[row * columns + column] += beta * bias[(one_row ? 0 : row * width) + (one_column ? 0 : column)];
      }
    }
  }
  return tensor_of(op.type, op.shape, out);
}

Tensor matmul(const Operation& op) {
  const auto columns = static_cast<std::size_t>(op.shape.back());
  const auto depth = static_cast<std::size_t>(op.input(0).shape.back());
  const std::size_t rows = elements(op.shape) / columns;
  return tensor_of(op.type, op.shape,
                   product(numbers_of(op.input(0)), numbers_of(op.input(1)), rows, depth, columns, columns, 1));
}

}  // namespace octocal::model::reference
