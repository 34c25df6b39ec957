// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "octocal/model/reference/operation.hpp"

// Quantize:   q = clamp(round_half_even(x / s) + z, lo, hi), the quotient in float32 (what every runtime computes)
// Dequantize: x = (q - z) * s, exact difference, product rounded to float32

namespace octocal::model::reference {
namespace {

/// Scale and zero point of each cell of a tensor: one for all, or one an index along an axis.
class Scales {
 public:
  explicit Scales(const Operation& op) : scale_(op.input(1).as<float>()) {
    zero_ = op.has(2) ? numbers_of(op.input(2)) : std::vector<double>(scale_.size(), 0.0);
    if (scale_.size() == 1) return;
    const auto rank = static_cast<std::int64_t>(op.shape.size());
    const std::int64_t axis = op.node.integer("axis", 1);
    inner_ = c_strides(op.shape)[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
  }

  float scale(std::size_t cell) const { return scale_[cell / inner_ % scale_.size()]; }
  double zero(std::size_t cell) const { return zero_[cell / inner_ % zero_.size()]; }

 private:
  std::span<const float> scale_;
  std::vector<double> zero_;
  std::size_t inner_ = 1;
};

/// Independent of the processor's rounding mode.
double round_half_even(double x) {
  const double low = std::floor(x);
  const double above = x - low;
  if (above != 0.5) return above < 0.5 ? low : low + 1;
  return std::fmod(low, 2) == 0 ? low : low + 1;
}

}  // namespace

Tensor quantize_linear(const Operation& op) {
  const Scales scales(op);
  const auto [least, most] = limits_of(op.type);
  const auto low = static_cast<double>(least);
  const auto high = static_cast<double>(most);
  const auto x = op.input(0).as<float>();
  std::vector<double> q(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double wanted = round_half_even(static_cast<double>(x[i] / scales.scale(i))) + scales.zero(i);
    q[i] = !(wanted > low) ? low : wanted > high ? high : wanted;  // NaN gives the lower end
  }
  return tensor_of(op.type, op.shape, q);
}

Tensor dequantize_linear(const Operation& op) {
  const Scales scales(op);
  const auto q = numbers_of(op.input(0));
  std::vector<float> x(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) x[i] = static_cast<float>(q[i] - scales.zero(i)) * scales.scale(i);
  return make_tensor(op.shape, x);
}

}  // namespace octocal::model::reference
