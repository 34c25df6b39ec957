// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/symmetric_eigenvalues.hpp"

#include <cmath>
#include <limits>

#include "octocal/base/expect.hpp"

namespace octocal::physics {
namespace {

/// Three diagonals: `diagonal` and, from its second entry on, `beside`.
struct Tridiagonal {
  std::vector<double> diagonal, beside;
};

/// Householder reflections from the last row up.
Tridiagonal reduced(std::vector<double> a, std::size_t n) {
  Tridiagonal t{std::vector<double>(n), std::vector<double>(n, 0.0)};
  for (std::size_t i = n; i-- > 1;) {
    double* const row = &a[i * n];
    double norm2 = 0;
    for (std::size_t k = 0; k < i; ++k) norm2 += row[k] * row[k];
    // The last element alone: nothing to reflect.
    if (i == 1 || norm2 == row[i - 1] * row[i - 1]) {
      t.beside[i] = row[i - 1];
      continue;
    }
    const double norm = row[i - 1] > 0 ? -std::sqrt(norm2) : std::sqrt(norm2);
    t.beside[i] = norm;
    const double half = norm2 - row[i - 1] * norm;  // |u|^2/2 of the reflection's vector u, which row becomes
    row[i - 1] -= norm;
    std::vector<double> p(i, 0.0);  // A u / half
    double along = 0;
    for (std::size_t j = 0; j < i; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k <= j; ++k) sum += a[j * n + k] * row[k];
      for (std::size_t k = j + 1; k < i; ++k) sum += a[k * n + j] * row[k];
      p[j] = sum / half;
      along += p[j] * row[j];
    }
    for (std::size_t j = 0; j < i; ++j) p[j] -= along / (2 * half) * row[j];
    for (std::size_t j = 0; j < i; ++j)
      for (std::size_t k = 0; k <= j; ++k) a[j * n + k] -= row[j] * p[k] + p[j] * row[k];
  }
  for (std::size_t i = 0; i < n; ++i) t.diagonal[i] = a[i * n + i];
  return t;
}

}  // namespace

std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, std::size_t n) {
  OCTOCAL_EXPECT(matrix.size() == n * n);
  if (n == 0) return {};
  auto [d, e] = reduced(std::move(matrix), n);
  for (std::size_t i = 1; i < n; ++i) e[i - 1] = e[i];
  e[n - 1] = 0;
  for (std::size_t l = 0; l < n; ++l) {
    constexpr int kMostSteps = 60;  // a few are the rule
    for (int step = 0; step < kMostSteps; ++step) {
      std::size_t m = l;
      for (; m + 1 < n; ++m) {
        const double size = std::abs(d[m]) + std::abs(d[m + 1]);
        if (std::abs(e[m]) <= std::numeric_limits<double>::epsilon() * size) break;
      }
      if (m == l) break;
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + std::copysign(std::hypot(g, 1.0), g));
      double s = 1, c = 1, p = 0;
      bool early = false;
      for (std::size_t i = m; i-- > l;) {
        const double f = s * e[i], b = c * e[i];
        const double r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
          d[i + 1] -= p;
          e[m] = 0;
          early = true;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const double turned = (d[i] - g) * s + 2 * c * b;
        p = s * turned;
        d[i + 1] = g + p;
        g = c * turned - b;
      }
      if (early) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d;
}

}  // namespace octocal::physics
