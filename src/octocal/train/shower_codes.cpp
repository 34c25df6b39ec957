#include "octocal/train/shower_codes.hpp"

#include <cmath>

namespace octocal::train {

at::Tensor shower_codes(const at::Tensor& features, const at::Tensor& weight, std::int64_t count) {
  // A few showers lie many spreads away: they should not turn the axes.
  const auto weighted = (at::clamp(features, -6, 6) * weight).to(at::kDouble);
  const auto centred = weighted - weighted.mean(0);
  const auto covariance = at::matmul(centred.t(), centred) / static_cast<double>(features.size(0));
  const auto axes = std::get<1>(at::linalg_eigh(covariance));  // ascending: the last ones are the widest
  const auto widest = axes.narrow(1, axes.size(1) - count, count).flip({1});
  const auto scores = at::matmul(centred, widest);
  const auto ranks = scores.argsort(std::int64_t{0}, false).argsort(std::int64_t{0}, false).to(at::kDouble);
  const auto share = (ranks + 0.5) / static_cast<double>(features.size(0));
  return (at::erfinv(2 * share - 1) * std::sqrt(2.0)).to(at::kFloat).contiguous();
}

}  // namespace octocal::train
