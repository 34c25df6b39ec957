// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace octocal::engine {

/// Numbers of a matrix of float32, row by row.
struct Matrix {
  const float* numbers = nullptr;  ///< of the first row
  std::size_t stride = 0;          ///< numbers from row to row
  bool transposed = false;         ///< rows are meant as columns
};

/// c = a b, or c += a b if `accumulate`, in the calling thread alone (oneDNN).
///
/// | matrix | shape           |
/// |--------|-----------------|
/// | a      | (rows, depth)   |
/// | b      | (depth, columns)|
/// | c      | (rows, columns), `stride` numbers from row to row; must not overlap a or b |
///
/// The shapes are those after `transposed`. Same sizes and numbers: the same bits on the same machine. Thread-safe.
/// Error: run_failed if oneDNN refuses (for want of memory).
void multiply(std::size_t rows, std::size_t columns, std::size_t depth, const Matrix& a, const Matrix& b, float* c,
              std::size_t stride, bool accumulate);

}  // namespace octocal::engine
