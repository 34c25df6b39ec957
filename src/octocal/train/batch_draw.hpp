// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/model/generator_info.hpp"
#include "octocal/train/random_streams.hpp"

namespace octocal::train {

/// Random choices of one training step: pure functions of seed and step, so a resumed run goes on with the same
/// numbers (random_streams.hpp).
class BatchDraw {
 public:
  BatchDraw(std::uint64_t seed, std::int64_t step) : seed_(seed), step_(step) {}

  std::int64_t step() const { return step_; }

  /// `count` indices below `size`, with replacement.
  at::Tensor indices(std::int64_t count, std::int64_t size, Purpose purpose) const;

  /// `count` energies (n) of a sorted sample, one from each of `count` equal shares of it: every batch covers the
  /// range.
  at::Tensor energies(std::int64_t count, const at::Tensor& sorted) const;

  /// A symmetry 0..7.
  int symmetry(Purpose purpose) const;

  /// Uniform numbers (n) in (0, 1).
  at::Tensor uniforms(std::int64_t count, Purpose purpose) const;

  /// Normal numbers (count, columns): those that latents() is made of.
  at::Tensor normals(std::int64_t count, std::int64_t columns) const;

  /// Latents (n, columns) for the energies.
  at::Tensor latents(model::LatentConvention convention, const at::Tensor& energy, std::int64_t columns) const;

 private:
  std::uint64_t seed_;
  std::int64_t step_;
};

}  // namespace octocal::train
