// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/batch_draw.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <span>

#include "octocal/base/random.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kLargestBatch = 1 << 20;
constexpr std::uint32_t kPurposeStride = 1U << 24;

}  // namespace

at::Tensor BatchDraw::uniforms(std::int64_t count, Purpose purpose) const {
  auto numbers = at::empty({count}, at::kDouble);
  for (std::int64_t i = 0; i < count; ++i)
    numbers.data_ptr<double>()[i] =
        uniform01(seed_, Draw::kTraining, first_of(Region::kChoices) + static_cast<std::uint64_t>(step_),
                  static_cast<std::uint32_t>(purpose) * kPurposeStride + static_cast<std::uint32_t>(i));
  return numbers;
}

at::Tensor BatchDraw::indices(std::int64_t count, std::int64_t size, Purpose purpose) const {
  return (uniforms(count, purpose) * static_cast<double>(size)).to(at::kLong).clamp_max(size - 1);
}

at::Tensor BatchDraw::energies(std::int64_t count, const at::Tensor& sorted) const {
  const auto place =
      (at::arange(count, at::kDouble) + uniforms(count, Purpose::kEnergies)) / static_cast<double>(count);
  const auto index = (place * static_cast<double>(sorted.size(0))).to(at::kLong).clamp_max(sorted.size(0) - 1);
  return sorted.index_select(0, index);
}

int BatchDraw::symmetry(Purpose purpose) const {
  return std::min(static_cast<int>(uniforms(1, purpose).item<double>() * 8), 7);
}

at::Tensor BatchDraw::normals(std::int64_t count, std::int64_t columns) const {
  auto numbers = at::empty({count, columns}, at::kFloat);
  for (std::int64_t i = 0; i < count; ++i)
    octocal::normals(seed_, Draw::kTraining,
                     first_of(Region::kLatents) + static_cast<std::uint64_t>(step_ * kLargestBatch + i),
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
