// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/learned_rounding.hpp"

#include <algorithm>
#include <cmath>

#include "octocal/base/expect.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/parallel_jobs.hpp"
#include "octocal/engine/matrix_product.hpp"

namespace octocal::quant {
namespace {

// Channels of a job. Fixed, since a product's last bits may depend on its shape.
constexpr std::size_t kChannels = 16;
// Of the mean of the diagonal of H: what holds weights that inputs tell nothing of.
constexpr double kHold = 1e-4;
constexpr int kGradientSteps = 40;
constexpr int kRounds = 4;

/// Some output channels of a layer: rows of `inputs` numbers.
class Channels {
 public:
  Channels(const InputMoments& moments, std::span<const float> weight, std::span<const std::int8_t> nearest,
           std::span<const float> scale)
      : moments_(moments),
        inputs_(moments.inputs),
        count_(weight.size() / moments.inputs),
        weight_(weight),
        nearest_(nearest),
        scale_(scale) {
    double trace = 0;
    for (std::size_t k = 0; k < inputs_; ++k) trace += product(k, k);
    // Inputs that are always zero leave everything to the hold.
    hold_ = trace > 0 ? static_cast<float>(kHold * trace / static_cast<double>(inputs_)) : 1.0F;
    // What H v has to be: (H - N) w.
    aim_ = through(weight_);
    for (std::size_t c = 0; c < count_; ++c)
      for (std::size_t k = 0; k < inputs_; ++k)
        at(aim_, c, k) -= static_cast<float>(moments_.noise[k]) * weight_[c * inputs_ + k];
  }

  /// Writes the channels' integers; adds up errors and signal.
  void learn(std::span<std::int8_t> values, double& nearest_error, double& error, double& signal) const {
    auto learned = rounded(least_error());
    descend(learned);
    const std::vector<float> nearest(nearest_.begin(), nearest_.end());
    const auto before = errors(nearest);
    const auto after = errors(learned);
    for (std::size_t c = 0; c < count_; ++c) {
      const bool better = after[c] < before[c];
      for (std::size_t k = 0; k < inputs_; ++k)
        values[c * inputs_ + k] =
            better ? static_cast<std::int8_t>(at(learned, c, k)) : nearest_[c * inputs_ + k];
      const double power = signal_of(c);
      nearest_error += before[c] + power;
      error += std::min(before[c], after[c]) + power;
      signal += power;
    }
  }

 private:
  using Rows = std::vector<float>;  // (channels, inputs)

  float& at(Rows& rows, std::size_t channel, std::size_t input) const { return rows[channel * inputs_ + input]; }
  float at(std::span<const float> rows, std::size_t channel, std::size_t input) const {
    return rows[channel * inputs_ + input];
  }
  double product(std::size_t i, std::size_t j) const { return static_cast<double>(moments_.products[i * inputs_ + j]); }
  float scale(std::size_t channel) const { return scale_[scale_.size() == 1 ? 0 : channel]; }

  /// rows H.
  Rows through(std::span<const float> rows) const {
    Rows result(rows.size());
    engine::multiply(count_, inputs_, inputs_, {rows.data(), inputs_}, {moments_.products.data(), inputs_},
                     result.data(), inputs_, false);
    return result;
  }

  double dot(std::span<const float> a, std::span<const float> b, std::size_t channel) const {
    double sum = 0;
    for (std::size_t k = 0; k < inputs_; ++k)
      sum += static_cast<double>(at(a, channel, k)) * static_cast<double>(at(b, channel, k));
    return sum;
  }

  /// Real weights with the least error: v (H + hold) = aim + hold w by conjugate gradients from w, preconditioned by
  /// the diagonal.
  Rows least_error() const {
    Rows v(weight_.begin(), weight_.end());
    auto residual = through(v);
    for (std::size_t i = 0; i < v.size(); ++i) residual[i] = aim_[i] - residual[i];
    Rows preconditioned(v.size()), direction(v.size(), 0.0F);
    std::vector<double> before(count_, 0);
    for (int step = 0; step < kGradientSteps; ++step) {
      throw_if_interrupted();
      for (std::size_t c = 0; c < count_; ++c)
        for (std::size_t k = 0; k < inputs_; ++k)
          at(preconditioned, c, k) = at(residual, c, k) / (moments_.products[k * inputs_ + k] + hold_);
      for (std::size_t c = 0; c < count_; ++c) {
        const double now = dot(residual, preconditioned, c);
        const auto keep = static_cast<float>(before[c] > 0 ? now / before[c] : 0);
        before[c] = now;
        for (std::size_t k = 0; k < inputs_; ++k)
          at(direction, c, k) = at(preconditioned, c, k) + keep * at(direction, c, k);
      }
      auto curved = through(direction);
      for (std::size_t i = 0; i < v.size(); ++i) curved[i] += hold_ * direction[i];
      for (std::size_t c = 0; c < count_; ++c) {
        const double curvature = dot(direction, curved, c);
        const auto length = static_cast<float>(curvature > 0 ? before[c] / curvature : 0);
        for (std::size_t k = 0; k < inputs_; ++k) {
          at(v, c, k) += length * at(direction, c, k);
          at(residual, c, k) -= length * at(curved, c, k);
        }
      }
    }
    return v;
  }

  static float integer(float steps) {
    return std::clamp(steps - std::remainder(steps, 1.0F), -127.0F, 127.0F);
  }

  Rows rounded(const Rows& v) const {
    Rows q(v.size());
    for (std::size_t c = 0; c < count_; ++c)
      for (std::size_t k = 0; k < inputs_; ++k)
        at(q, c, k) = integer(std::clamp(at(v, c, k) / scale(c), -1e6F, 1e6F));
    return q;
  }

  Rows scaled(const Rows& q) const {
    Rows v(q.size());
    for (std::size_t c = 0; c < count_; ++c)
      for (std::size_t k = 0; k < inputs_; ++k) at(v, c, k) = at(q, c, k) * scale(c);
    return v;
  }

  /// Coordinate descent: each integer in turn to where the error, held, is least.
  void descend(Rows& q) const {
    auto v = scaled(q);
    auto gradient = through(v);
    for (std::size_t i = 0; i < q.size(); ++i) gradient[i] += hold_ * (v[i] - weight_[i]) - aim_[i];
    for (int round = 0; round < kRounds; ++round) {
      throw_if_interrupted();
      bool moved = false;
      for (std::size_t k = 0; k < inputs_; ++k) {
        const float* row = moments_.products.data() + k * inputs_;
        const float curvature = row[k] + hold_;
        for (std::size_t c = 0; c < count_; ++c) {
          const float is = at(q, c, k);
          const float best = integer(is - std::clamp(at(gradient, c, k) / (curvature * scale(c)), -255.0F, 255.0F));
          if (best == is) continue;
          moved = true;
          at(q, c, k) = best;
          const float by = (best - is) * scale(c);
          float* slopes = gradient.data() + c * inputs_;
          for (std::size_t j = 0; j < inputs_; ++j) slopes[j] += by * row[j];
          slopes[k] += by * hold_;
        }
      }
      if (!moved) return;
    }
  }

  /// error(v) - w (H - N) w of each channel.
  std::vector<double> errors(const Rows& q) const {
    const auto v = scaled(q);
    const auto made = through(v);
    std::vector<double> result;
    for (std::size_t c = 0; c < count_; ++c) result.push_back(dot(v, made, c) - 2 * dot(v, aim_, c));
    return result;
  }

  /// w (H - N) w.
  double signal_of(std::size_t channel) const { return dot(weight_, aim_, channel); }

  const InputMoments& moments_;
  std::size_t inputs_, count_;
  std::span<const float> weight_;
  std::span<const std::int8_t> nearest_;
  std::span<const float> scale_;
  float hold_ = 0;
  Rows aim_;
};

}  // namespace

LearnedWeight learn_rounding(const InputMoments& moments, std::span<const float> weight,
                             std::span<const std::int8_t> nearest, std::span<const float> scale, int threads) {
  const std::size_t inputs = moments.inputs;
  OCTOCAL_EXPECT(inputs > 0 && weight.size() % inputs == 0 && nearest.size() == weight.size());
  const std::size_t outputs = weight.size() / inputs;
  OCTOCAL_EXPECT(scale.size() == 1 || scale.size() == outputs);
  LearnedWeight result;
  result.values.resize(weight.size());
  const std::size_t jobs = (outputs + kChannels - 1) / kChannels;
  std::vector<double> nearest_errors(jobs, 0), errors(jobs, 0), signals(jobs, 0);
  parallel_jobs(jobs, threads, [&](std::size_t job) {
    const std::size_t first = job * kChannels;
    const std::size_t count = std::min(kChannels, outputs - first);
    const auto part = [&](auto all) { return all.subspan(first * inputs, count * inputs); };
    const Channels channels(moments, part(weight), part(nearest),
                            scale.size() == 1 ? scale : scale.subspan(first, count));
    channels.learn(part(std::span(result.values)), nearest_errors[job], errors[job], signals[job]);
  });
  double signal = 0;
  for (std::size_t job = 0; job < jobs; ++job) {
    signal += signals[job];
    result.nearest_error += nearest_errors[job];
    result.error += errors[job];
  }
  if (signal > 0) {
    result.nearest_error /= signal;
    result.error /= signal;
  }
  return result;
}

}  // namespace octocal::quant
