// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model::reference {

/// A node about to be evaluated: its inputs (nullptr for an absent optional one) and what the shape rules say of its
/// output, with the batch size put in.
struct Operation {
  const Node& node;
  std::vector<const Tensor*> inputs;
  DataType type;
  Shape shape;

  bool has(std::size_t i) const noexcept { return i < inputs.size() && inputs[i] != nullptr; }
  const Tensor& input(std::size_t i) const { return *inputs[i]; }
};

/// The numbers of a tensor of any type, exactly. (int64 beyond 2^53 is rounded; no op here computes with such.)
std::vector<double> numbers_of(const Tensor& tensor);

/// A tensor from numbers in double, rounded once, half to even, to a float type. Integer types take whole numbers
/// within their range.
Tensor tensor_of(DataType type, Shape shape, const std::vector<double>& numbers);

/// Runs over the cells of `shape` in C order: the offset of each cell in a tensor with these strides (0 where it is
/// broadcast).
std::vector<std::size_t> offsets(const Shape& shape, const std::vector<std::size_t>& strides);
/// Distance of neighbours along each axis of a tensor in C order.
std::vector<std::size_t> c_strides(const Shape& shape);
/// Strides of `operand` seen with the axes of `shape`: 0 along axes where it is broadcast.
std::vector<std::size_t> broadcast_strides(const Shape& operand, const Shape& shape);

// One function an op; see ONNX's operator page for the meaning. Each fills in type and shape of `operation`.
Tensor gemm(const Operation& operation);
Tensor matmul(const Operation& operation);
Tensor conv(const Operation& operation);
Tensor conv_transpose(const Operation& operation);
Tensor leaky_relu(const Operation& operation);
Tensor relu(const Operation& operation);
Tensor batch_normalization(const Operation& operation);
Tensor prelu(const Operation& operation);
Tensor elu(const Operation& operation);
Tensor sigmoid(const Operation& operation);
Tensor softplus(const Operation& operation);
Tensor erf(const Operation& operation);
Tensor neg(const Operation& operation);
Tensor abs(const Operation& operation);
Tensor mul(const Operation& operation);
Tensor add(const Operation& operation);
Tensor sub(const Operation& operation);
Tensor div(const Operation& operation);
Tensor max(const Operation& operation);
Tensor min(const Operation& operation);
Tensor pow(const Operation& operation);
Tensor greater(const Operation& operation);
Tensor greater_or_equal(const Operation& operation);
Tensor less(const Operation& operation);
Tensor less_or_equal(const Operation& operation);
Tensor equal(const Operation& operation);
Tensor logical_not(const Operation& operation);
Tensor logical_and(const Operation& operation);
Tensor logical_or(const Operation& operation);
Tensor where(const Operation& operation);
Tensor floor(const Operation& operation);
Tensor ceil(const Operation& operation);
Tensor round(const Operation& operation);
Tensor mod(const Operation& operation);
Tensor exp(const Operation& operation);
Tensor log(const Operation& operation);
Tensor sqrt(const Operation& operation);
Tensor tanh(const Operation& operation);
Tensor clip(const Operation& operation);
Tensor cast(const Operation& operation);
Tensor identity(const Operation& operation);
Tensor concat(const Operation& operation);
Tensor transpose(const Operation& operation);
Tensor reshape(const Operation& operation);
Tensor slice(const Operation& operation);
Tensor gather(const Operation& operation);
Tensor reduce_sum(const Operation& operation);
Tensor reduce_max(const Operation& operation);
Tensor reduce_min(const Operation& operation);
Tensor reduce_prod(const Operation& operation);
Tensor resize(const Operation& operation);
Tensor pad(const Operation& operation);
Tensor tile(const Operation& operation);
Tensor quantize_linear(const Operation& operation);
Tensor dequantize_linear(const Operation& operation);
Tensor draw_cells(const Operation& operation);
Tensor expected_cells(const Operation& operation);
Tensor see_cells(const Operation& operation);
Tensor fit_cells(const Operation& operation);
Tensor fit_cells_by_log(const Operation& operation);

}  // namespace octocal::model::reference
