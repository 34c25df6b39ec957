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
constexpr int kDescents = 4;

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
  }

  /// Writes the channels' integers; adds up errors and signal.
  void learn(std::span<std::int8_t> values, double& nearest_error, double& error, double& signal) const {
    const Rows nearest(nearest_.begin(), nearest_.end());
    auto learned = nearest;
    descend(learned);
    const auto before = errors(nearest);
    const auto after = errors(learned);
    for (std::size_t c = 0; c < count_; ++c) {
      const bool better = after[c] < before[c];
      for (std::size_t k = 0; k < inputs_; ++k)
        values[c * inputs_ + k] = better ? static_cast<std::int8_t>(at(learned, c, k)) : nearest_[c * inputs_ + k];
      nearest_error += before[c];
      error += std::min(before[c], after[c]);
    }
    const auto sums = through(weight_);
    for (std::size_t c = 0; c < count_; ++c) signal += dot(weight_, sums, c);
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

  static float integer(float steps) { return std::clamp(steps - std::remainder(steps, 1.0F), -127.0F, 127.0F); }

  /// v - w. Differences are small beside what they are of, so all is computed from them.
  Rows moved_by(const Rows& q) const {
    Rows difference(q.size());
    for (std::size_t c = 0; c < count_; ++c)
      for (std::size_t k = 0; k < inputs_; ++k) at(difference, c, k) = at(q, c, k) * scale(c) - at(weight_, c, k);
    return difference;
  }

  /// Coordinate descent: each integer in turn to where the error, held, is least.
  void descend(Rows& q) const {
    const auto difference = moved_by(q);
    auto gradient = through(difference);
    for (std::size_t i = 0; i < q.size(); ++i) gradient[i] += hold_ * difference[i];
    for (int round = 0; round < kDescents; ++round) {
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

  /// error(v) of each channel.
  std::vector<double> errors(const Rows& q) const {
    const auto difference = moved_by(q);
    const auto made = through(difference);
    std::vector<double> result;
    for (std::size_t c = 0; c < count_; ++c) result.push_back(dot(difference, made, c));
    return result;
  }

  const InputMoments& moments_;
  std::size_t inputs_, count_;
  std::span<const float> weight_;
  std::span<const std::int8_t> nearest_;
  std::span<const float> scale_;
  float hold_ = 0;
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
