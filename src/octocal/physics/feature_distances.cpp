// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/feature_distances.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "octocal/base/expect.hpp"
#include "octocal/physics/energy_blocks.hpp"
#include "octocal/physics/symmetric_eigenvalues.hpp"

namespace octocal::physics {
namespace {

constexpr std::size_t kDistanceHalvings = 2;
/// Rows of either sample whose pairs are all looked at; time grows with their square.
constexpr std::size_t kMostPaired = 2000;

/// Points of a sample, normalised, in the order of the blocks that hold any.
struct Cloud {
  std::size_t numbers = 0;
  std::vector<double> values;      ///< (n, numbers)
  std::vector<std::size_t> first;  ///< row where each block begins, and n
  std::vector<std::size_t> block;  ///< its number

  std::size_t size() const noexcept { return first.back(); }
  std::size_t blocks() const noexcept { return first.size() - 1; }
  const double* row(std::size_t i) const noexcept { return &values[i * numbers]; }
};

/// The largest magnitude of each number; 1 where it is always 0.
std::vector<double> largest_of(const FeatureTable& table) {
  std::vector<double> largest(table.columns, 0.0);
  for (std::size_t i = 0; i < table.values.size(); ++i) {
    const double size = std::abs(static_cast<double>(table.values[i]));
    if (std::isfinite(size)) largest[i % table.columns] = std::max(largest[i % table.columns], size);
  }
  for (double& size : largest) size = size > 0 ? size : 1;
  return largest;
}

Cloud cloud_of(const FeatureTable& table, std::span<const std::uint8_t> blocks, const std::vector<double>& scale,
               std::size_t most) {
  std::vector<std::vector<double>> of_block(kBlocks);
  for (std::size_t i = 0, taken = 0; i < table.rows() && taken < most; ++i) {
    const auto row = table.row(i);
    if (!std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); })) continue;
    ++taken;
    for (std::size_t k = 0; k < row.size(); ++k) of_block[blocks[i]].push_back(static_cast<double>(row[k]) / scale[k]);
  }
  Cloud cloud{table.columns, {}, {0}, {}};
  for (std::size_t b = 0; b < kBlocks; ++b) {
    if (of_block[b].empty()) continue;
    cloud.values.insert(cloud.values.end(), of_block[b].begin(), of_block[b].end());
    cloud.first.push_back(cloud.values.size() / table.columns);
    cloud.block.push_back(b);
  }
  return cloud;
}

/// MomentSums that means and covariances follow from, around a point near the mean so that nothing cancels.
struct MomentSums {
  double n = 0;
  std::vector<double> first, second;  ///< (numbers), (numbers, numbers): lower triangle

  explicit MomentSums(std::size_t numbers) : first(numbers, 0.0), second(numbers * numbers, 0.0) {}
  void add(const MomentSums& other, double sign) {
    n += sign * other.n;
    for (std::size_t i = 0; i < first.size(); ++i) first[i] += sign * other.first[i];
    for (std::size_t i = 0; i < second.size(); ++i) second[i] += sign * other.second[i];
  }
};

std::vector<MomentSums> sums_of_blocks(const Cloud& cloud, const std::vector<double>& around) {
  const std::size_t d = cloud.numbers;
  std::vector<MomentSums> all;
  std::vector<double> away(d);
  for (std::size_t b = 0; b < cloud.blocks(); ++b) {
    MomentSums sums(d);
    for (std::size_t i = cloud.first[b]; i < cloud.first[b + 1]; ++i) {
      sums.n += 1;
      for (std::size_t k = 0; k < d; ++k) away[k] = cloud.row(i)[k] - around[k];
      for (std::size_t k = 0; k < d; ++k) {
        sums.first[k] += away[k];
        for (std::size_t l = 0; l <= k; ++l) sums.second[k * d + l] += away[k] * away[l];
      }
    }
    all.push_back(std::move(sums));
  }
  return all;
}

/// A Gaussian: mean and covariance (full matrix).
struct Gaussian {
  std::vector<double> mean, covariance;
};

Gaussian gaussian_of(const MomentSums& sums) {
  const std::size_t d = sums.first.size();
  Gaussian gaussian{sums.first, std::vector<double>(d * d)};
  for (double& mean : gaussian.mean) mean /= sums.n;
  for (std::size_t k = 0; k < d; ++k)
    for (std::size_t l = 0; l <= k; ++l) {
      const double value = (sums.second[k * d + l] - sums.n * gaussian.mean[k] * gaussian.mean[l]) / (sums.n - 1);
      gaussian.covariance[k * d + l] = gaussian.covariance[l * d + k] = value;
    }
  return gaussian;
}

/// L with L L^T the matrix. Covariances may be singular (sums of numbers that are numbers themselves): a direction
/// without variance is a column of zeros.
std::vector<double> cholesky(const std::vector<double>& matrix, std::size_t d) {
  constexpr double kNothing = 1e-13;  // of the number's own variance: rounding of the sums
  std::vector<double> lower(d * d, 0.0);
  for (std::size_t j = 0; j < d; ++j) {
    double rest = matrix[j * d + j];
    for (std::size_t k = 0; k < j; ++k) rest -= lower[j * d + k] * lower[j * d + k];
    if (!(rest > kNothing * matrix[j * d + j])) continue;
    const double root = std::sqrt(rest);
    lower[j * d + j] = root;
    for (std::size_t i = j + 1; i < d; ++i) {
      double sum = matrix[i * d + j];
      for (std::size_t k = 0; k < j; ++k) sum -= lower[i * d + k] * lower[j * d + k];
      lower[i * d + j] = sum / root;
    }
  }
  return lower;
}

/// Fréchet's distance, squared. The trace of (C1 C2)^(1/2) is the sum of the roots of the eigenvalues of L^T C2 L, which are
/// those of C1 C2 = L L^T C2.
double frechet(const Gaussian& a, const Gaussian& b) {
  const std::size_t d = a.mean.size();
  double distance = 0;
  for (std::size_t k = 0; k < d; ++k) {
    distance += (a.mean[k] - b.mean[k]) * (a.mean[k] - b.mean[k]);
    distance += a.covariance[k * d + k] + b.covariance[k * d + k];
  }
  const auto lower = cholesky(a.covariance, d);
  std::vector<double> half(d * d, 0.0), product(d * d, 0.0);  // C2 L, L^T C2 L
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t k = 0; k < d; ++k)
      for (std::size_t j = 0; j <= k; ++j) half[i * d + j] += b.covariance[i * d + k] * lower[k * d + j];
  for (std::size_t k = 0; k < d; ++k)
    for (std::size_t i = 0; i <= k; ++i)
      for (std::size_t j = 0; j < d; ++j) product[i * d + j] += lower[k * d + i] * half[k * d + j];
  for (const double value : symmetric_eigenvalues(std::move(product), d))
    distance -= 2 * std::sqrt(std::max(0.0, value));
  return distance;
}

/// Of f of all and of f without each block; `corrected` takes the bias in 1/n off.
Number jackknife(double all, const std::vector<double>& without, bool corrected) {
  const auto blocks = static_cast<double>(without.size());
  double mean = 0, squares = 0;
  for (const double f : without) mean += f / blocks;
  for (const double f : without) squares += (f - mean) * (f - mean);
  return {corrected ? all - (blocks - 1) * (mean - all) : all, std::sqrt((blocks - 1) / blocks * squares)};
}

Number frechet_distance(const Cloud& sample, const Cloud& reference) {
  const std::size_t d = reference.numbers, blocks = std::min(sample.blocks(), reference.blocks());
  if (std::min(sample.size(), reference.size()) < 2 * d || blocks < 2) return {};
  std::vector<double> around(d, 0.0);
  for (std::size_t i = 0; i < reference.size(); ++i)
    for (std::size_t k = 0; k < d; ++k) around[k] += reference.row(i)[k] / static_cast<double>(reference.size());
  const std::array of_blocks{sums_of_blocks(sample, around), sums_of_blocks(reference, around)};
  std::array all{MomentSums(d), MomentSums(d)};
  for (std::size_t side = 0; side < 2; ++side)
    for (const MomentSums& block : of_blocks[side]) all[side].add(block, 1);
  const auto distance = [&] { return frechet(gaussian_of(all[0]), gaussian_of(all[1])); };
  const double of_all = distance();
  std::vector<double> without;
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::array whole = all;
    for (std::size_t side = 0; side < 2; ++side) all[side].add(of_blocks[side][b], -1);
    without.push_back(distance());
    all = whole;
  }
  return jackknife(of_all, without, true);
}

/// MomentSums of the kernel over the pairs of each two blocks (blocks of a, blocks of b), 0 for blocks of one number.
std::vector<double> kernel_sums(const Cloud& a, const Cloud& b) {
  const std::size_t d = a.numbers;
  std::vector<double> sums(a.blocks() * b.blocks(), 0.0);
  for (std::size_t block_a = 0; block_a < a.blocks(); ++block_a)
    for (std::size_t block_b = 0; block_b < b.blocks(); ++block_b) {
      if (a.block[block_a] == b.block[block_b]) continue;
      double sum = 0;
      for (std::size_t i = a.first[block_a]; i < a.first[block_a + 1]; ++i)
        for (std::size_t j = b.first[block_b]; j < b.first[block_b + 1]; ++j) {
          double product = 0;
          for (std::size_t k = 0; k < d; ++k) product += a.row(i)[k] * b.row(j)[k];
          const double root = product / static_cast<double>(d) + 1, square = root * root;
          sum += square * square;
        }
      sums[block_a * b.blocks() + block_b] = sum;
    }
  return sums;
}

/// Mean over the pairs of different blocks that are left without the blocks at these places (kBlocks: all).
double mean_kernel(const Cloud& a, const Cloud& b, const std::vector<double>& sums, std::size_t without_a,
                   std::size_t without_b) {
  double sum = 0, pairs = 0;
  for (std::size_t i = 0; i < a.blocks(); ++i)
    for (std::size_t j = 0; j < b.blocks(); ++j) {
      if (i == without_a || j == without_b || a.block[i] == b.block[j]) continue;
      sum += sums[i * b.blocks() + j];
      pairs += static_cast<double>((a.first[i + 1] - a.first[i]) * (b.first[j + 1] - b.first[j]));
    }
  return pairs > 0 ? sum / pairs : kUndefined;
}

/// Variance of the mean over pairs of blocks that comes of the pairs themselves, 2 s^2/P of P ordered pairs: of
///     h_bc = k_xx + k_yy - k_xy - k_yx     (means of the kernel between blocks b and c)
/// s^2 is the variance. Where nothing differs all of the distance's variance is of this kind. 0 for fewer than two pairs.
double pair_variance(const Cloud& x, const Cloud& y, const std::vector<double>& xx, const std::vector<double>& yy,
                     const std::vector<double>& xy) {
  const auto showers = [](const Cloud& cloud, std::size_t b) {
    return static_cast<double>(cloud.first[b + 1] - cloud.first[b]);
  };
  std::vector<std::array<std::size_t, 2>> common;  // places of blocks that both have
  for (std::size_t i = 0; i < x.blocks(); ++i) {
    const auto at = std::lower_bound(y.block.begin(), y.block.end(), x.block[i]);
    if (at != y.block.end() && *at == x.block[i]) common.push_back({i, static_cast<std::size_t>(at - y.block.begin())});
  }
  if (common.empty())  // halves of one sample: in the order of their blocks, as the jackknife leaves them out
    for (std::size_t i = 0; i < std::min(x.blocks(), y.blocks()); ++i) common.push_back({i, i});
  std::vector<double> of_pairs;
  for (const auto& [bx, by] : common)
    for (const auto& [cx, cy] : common) {
      if (bx == cx) continue;
      of_pairs.push_back(xx[bx * x.blocks() + cx] / (showers(x, bx) * showers(x, cx)) +
                         yy[by * y.blocks() + cy] / (showers(y, by) * showers(y, cy)) -
                         xy[bx * y.blocks() + cy] / (showers(x, bx) * showers(y, cy)) -
                         xy[cx * y.blocks() + by] / (showers(x, cx) * showers(y, by)));
    }
  if (of_pairs.size() < 3) return 0;
  const auto pairs = static_cast<double>(of_pairs.size());
  double mean = 0, squares = 0;
  for (const double h : of_pairs) mean += h / pairs;
  for (const double h : of_pairs) squares += (h - mean) * (h - mean);
  return 2 * squares / (pairs * pairs);
}

Number kernel_distance(const Cloud& sample, const Cloud& reference) {
  const std::size_t blocks = std::min(sample.blocks(), reference.blocks());
  if (std::min(sample.size(), reference.size()) < kFewestShowers || blocks < 2) return {};
  const auto xx = kernel_sums(sample, sample), yy = kernel_sums(reference, reference);
  const auto xy = kernel_sums(sample, reference);
  const auto distance = [&](std::size_t without) {
    return mean_kernel(sample, sample, xx, without, without) + mean_kernel(reference, reference, yy, without, without) -
           2 * mean_kernel(sample, reference, xy, without, without);
  };
  std::vector<double> without;
  for (std::size_t b = 0; b < blocks; ++b) without.push_back(distance(b));
  auto number = jackknife(distance(kBlocks), without, false);
  number.error = std::sqrt(number.error * number.error + pair_variance(sample, reference, xx, yy, xy));
  return number;
}

FeatureTable rows_of_half(const FeatureTable& table, std::span<const std::uint8_t> blocks, std::size_t halving,
                          bool second, std::vector<std::uint8_t>& blocks_of_rows) {
  FeatureTable half{table.columns, {}};
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (in_second_half(halving, blocks[i]) != second) continue;
    const auto row = table.row(i);
    half.values.insert(half.values.end(), row.begin(), row.end());
    blocks_of_rows.push_back(blocks[i]);
  }
  return half;
}

}  // namespace

FeatureDistances feature_distances(const FeatureTable& sample, std::span<const std::uint8_t> sample_blocks,
                                   const FeatureTable& reference, std::span<const std::uint8_t> reference_blocks) {
  OCTOCAL_EXPECT(sample.columns == reference.columns);
  OCTOCAL_EXPECT(sample_blocks.size() >= sample.rows() && reference_blocks.size() >= reference.rows());
  const auto scale = largest_of(reference);
  const auto clouds = [&](std::size_t most) {
    return std::array{cloud_of(sample, sample_blocks, scale, most), cloud_of(reference, reference_blocks, scale, most)};
  };
  const auto all = clouds(std::max(sample.rows(), reference.rows()));
  const auto paired = clouds(kMostPaired);
  return {frechet_distance(all[0], all[1]), kernel_distance(paired[0], paired[1]),
          std::min(all[0].size(), all[1].size()), reference.columns};
}

FeatureDistances half_distances(const FeatureTable& reference, std::span<const std::uint8_t> blocks) {
  FeatureDistances mean{{0, 0}, {0, 0}};
  for (std::size_t halving = 0; halving < kDistanceHalvings; ++halving) {
    std::vector<std::uint8_t> blocks_a, blocks_b;
    const auto a = rows_of_half(reference, blocks, halving, false, blocks_a);
    const auto b = rows_of_half(reference, blocks, halving, true, blocks_b);
    const auto one = feature_distances(b, blocks_b, a, blocks_a);
    // Halvings share their showers, so that the mean is hardly known better than one.
    mean.frechet.value += one.frechet.value / kDistanceHalvings;
    mean.frechet.error += one.frechet.error / kDistanceHalvings;
    mean.kernel.value += one.kernel.value / kDistanceHalvings;
    mean.kernel.error += one.kernel.error / kDistanceHalvings;
    mean.showers = one.showers;
    mean.numbers = one.numbers;
  }
  return mean;
}

}  // namespace octocal::physics
