// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cell_calibration.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <vector>

#include "octocal/base/interrupt.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/train/profile_network.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kChunk = 64;
constexpr int kRounds = 8;
constexpr double kUnknownGev = 1e-6;
constexpr double kMostStep = 2;
constexpr double kHitGev = 1e-4;
constexpr double kMostLift = 0.5;  // of an image whose core is of order ten
constexpr int kLiftSteps = 8, kRoundsALift = 2;

at::Tensor averaged(const at::Tensor& cells, int symmetries) {
  auto sum = at::zeros_like(cells);
  for (int symmetry = 0; symmetry < symmetries; ++symmetry)
    sum += transform_transverse(cells.unsqueeze(0), symmetry).squeeze(0);
  return sum / symmetries;
}

/// The generator's drawn showers, kept, so that only the fit to the profiles has to be made again.
class Calibration {
 public:
  Calibration(TrainedGenerator& generator, const MeanShower& wanted, std::int64_t count, std::uint64_t seed)
      : generator_(generator), wanted_(wanted) {
    for (const char* name : {"output.map", "output.lift"})
      generator.parameters[name] = generator.parameters.at(name).clone();
    // Every n-th energy, so that the mean energy is that of the whole.
    const auto all = std::get<0>(wanted.energy.sort());
    count_ = std::min(count, all.size(0));
    const auto share = static_cast<double>(all.size(0)) / static_cast<double>(count_);
    const auto energy = all.index_select(0, ((at::arange(count_, at::kDouble) + 0.5) * share).to(at::kLong));
    Progress progress("calibrate cells", "showers", static_cast<std::uint64_t>(count_));
    for (std::int64_t first = 0; first < count_; first += kChunk) {
      throw_if_interrupted();
      showers_.push_back(generator.draw(energy.narrow(0, first, std::min(kChunk, count_ - first)), seed, first));
      progress.update(static_cast<std::uint64_t>(std::min(first + kChunk, count_)));
    }
    progress.finish();
  }

  void improve_map(int rounds) {
    auto& map = generator_.parameters.at("output.map");
    for (int round = 0; round < rounds; ++round) {
      const auto ratio = mean_ratio();
      map.mul_(ratio.clamp(1 / kMostStep, kMostStep).permute({2, 0, 1}));
    }
  }

  /// Wanted over made mean cells (x, y, z); counts the hits on the way.
  at::Tensor mean_ratio() {
    throw_if_interrupted();
    auto sum = at::zeros_like(wanted_.cells);
    double hits = 0;
    for (const auto& shower : showers_) {
      const auto cells = fit_to_profiles(generator_.spec, generator_.parameters, shower.rectified, shower.profiles);
      sum += cells.sum(0);
      hits += (cells > kHitGev).sum().item<double>();
    }
    hits_ = hits / static_cast<double>(count_);
    const auto mean = averaged(sum / static_cast<double>(count_), wanted_.symmetries);
    return (wanted_.cells + kUnknownGev) / (mean + kUnknownGev);
  }

  double hits() const { return hits_; }
  void set_lift(double lift) { generator_.parameters.at("output.lift").fill_(lift); }

 private:
  TrainedGenerator& generator_;
  const MeanShower& wanted_;
  std::int64_t count_ = 0;
  std::vector<DrawnShower> showers_;
  double hits_ = 0;
};

}  // namespace

CellCalibration calibrate_cells(TrainedGenerator& generator, const MeanShower& wanted, std::int64_t count,
                                std::uint64_t seed) {
  const at::NoGradGuard no_gradients;
  Calibration calibration(generator, wanted, count, seed);
  CellCalibration result;
  calibration.improve_map(kRounds);
  (void)calibration.mean_ratio();
  result.hits_before = calibration.hits();
  // More lift, more hits, as long as there is something to lift: halve the interval.
  double low = 0;
  double high = kMostLift;
  if (result.hits_before < wanted.hits)
    for (int step = 0; step < kLiftSteps; ++step) {
      result.lift = (low + high) / 2;
      calibration.set_lift(result.lift);
      calibration.improve_map(kRoundsALift);
      (void)calibration.mean_ratio();
      (calibration.hits() < wanted.hits ? low : high) = result.lift;
    }
  calibration.improve_map(kRounds);
  const auto left = (calibration.mean_ratio() - 1).abs();
  result.hits = calibration.hits();
  result.worst_core_cell = left.masked_select(wanted.cells > 1e-3 * wanted.cells.max()).max().item<double>();
  return result;
}

}  // namespace octocal::train
