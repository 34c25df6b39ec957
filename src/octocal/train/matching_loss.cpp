// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/matching_loss.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/train/training_data.hpp"
#include "octocal/train/transverse_symmetry.hpp"

namespace octocal::train {
namespace {

constexpr double kMatchingShareFloor = 1e-9;  // of a cell over Ep, keeps the square root's slope finite
constexpr double kEnergyReference = 300;      // GeV, centre of the straight lines in Ep

constexpr auto kHitGev = static_cast<double>(data::kHitThresholdGev);
constexpr double kMatchingHitWidth = 0.3;  // of the soft step, in log(cell)
constexpr std::int64_t kImages = 3;

/// (n, kImages * cells): v, sqrt(v) and the soft hit, which together fix a cell's distribution well enough.
at::Tensor images_of(const at::Tensor& cells, const at::Tensor& energy) {
  const auto share = (cells / energy.view({-1, 1, 1, 1})).flatten(1);
  const auto hit = at::sigmoid((at::log(cells + 1e-3 * kHitGev) - std::log(kHitGev)) / kMatchingHitWidth).flatten(1);
  return at::cat({share, at::sqrt(share + kMatchingShareFloor), hit}, 1);
}

at::Tensor line_terms(const at::Tensor& energy) {
  return at::stack({at::ones_like(energy), energy / kEnergyReference - 1}, 1);
}

}  // namespace

void MeanImageLoss::add(const at::Tensor& cells, const at::Tensor& energy) {
  auto images = images_of(cells, energy);
  // The sample is symmetric in x and y: averaging over the symmetries quiets Geant4's mean.
  const int symmetries = transverse_symmetries(cells.size(1), cells.size(2));
  auto symmetric = at::zeros_like(images);
  for (int symmetry = 0; symmetry < symmetries; ++symmetry)
    symmetric += images_of(transform_transverse(cells, symmetry), energy);
  symmetric /= symmetries;
  const auto terms = line_terms(energy).to(at::kDouble);
  const auto normal = at::matmul(terms.t(), terms);
  const auto sums = at::matmul(terms.t(), symmetric.to(at::kDouble));
  const auto squares = images.square().sum(0, false, at::kDouble);
  if (!sums_.defined()) {
    energy_sums_ = normal;
    sums_ = sums;
    squares_ = squares;
  } else {
    energy_sums_ += normal;
    sums_ += sums;
    squares_ += squares;
  }
}

void MeanImageLoss::finish() {
  const auto count = energy_sums_.select(0, 0).select(0, 0);
  const auto mean = sums_.select(0, 0) / count;
  const auto spread = at::sqrt(at::clamp_min(squares_ / count - mean.square(), 0));
  coefficients_ = at::linalg_solve(energy_sums_, sums_).to(at::kFloat);
  // Cells that hardly ever fire: a floor, or their noise would outweigh the rest.
  const auto cells = spread.size(0) / kImages;
  const auto floored = [&](std::int64_t image, double share) {
    const auto part = spread.narrow(0, image * cells, cells);
    return at::clamp_min(part, share * part.max().item<double>());
  };
  inverse_spread_ = (1 / at::cat({floored(0, 1e-3), floored(1, 1e-2), floored(2, 5e-2)})).to(at::kFloat);
  sums_ = at::Tensor();
  squares_ = at::Tensor();
  energy_sums_ = at::Tensor();
}

at::Tensor MeanImageLoss::operator()(const at::Tensor& cells, const at::Tensor& energy) const {
  const auto n = static_cast<double>(cells.size(0));
  const auto device = cells.device();
  const auto residual = (images_of(cells, energy) - at::matmul(line_terms(energy), coefficients_.to(device))) *
                        inverse_spread_.to(device);
  const auto mean = residual.mean(0);
  const auto distance = (n * mean.square().mean() - residual.square().mean()) / (n - 1);
  return distance / (1 + at::abs(distance.detach()));  // bounded while the network still puts out anything
}

}  // namespace octocal::train
