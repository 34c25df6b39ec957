#include "octocal/train/matching_loss.hpp"

#include <cmath>
#include <vector>

namespace octocal::train {
namespace {

constexpr double kShareFloor = 1e-9;      // of a cell over Ep, keeps the square root's slope finite
constexpr double kEnergyReference = 300;  // GeV, centre of the straight lines in Ep

constexpr double kHitGev = 1e-4;
constexpr double kHitWidth = 0.3;  // of the soft step, in log(cell)
constexpr double kSoftLimit = 8;   // features beyond this many spreads are pressed together
constexpr std::int64_t kImages = 3;

/// (n, kImages * cells): v, sqrt(v) and the soft hit, which together fix a cell's distribution well enough.
at::Tensor images_of(const at::Tensor& cells, const at::Tensor& energy) {
  const auto share = (cells / energy.view({-1, 1, 1, 1})).flatten(1);
  const auto hit = at::sigmoid((at::log(cells + 1e-3 * kHitGev) - std::log(kHitGev)) / kHitWidth).flatten(1);
  return at::cat({share, at::sqrt(share + kShareFloor), hit}, 1);
}

at::Tensor line_terms(const at::Tensor& energy) {
  return at::stack({at::ones_like(energy), energy / kEnergyReference - 1}, 1);
}

/// Euclidean distances (n, m) between rows, squares divided by `scale`.
at::Tensor distances(const at::Tensor& a, const at::Tensor& b) {
  const auto squares = a.square().sum(1, true) + b.square().sum(1).unsqueeze(0) - 2 * at::matmul(a, b.t());
  return at::sqrt(at::clamp_min(squares, 1e-4));
}

/// One group's columns, scaled so that the distance of two showers is of order one, with e beside them.
at::Tensor points(const at::Tensor& features, const at::Tensor& terms, std::int64_t first, std::int64_t count) {
  const auto own = features.narrow(1, first, count);
  const auto scaled = own / (1 + at::abs(own) / kSoftLimit) / std::sqrt(static_cast<double>(count));
  return at::cat({scaled, terms.narrow(1, 1, 1)}, 1);
}

}  // namespace

void MeanImageLoss::add(const at::Tensor& cells, const at::Tensor& energy) {
  auto images = images_of(cells, energy);
  // The sample is symmetric in x and y: averaging over the eight symmetries quiets Geant4's mean.
  auto symmetric = at::zeros_like(images);
  for (int bits = 0; bits < 8; ++bits) {
    auto turned = cells;
    if (bits & 1) turned = turned.flip({1});
    if (bits & 2) turned = turned.flip({2});
    if (bits & 4) turned = turned.transpose(1, 2);
    symmetric += images_of(turned, energy);
  }
  symmetric /= 8;
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
  const auto residual = (images_of(cells, energy) - at::matmul(line_terms(energy), coefficients_)) * inverse_spread_;
  const auto mean = residual.mean(0);
  const auto distance = (n * mean.square().mean() - residual.square().mean()) / (n - 1);
  return distance / (1 + at::abs(distance.detach()));  // bounded while the network still puts out anything
}

at::Tensor energy_distance(const at::Tensor& generated, const at::Tensor& generated_terms, const at::Tensor& geant4,
                           const at::Tensor& geant4_terms, const at::Tensor& earlier, const at::Tensor& earlier_terms) {
  auto groups = feature_groups();
  groups.push_back({"all", 0, kFeatures});
  at::Tensor sum = at::zeros({});
  for (const auto& group : groups) {
    const auto x = points(generated, generated_terms, group.first, group.count);
    const auto y = points(geant4, geant4_terms, group.first, group.count);
    const auto other = points(earlier, earlier_terms, group.first, group.count);
    sum = sum + 2 * distances(x, y).mean() - 2 * distances(x, other).mean();
  }
  return sum;
}

}  // namespace octocal::train
