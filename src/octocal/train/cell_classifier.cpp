// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cell_classifier.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/random.hpp"
#include "octocal/train/adam.hpp"
#include "octocal/train/random_streams.hpp"
#include "octocal/train/tensor_map.hpp"
#include "octocal/train/thread_count.hpp"
#include "octocal/train/training_data.hpp"
#include "octocal/train/transverse_symmetry.hpp"

namespace octocal::train {
namespace {

constexpr auto kWeights = first_of(Region::kClassifierWeights);
constexpr auto kShuffle = first_of(Region::kClassifierChoices);
constexpr double kClassifierSlope = 0.2;
constexpr double kUnit = 1e-4;  // GeV: the scale of hits
constexpr double kWeightDecay = 1e-4;
constexpr std::int64_t kScoreChunk = 64;

/// 0 .. n - 1 in random order: a pure function of seed and `which`.
at::Tensor shuffled(std::int64_t n, std::uint64_t seed, std::uint64_t which) {
  auto keys = at::empty({n}, at::kDouble);
  for (std::int64_t i = 0; i < n; ++i)
    keys.data_ptr<double>()[i] = uniform01(seed, Draw::kTraining, kShuffle + which, static_cast<std::uint32_t>(i));
  return keys.argsort();
}

class Network {
 public:
  Network(std::int64_t layers, std::uint64_t seed, std::uint64_t fold) {
    const auto add = [&](const char* name, const std::vector<std::int64_t>& shape) {
      auto weight = at::empty(shape, at::kFloat);
      std::vector<float> numbers(static_cast<std::size_t>(weight.numel()));
      normals(seed, Draw::kTraining, kWeights + 16 * fold + parameters_.size(), numbers);
      const auto inputs = static_cast<double>(weight.numel() / shape[0]);
      weight.copy_(at::tensor(numbers).view(shape))
          .mul_(std::sqrt(2 / ((1 + kClassifierSlope * kClassifierSlope) * inputs)));
      parameters_[std::string(name) + ".weight"] = weight.set_requires_grad(true);
      parameters_[std::string(name) + ".bias"] = at::zeros({shape[0]}).set_requires_grad(true);
    };
    add("conv1", {32, 2 * layers, 3, 3});
    add("conv2", {48, 32, 3, 3});
    add("conv3", {48, 48, 3, 3});
    add("dense1", {48, 97});
    add("dense2", {1, 48});
  }

  TensorMap& parameters() { return parameters_; }

  at::Tensor score(const at::Tensor& cells, const at::Tensor& energy) const {
    const auto image = cells.permute({0, 3, 1, 2});
    const auto seen = at::cat({at::log1p(image / kUnit) * 0.3, at::sqrt(image / energy.view({-1, 1, 1, 1})) * 10}, 1)
                          .contiguous(at::MemoryFormat::ChannelsLast);
    const auto block = [&](const at::Tensor& in, const std::string& name) {
      return at::leaky_relu(at::conv2d(in, parameters_.at(name + ".weight"), parameters_.at(name + ".bias"), 1, {1, 1}),
                            kClassifierSlope);
    };
    const auto fine = at::avg_pool2d(block(seen, "conv1"), {2, 2});
    const auto coarse = at::avg_pool2d(block(fine, "conv2"), {2, 2});
    const auto last = block(coarse, "conv3").flatten(2);
    const auto numbers = at::cat({last.mean(2), std::get<0>(last.max(2)), at::log(energy / 200).view({-1, 1})}, 1);
    const auto hidden = at::leaky_relu(
        at::linear(numbers, parameters_.at("dense1.weight"), parameters_.at("dense1.bias")), kClassifierSlope);
    return at::linear(hidden, parameters_.at("dense2.weight"), parameters_.at("dense2.bias")).squeeze(1);
  }

 private:
  TensorMap parameters_;
};

/// Both samples as tensors that share their memory.
struct Pool {
  at::Tensor cells[2], energy[2];

  /// Rows of each sample, first those of the first.
  std::pair<at::Tensor, at::Tensor> rows(const at::Tensor& first, const at::Tensor& second) const {
    return {at::cat({cells[0].index_select(0, first), cells[1].index_select(0, second)}),
            at::cat({energy[0].index_select(0, first), energy[1].index_select(0, second)})};
  }
};

void train_fold(Network& network, const Pool& pool, const at::Tensor& first, const at::Tensor& second,
                const CellClassifierSettings& settings, std::uint64_t fold) {
  Adam adam({0.9, 0.999, 1e-8});
  const auto half = std::max<std::int64_t>(1, settings.batch / 2);
  const auto shorter = std::min(first.size(0), second.size(0));
  const auto steps = std::max<std::int64_t>(1, shorter / half);
  const auto symmetries =
      transverse_symmetries(static_cast<std::int64_t>(settings.nx), static_cast<std::int64_t>(settings.ny));
  for (std::int64_t epoch = 0; epoch < settings.epochs; ++epoch) {
    const auto which = 1000 * (fold + 1) + 2 * static_cast<std::uint64_t>(epoch);
    const auto order_first = first.index_select(0, shuffled(first.size(0), settings.seed, which));
    const auto order_second = second.index_select(0, shuffled(second.size(0), settings.seed, which + 1));
    for (std::int64_t step = 0; step < steps; ++step) {
      throw_if_interrupted();
      const auto count = std::min(half, shorter);
      const auto [cells, energy] =
          pool.rows(order_first.narrow(0, step * count, count), order_second.narrow(0, step * count, count));
      const auto turn = philox(settings.seed, Draw::kTraining, kShuffle + which, static_cast<std::uint32_t>(step))[0];
      const auto turned = transform_transverse(cells, static_cast<int>(turn % static_cast<std::uint32_t>(symmetries)));
      const auto labels = at::cat({at::ones({count}), at::zeros({count})});
      auto loss = at::binary_cross_entropy_with_logits(network.score(turned, energy), labels);
      for (const auto& [name, tensor] : network.parameters()) loss = loss + kWeightDecay * tensor.square().sum();
      torch::autograd::backward({loss}, {});
      const double done = static_cast<double>(epoch * steps + step) / static_cast<double>(settings.epochs * steps);
      adam.step(network.parameters(), settings.rate * 0.5 * (1 + std::cos(std::numbers::pi * done)));
    }
  }
}

std::vector<double> score_all(const Network& network, const at::Tensor& cells, const at::Tensor& energy,
                              const at::Tensor& rows) {
  const at::NoGradGuard no_gradients;
  std::vector<double> scores;
  for (std::int64_t from = 0; from < rows.size(0); from += kScoreChunk) {
    const auto here = rows.narrow(0, from, std::min(kScoreChunk, rows.size(0) - from));
    const auto score = network.score(cells.index_select(0, here), energy.index_select(0, here)).contiguous();
    scores.insert(scores.end(), score.data_ptr<float>(), score.data_ptr<float>() + score.numel());
  }
  return scores;
}

void check(const ShowersToTell& showers, const char* which, std::size_t cells, const CellClassifierSettings& settings) {
  const auto n = showers.energy_gev.size();
  if (showers.cells_gev.size() != n * cells)
    throw bad_input(
        fmt::format("classifier on cells: the {} sample has {} cells, expected {} ({} showers of {}); give "
                    "the geometry that the showers have",
                    which, showers.cells_gev.size(), n * cells, n, cells));
  if (settings.folds < 2 || n < std::max<std::size_t>(4, settings.folds))
    throw bad_input(
        fmt::format("classifier on cells: the {} sample has {} showers in {} folds (each fold needs one to "
                    "learn from and one to judge); give more showers",
                    which, n, settings.folds));
}

at::Tensor tensor_over(std::span<const float> numbers, at::IntArrayRef shape) {
  // from_blob wants a pointer to non-const; nothing writes to it.
  return at::from_blob(const_cast<float*>(numbers.data()), shape, at::kFloat);
}

/// The showers of (or, with `inside` false, outside) a fold.
at::Tensor fold_rows(const at::Tensor& order, std::size_t folds, std::size_t fold, bool inside) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < order.size(0); ++i)
    if ((static_cast<std::size_t>(i) % folds == fold) == inside) rows.push_back(order.data_ptr<std::int64_t>()[i]);
  return at::tensor(rows, at::kLong);
}

}  // namespace

CellScores tell_by_cells(const ShowersToTell& first, const ShowersToTell& second,
                         const CellClassifierSettings& settings) {
  const auto cells = settings.nx * settings.ny * settings.nz;
  check(first, "first", cells, settings);
  check(second, "second", cells, settings);
  const ThreadCount threads(settings.threads > 0 ? settings.threads : usable_cores());
  Pool pool;
  at::Tensor order[2];
  for (int sample = 0; sample < 2; ++sample) {
    const auto& showers = sample == 0 ? first : second;
    const auto n = static_cast<std::int64_t>(showers.energy_gev.size());
    pool.cells[sample] = tensor_over(showers.cells_gev,
                                     {n, static_cast<std::int64_t>(settings.nx), static_cast<std::int64_t>(settings.ny),
                                      static_cast<std::int64_t>(settings.nz)});
    pool.energy[sample] = tensor_over(showers.energy_gev, {n});
    order[sample] = shuffled(n, settings.seed, 0).contiguous();
  }
  CellScores scores;
  scores.description = fmt::format(
      "network of two-dimensional convolutions on all cells, {} epochs, showers turned at random in training",
      settings.epochs);
  for (std::size_t fold = 0; fold < settings.folds; ++fold) {
    Network network(static_cast<std::int64_t>(settings.nz), settings.seed, fold);
    train_fold(network, pool, fold_rows(order[0], settings.folds, fold, false),
               fold_rows(order[1], settings.folds, fold, false), settings, fold);
    scores.folds.push_back(
        {score_all(network, pool.cells[0], pool.energy[0], fold_rows(order[0], settings.folds, fold, true)),
         score_all(network, pool.cells[1], pool.energy[1], fold_rows(order[1], settings.folds, fold, true))});
  }
  return scores;
}

}  // namespace octocal::train
