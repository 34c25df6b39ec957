// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/shape_functionals.hpp"

#include <cmath>

#include "octocal/physics/number.hpp"

namespace octocal::physics {

std::vector<double> table3_numbers(const ShapeLayout& layout, std::span<const double> shapes) {
  std::vector<double> result;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto profile = shapes.subspan(layout.profile[axis], layout.length[axis]);
    double sum = 0, first = 0, second = 0;
    for (std::size_t i = 0; i < profile.size(); ++i) {
      sum += profile[i];
      first += static_cast<double>(i) * profile[i];
    }
    const double mean = first / sum;
    for (std::size_t i = 0; i < profile.size(); ++i) {
      const double distance = static_cast<double>(i) - mean;
      second += distance * distance * profile[i];
    }
    result.push_back(mean);
    result.push_back(std::sqrt(second / sum));
  }
  return result;
}

std::vector<double> projection_mse_numbers(const ShapeLayout& layout, std::span<const double> sample,
                                           std::span<const double> reference) {
  std::vector<double> result(8, 0.0);
  double scale = 0;
  for (std::size_t plane = 0; plane < 3; ++plane) {
    double difference2 = 0, reference2 = 0;
    for (std::size_t i = layout.projection[plane]; i < layout.projection[plane] + layout.area[plane]; ++i) {
      difference2 += (sample[i] - reference[i]) * (sample[i] - reference[i]);
      reference2 += reference[i] * reference[i];
    }
    const auto pixels = static_cast<double>(layout.area[plane]);
    result[plane] = difference2 / pixels;
    result[3] += difference2 / pixels;
    result[4 + plane] = difference2 / reference2;
    scale += reference2 / pixels;
  }
  result[7] = result[3] / scale;
  return result;
}

std::vector<double> layer_correlations(std::size_t nz, std::span<const double> layers) {
  const auto mean = layers.first(nz);
  const auto product = layers.subspan(nz);
  std::vector<double> result(nz * nz, kUndefined);
  for (std::size_t k = 0; k < nz; ++k) {
    const double variance_k = product[k * nz + k] - mean[k] * mean[k];
    for (std::size_t l = 0; l < nz; ++l) {
      const double variance_l = product[l * nz + l] - mean[l] * mean[l];
      // A constant layer leaves a variance of rounding errors only.
      if (!(variance_k > 1e-12 * product[k * nz + k] && variance_l > 1e-12 * product[l * nz + l])) continue;
      result[k * nz + l] = (product[k * nz + l] - mean[k] * mean[l]) / std::sqrt(variance_k * variance_l);
    }
  }
  return result;
}

double rms_difference(std::size_t nz, std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  std::size_t pairs = 0;
  for (std::size_t k = 0; k < nz; ++k) {
    for (std::size_t l = k + 1; l < nz; ++l) {
      const double difference = a[k * nz + l] - b[k * nz + l];
      if (std::isnan(difference)) continue;
      sum += difference * difference;
      ++pairs;
    }
  }
  return pairs == 0 ? kUndefined : std::sqrt(sum / static_cast<double>(pairs));
}

double largest_difference(std::size_t nz, std::span<const double> a, std::span<const double> b) {
  double largest = kUndefined;
  for (std::size_t k = 0; k < nz; ++k) {
    for (std::size_t l = k + 1; l < nz; ++l) {
      const double difference = std::abs(a[k * nz + l] - b[k * nz + l]);
      if (!std::isnan(difference) && !(difference <= largest)) largest = difference;
    }
  }
  return largest;
}

std::vector<double> relative_differences(std::span<const double> a, std::span<const double> b) {
  std::vector<double> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = b[i] == 0 ? kUndefined : (a[i] - b[i]) / b[i];
  return result;
}

}  // namespace octocal::physics
