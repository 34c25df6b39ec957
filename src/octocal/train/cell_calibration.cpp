// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cell_calibration.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <vector>

#include "octocal/base/interrupt.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_batch.hpp"
#include "octocal/train/profile_network.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kCalibrationChunk = 64;
constexpr int kRounds = 8;
constexpr double kUnknownGev = 1e-6;
constexpr double kMostStep = 2;    // of a round
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
    trained_map_ = generator.parameters.at("output.map").clone();
    // Every n-th energy, so that the mean energy is that of the whole.
    const auto all = std::get<0>(wanted.energy.sort());
    count_ = std::min(count, all.size(0));
    const auto share = static_cast<double>(all.size(0)) / static_cast<double>(count_);
    const auto energy = all.index_select(0, ((at::arange(count_, at::kDouble) + 0.5) * share).to(at::kLong));
    Progress progress("calibrate cells", "showers", static_cast<std::uint64_t>(count_));
    for (std::int64_t first = 0; first < count_; first += kCalibrationChunk) {
      throw_if_interrupted();
      showers_.push_back(
          generator.draw(energy.narrow(0, first, std::min(kCalibrationChunk, count_ - first)), seed, first));
      const auto fires = (showers_.back().rectified > 0).any(0);
      fires_ = fires_.defined() ? fires_.logical_or(fires) : fires;
      progress.update(static_cast<std::uint64_t>(std::min(first + kCalibrationChunk, count_)));
    }
    progress.finish();
  }

  /// Multiplies the map by wanted over made mean cells, `rounds` times.
  void improve_map(int rounds) {
    auto& map = generator_.parameters.at("output.map");
    for (int round = 0; round < rounds; ++round) {
      const auto step = measure().ratio.clamp(1 / kMostStep, kMostStep).permute({2, 0, 1});
      map.copy_(at::where(fires_, at::min(map * step, kMostGrowth * trained_map_), map));
    }
  }

  /// What the generator makes of its showers with the map and the lift as they are.
  struct Made {
    at::Tensor ratio;  ///< wanted over made mean cells (x, y, z)
    double hits = 0;   ///< mean of a shower
  };
  Made measure() const {
    throw_if_interrupted();
    auto sum = at::zeros_like(wanted_.cells);
    double hits = 0;
    for (const auto& shower : showers_) {
      const auto cells = fit_to_profiles(generator_.spec, generator_.parameters, shower.rectified, shower.profiles);
      sum += cells.sum(0);
      hits += (cells > data::kHitThresholdGev).sum().item<double>();
    }
    const auto mean = averaged(sum / static_cast<double>(count_), wanted_.symmetries);
    return {(wanted_.cells + kUnknownGev) / (mean + kUnknownGev), hits / static_cast<double>(count_)};
  }

  void set_lift(double lift) { generator_.parameters.at("output.lift").fill_(lift); }

 private:
  TrainedGenerator& generator_;
  const MeanShower& wanted_;
  at::Tensor trained_map_;  // (z, x, y), as it was given
  at::Tensor fires_;        // (z, x, y): whether the network ever puts anything into the cell
  std::int64_t count_ = 0;
  std::vector<DrawnShower> showers_;
};

}  // namespace

CellCalibration calibrate_cells(TrainedGenerator& generator, const MeanShower& wanted, std::int64_t count,
                                std::uint64_t seed) {
  const at::NoGradGuard no_gradients;
  Calibration calibration(generator, wanted, count, seed);
  CellCalibration result;
  calibration.improve_map(kRounds);
  result.hits_before = calibration.measure().hits;
  // More lift, more hits, as long as there is something to lift: halve the interval.
  double low = 0;
  double high = kMostLift;
  if (result.hits_before < wanted.hits)
    for (int step = 0; step < kLiftSteps; ++step) {
      result.lift = (low + high) / 2;
      calibration.set_lift(result.lift);
      calibration.improve_map(kRoundsALift);
      (calibration.measure().hits < wanted.hits ? low : high) = result.lift;
    }
  calibration.improve_map(kRounds);
  const auto made = calibration.measure();
  const auto left = (made.ratio - 1).abs();
  result.hits = made.hits;
  result.worst_core_cell = left.masked_select(wanted.cells > 1e-3 * wanted.cells.max()).max().item<double>();
  return result;
}

}  // namespace octocal::train
