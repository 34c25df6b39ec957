// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>

#include "octocal/ranks/ranks.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// Adds the gradients of several ranks while they are still being computed: parameters are gathered in buckets in the
/// order in which the backward pass reaches them, and each bucket's sum begins when its last gradient is there. The order
/// is that of rank 0's first pass, whose sums begin at its end.
///
/// One backward pass at a time, in one thread, through the same parameters each time. Sums are the same bits in every
/// rank as far as MPI_Iallreduce makes them so.
class SharedGradients {
 public:
  /// Watches all parameters that require gradients; they must outlive it. `bucket_numbers`: float32 a bucket, or the
  /// parameter's own if it is larger.
  SharedGradients(ranks::Ranks& ranks, const TensorMap& parameters, std::size_t bucket_numbers = std::size_t{1} << 18);
  ~SharedGradients();
  SharedGradients(SharedGradients&&) = delete;

  /// Behind each backward pass: waits for the sums and puts them in the place of the gradients. A meeting.
  void finish(TensorMap& parameters);

  /// Sums that began before finish() was called in the last pass, for tests.
  std::size_t begun_early() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::train
