// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/loss_features.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "octocal/data/shower_batch.hpp"
#include "octocal/train/least_squares.hpp"

namespace octocal::train {
namespace {

constexpr double kHitWidth = 0.3;     // of the soft step, in units of log(cell)
constexpr double kShareFloor = 1e-6;  // keeps the square root's slope finite
constexpr double kCellFloorGev = 1e-7;

/// 1 well above the threshold, 0 well below.
at::Tensor soft_hits(const at::Tensor& log_cells, double threshold_gev) {
  return at::sigmoid((log_cells - std::log(threshold_gev)) / kHitWidth);
}

struct Moments {
  at::Tensor mean, width;
};

/// Mean and width of the cell index under a profile of shares (n, cells).
Moments moments(const at::Tensor& share, const at::Tensor& index) {
  const auto mean = at::matmul(share, index);
  const auto square = at::matmul(share, index * index);
  return {mean, at::sqrt(at::clamp_min(square - mean * mean, 1e-3))};
}

at::Tensor root(const at::Tensor& share) { return at::sqrt(share + kShareFloor); }

}  // namespace

std::vector<FeatureGroup> FeatureLayout::groups() const {
  const auto x = kGlobals + nz;
  const auto hits = x + nx + ny;
  return {{"globals", 0, kGlobals}, {"z", kGlobals, nz}, {"x", x, nx},
          {"y", x + nx, ny},        {"hits", hits, nz},  {"radius", hits + nz, nz}};
}

FeatureLayout feature_layout(const at::Tensor& cells) { return {cells.size(1), cells.size(2), cells.size(3)}; }

at::Tensor loss_features(const at::Tensor& cells, const at::Tensor& energy) {
  const auto index_along = [&](std::int64_t axis) { return at::arange(cells.size(axis), cells.options()); };
  const auto plane = cells.sum(2);                      // (n, x, z)
  const auto layer = plane.sum(1);                      // (n, z)
  const auto ecal = at::clamp_min(layer.sum(1), 1e-3);  // (n)
  const auto inverse = (1 / ecal).unsqueeze(1);
  const auto z = layer * inverse;
  const auto x = plane.sum(2) * inverse;
  const auto y = cells.sum({1, 3}) * inverse;
  const auto along_z = moments(z, index_along(3));
  const auto along_x = moments(x, index_along(1));
  const auto along_y = moments(y, index_along(2));

  const auto log_cells = at::log(cells + kCellFloorGev);
  const auto hits_in_layer = soft_hits(log_cells, static_cast<double>(data::kHitThresholdGev)).sum({1, 2});  // (n, z)
  const auto coarse = soft_hits(log_cells, 1e-3).sum({1, 2, 3});
  const auto fine = soft_hits(log_cells, 1e-5).sum({1, 2, 3});

  const auto offset = [&](std::int64_t axis) {
    return (index_along(axis) - static_cast<double>(cells.size(axis) - 1) / 2).square();
  };
  const auto distance = (offset(1).unsqueeze(1) + offset(2).unsqueeze(0)).view({1, cells.size(1), cells.size(2), 1});
  const auto radius = at::sqrt((cells * distance).sum({1, 2}) / (layer + 1e-4 * ecal.unsqueeze(1)) + 0.01);

  const auto globals = at::stack({ecal / energy, along_z.mean, along_z.width, along_x.mean, along_x.width, along_y.mean,
                                  along_y.width, coarse, hits_in_layer.sum(1), fine},
                                 1);
  return at::cat({globals, root(z), root(x), root(y), hits_in_layer, radius}, 1);
}

at::Tensor transform_features(const at::Tensor& features, const FeatureLayout& layout, int symmetry) {
  constexpr std::int64_t kXColumn = 3;  // of the globals: centre of gravity along x, width along x, then y
  constexpr std::int64_t kYColumn = 5;
  const auto first_x = kGlobals + layout.nz;
  const auto first_hits = first_x + layout.nx + layout.ny;
  const auto part = [&](std::int64_t first, std::int64_t count) { return features.narrow(1, first, count); };
  const auto flip_if = [](bool flip, const at::Tensor& profile) { return flip ? profile.flip({1}) : profile; };
  const auto mirror_if = [](bool flip, const at::Tensor& mean, std::int64_t cells) {
    return flip ? cells - 1 - mean : mean;
  };
  auto x = flip_if(symmetry & 1, part(first_x, layout.nx));
  auto y = flip_if(symmetry & 2, part(first_x + layout.nx, layout.ny));
  auto x_mean = mirror_if(symmetry & 1, part(kXColumn, 1), layout.nx);
  auto y_mean = mirror_if(symmetry & 2, part(kYColumn, 1), layout.ny);
  auto x_width = part(kXColumn + 1, 1);
  auto y_width = part(kYColumn + 1, 1);
  if (symmetry & 4) {
    std::swap(x, y);
    std::swap(x_mean, y_mean);
    std::swap(x_width, y_width);
  }
  return at::cat({part(0, kXColumn), x_mean, x_width, y_mean, y_width, part(kYColumn + 2, kGlobals - kYColumn - 2),
                  part(kGlobals, layout.nz), x, y, part(first_hits, 2 * layout.nz)},
                 1);
}

FeatureScale::FeatureScale(const at::Tensor& features, const at::Tensor& energy, const FeatureLayout& layout) {
  const double low = energy.min().item<double>();
  const double high = energy.max().item<double>();
  centre_ = (low + high) / 2;
  half_range_ = std::max((high - low) / 2, 1e-3 * centre_);
  const auto terms = energy_terms(energy).to(at::kDouble);
  coefficients_ = least_squares(terms, features.to(at::kDouble)).to(at::kFloat);
  const auto residual = features - at::matmul(energy_terms(energy), coefficients_);
  spread_ = residual.square().mean(0).sqrt();
  // Hardly any natural spread (the first and last pixels): a floor, or noise there would outweigh the rest.
  for (const auto& group : layout.groups()) {
    auto part = spread_.narrow(0, group.first, group.count);
    if (group.name == "globals") continue;
    part.clamp_min_(0.1 * part.max().item<double>());
  }
  spread_.clamp_min_(1e-9);
}

at::Tensor FeatureScale::energy_terms(const at::Tensor& energy) const {
  const auto e = (energy - centre_) / half_range_;
  return at::stack({at::ones_like(e), e, (3 * e.square() - 1) / 2}, 1);
}

at::Tensor FeatureScale::standardise(const at::Tensor& features, const at::Tensor& energy) const {
  const auto device = features.device();
  return (features - at::matmul(energy_terms(energy), coefficients_.to(device))) / spread_.to(device);
}

}  // namespace octocal::train
