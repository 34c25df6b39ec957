// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/batch_draw.hpp"

#include <algorithm>
#include <span>

#include "octocal/base/random.hpp"

namespace octocal::train {
namespace {

// Blocks of Philox's shower counter: latents below 2^61, choices from there on, weights from 2^62 on.
constexpr std::uint64_t kFirstChoice = std::uint64_t{1} << 61;
constexpr std::int64_t kLargestBatch = 1 << 20;
constexpr std::uint32_t kPurposeStride = 1U << 24;

}  // namespace

at::Tensor BatchDraw::uniforms(std::int64_t count, std::uint32_t purpose) const {
  auto numbers = at::empty({count}, at::kDouble);
  for (std::int64_t i = 0; i < count; ++i)
    numbers.data_ptr<double>()[i] = uniform01(seed_, Draw::kTraining, kFirstChoice + static_cast<std::uint64_t>(step_),
                                              purpose * kPurposeStride + static_cast<std::uint32_t>(i));
  return numbers;
}

at::Tensor BatchDraw::indices(std::int64_t count, std::int64_t size, std::uint32_t purpose) const {
  return (uniforms(count, purpose) * static_cast<double>(size)).to(at::kLong).clamp_max(size - 1);
}

at::Tensor BatchDraw::energies(std::int64_t count, const at::Tensor& sorted) const {
  const auto place = (at::arange(count, at::kDouble) + uniforms(count, 0)) / static_cast<double>(count);
  const auto index = (place * static_cast<double>(sorted.size(0))).to(at::kLong).clamp_max(sorted.size(0) - 1);
  return sorted.index_select(0, index);
}

int BatchDraw::symmetry(std::uint32_t purpose) const {
  return std::min(static_cast<int>(uniforms(1, purpose).item<double>() * 8), 7);
}

at::Tensor BatchDraw::normals(std::int64_t count, std::int64_t columns) const {
  auto numbers = at::empty({count, columns}, at::kFloat);
  for (std::int64_t i = 0; i < count; ++i)
    octocal::normals(seed_, Draw::kTraining, static_cast<std::uint64_t>(step_ * kLargestBatch + i),
                     std::span(numbers.data_ptr<float>() + i * columns, static_cast<std::size_t>(columns)));
  return numbers;
}

at::Tensor BatchDraw::latents(model::LatentConvention convention, const at::Tensor& energy,
                              std::int64_t columns) const {
  const auto normal = normals(energy.size(0), columns);
  // As model::make_latents does it.
  auto factor = energy.to(at::kDouble) / 100;
  if (convention == model::LatentConvention::kSphere)
    factor = factor * at::sqrt(static_cast<double>(columns) / normal.to(at::kDouble).square().sum(1));
  return (normal.to(at::kDouble) * factor.unsqueeze(1)).to(at::kFloat);
}

}  // namespace octocal::train
