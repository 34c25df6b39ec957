#include "octocal/train/cell_map.hpp"

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

at::Tensor averaged(const at::Tensor& cells, int symmetries) {
  auto sum = at::zeros_like(cells);
  for (int symmetry = 0; symmetry < symmetries; ++symmetry)
    sum += transform_transverse(cells.unsqueeze(0), symmetry).squeeze(0);
  return sum / symmetries;
}

}  // namespace

double calibrate_cell_map(TrainedGenerator& generator, const MeanShower& wanted, std::int64_t count,
                          std::uint64_t seed) {
  const at::NoGradGuard no_gradients;
  // Every n-th energy, so that the mean energy is that of the whole.
  const auto all = std::get<0>(wanted.energy.sort());
  const auto used = std::min(count, all.size(0));
  const auto place =
      ((at::arange(used, at::kDouble) + 0.5) * static_cast<double>(all.size(0)) / static_cast<double>(used))
          .to(at::kLong);
  const auto energy = all.index_select(0, place);
  std::vector<DrawnShower> showers;
  Progress progress("calibrate cells", "showers", static_cast<std::uint64_t>(used));
  for (std::int64_t first = 0; first < used; first += kChunk) {
    throw_if_interrupted();
    showers.push_back(generator.draw(energy.narrow(0, first, std::min(kChunk, used - first)), seed, first));
    progress.update(static_cast<std::uint64_t>(std::min(first + kChunk, used)));
  }
  progress.finish();

  auto map = generator.parameters.at("output.map").clone();
  generator.parameters["output.map"] = map;
  double left = 0;
  for (int round = 0; round <= kRounds; ++round) {
    throw_if_interrupted();
    auto sum = at::zeros_like(wanted.cells);
    for (const auto& shower : showers)
      sum += fit_to_profiles(generator.spec, generator.parameters, shower.rectified, shower.profiles).sum(0);
    const auto mean = averaged(sum / static_cast<double>(used), wanted.symmetries);
    const auto ratio = (wanted.cells + kUnknownGev) / (mean + kUnknownGev);
    left = (ratio - 1).abs().masked_select(wanted.cells > 1e-3 * wanted.cells.max()).max().item<double>();
    if (round == kRounds) break;
    map.mul_(ratio.clamp(1 / kMostStep, kMostStep).permute({2, 0, 1}));
  }
  return left;
}

}  // namespace octocal::train
