// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cell_classifier.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/random.hpp"
#include "octocal/train/adam.hpp"
#include "octocal/train/cell_patches.hpp"
#include "octocal/train/freed_memory.hpp"
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
constexpr double kFirstBias = 0.3, kFirstGain = 0.1;
constexpr double kLeastVariance = 1e-8;
constexpr double kWeightDecay = 1e-4;
constexpr std::int64_t kScoreChunk = 64;
constexpr double kAverageDecay = 0.98;  // a step: about an epoch of 1,000 showers
constexpr std::size_t kHeldOutPart = 6;
constexpr std::int64_t kStandardiseBy = 160;  // showers of either sample
constexpr double kRateOfTry[] = {1, 1.0 / 3, 3};

/// 0 .. n - 1 in random order: a pure function of seed and `which`.
at::Tensor shuffled(std::int64_t n, std::uint64_t seed, std::uint64_t which) {
  auto keys = at::empty({n}, at::kDouble);
  for (std::int64_t i = 0; i < n; ++i)
    keys.data_ptr<double>()[i] = uniform01(seed, Draw::kTraining, kShuffle + which, static_cast<std::uint32_t>(i));
  return keys.argsort();
}

constexpr std::int64_t kFirst = 16, kSecond = 12, kHidden = 16;
constexpr std::int64_t kNumbers = (CellPatches::kRings + CellPatches::kGroups) * (kSecond + 2) + 3;

/// Convolutions that are worked out where there is energy, and whose weights all cells share: a few thousand weights
/// that see some thousand cells a shower. What they give is summed over rings and over groups of layers.
class Network {
 public:
  Network(std::uint64_t seed, std::uint64_t number) {
    const auto add = [&](const std::string& name, std::int64_t outputs, std::int64_t inputs, double gain) {
      auto weight = at::empty({outputs, inputs}, at::kFloat);
      std::vector<float> numbers(static_cast<std::size_t>(weight.numel()));
      normals(seed, Draw::kTraining, kWeights + 16 * number + parameters_.size(), numbers);
      const double scale = std::sqrt(2 / ((1 + kClassifierSlope * kClassifierSlope) * static_cast<double>(inputs)));
      weight.copy_(at::tensor(numbers).view({outputs, inputs})).mul_(gain * scale);
      parameters_[name + ".weight"] = weight.set_requires_grad(true);
      std::vector<float> biases(static_cast<std::size_t>(outputs));
      normals(seed, Draw::kTraining, kWeights + 16 * number + parameters_.size(), biases);
      parameters_[name + ".bias"] = at::tensor(biases).mul_(kFirstBias * gain).set_requires_grad(true);
    };
    add("cells", kFirst, CellPatches::kInputs, 1);
    add("maps", kSecond, kFirst, 1);
    add("dense1", kHidden, kNumbers, 1);
    add("dense2", 1, kHidden, kFirstGain);
    mean_ = at::zeros({kNumbers});
    deviation_ = at::ones({kNumbers});
  }

  TensorMap& parameters() { return parameters_; }

  /// Sums of the maps, a row a shower: what the dense layers see before it is brought to mean 0 and deviation 1.
  at::Tensor numbers(const CellPatches& patches) const {
    const auto maps = layer(layer(patches.seen, "cells"), "maps");
    const auto m = maps.size(0);
    const auto shares = patches.seen.narrow(1, CellPatches::kAround, 1).square();  // of Ep
    const auto each = at::cat({maps, at::ones({m, 1}), shares}, 1);
    const auto n = patches.count.size(0);
    const auto sums = [&](std::int64_t places, const at::Tensor& place) {
      const auto sum = at::zeros({n * places, kSecond + 2}).index_add(0, place, each).view({n, places, kSecond + 2});
      const auto means = sum.narrow(2, 0, kSecond + 1).flatten(1) / patches.count;
      return at::cat({means, sum.select(2, kSecond + 1)}, 1);
    };
    return at::cat({sums(CellPatches::kRings, patches.ring), sums(CellPatches::kGroups, patches.group),
                    at::log(patches.count), patches.largest, patches.log_energy},
                   1);
  }

  /// Of numbers(), by the mean and deviation of standardise().
  at::Tensor score(const at::Tensor& numbers) const { return dense((numbers - mean_) / deviation_); }
  /// In training: by the batch's own mean and deviation.
  at::Tensor score_batch(const at::Tensor& numbers) const {
    return dense((numbers - numbers.mean(0)) / deviation_of(numbers));
  }

  /// Takes mean and deviation of these numbers for all later scores.
  void standardise(const at::Tensor& numbers) {
    mean_ = numbers.mean(0);
    deviation_ = deviation_of(numbers);
  }

 private:
  at::Tensor dense(const at::Tensor& numbers) const {
    const auto hidden = layer(numbers, "dense1");
    return at::linear(hidden, parameters_.at("dense2.weight"), parameters_.at("dense2.bias")).squeeze(1);
  }

  at::Tensor layer(const at::Tensor& in, const std::string& name) const {
    return at::leaky_relu(at::linear(in, parameters_.at(name + ".weight"), parameters_.at(name + ".bias")),
                          kClassifierSlope);
  }
  static at::Tensor deviation_of(const at::Tensor& numbers) { return (numbers.var(0, false) + kLeastVariance).sqrt(); }

  TensorMap parameters_;
  at::Tensor mean_, deviation_;
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

/// Rows of either sample.
struct ShowerRows {
  at::Tensor first, second;
};

/// A network that was trained, and how far it came.
struct Trained {
  Network network;  ///< averaged weights of the epoch that its held-out showers chose
  double training_loss = std::numeric_limits<double>::infinity();  ///< of these averages
  double held_out_area = 0;
  bool fell() const noexcept { return training_loss < kLossThatFell; }
};

class Fold {
 public:
  Fold(const Pool& pool, const CellClassifierSettings& settings, std::uint64_t fold, ShowerRows rows)
      : pool_(pool), settings_(settings), fold_(fold), held_out_(rows) {
    const auto part = [](const at::Tensor& all) {
      return std::max<std::int64_t>(1, all.size(0) / static_cast<std::int64_t>(kHeldOutPart));
    };
    const auto first = part(rows.first), second = part(rows.second);
    held_out_ = {rows.first.narrow(0, 0, first), rows.second.narrow(0, 0, second)};
    training_ = {rows.first.narrow(0, first, rows.first.size(0) - first),
                 rows.second.narrow(0, second, rows.second.size(0) - second)};
  }

  /// Until one try's loss falls, or the best of those that did not.
  Trained train() const {
    std::optional<Trained> best;
    for (std::size_t which = 0; which < std::min(settings_.tries, std::size(kRateOfTry)); ++which) {
      auto trained = one_try(which);
      const bool better = !best || trained.fell() || trained.held_out_area > best->held_out_area;
      if (better) best.emplace(std::move(trained));
      if (best->fell()) break;
    }
    return std::move(*best);
  }

  /// Scores of one sample's rows, means over all symmetries.
  std::vector<double> score(const Network& network, int sample, const at::Tensor& rows) const {
    const at::NoGradGuard no_gradients;
    std::vector<double> scores;
    for (std::int64_t from = 0; from < rows.size(0); from += kScoreChunk) {
      throw_if_interrupted();
      const auto here = rows.narrow(0, from, std::min(kScoreChunk, rows.size(0) - from));
      const auto cells = pool_.cells[sample].index_select(0, here), energy = pool_.energy[sample].index_select(0, here);
      auto sum = at::zeros({here.size(0)});
      for (int turn = 0; turn < symmetries(); ++turn)
        sum += network.score(network.numbers(CellPatches::of(transform_transverse(cells, turn), energy)));
      sum /= symmetries();
      scores.insert(scores.end(), sum.data_ptr<float>(), sum.data_ptr<float>() + sum.numel());
    }
    return scores;
  }

 private:
  int symmetries() const {
    return transverse_symmetries(static_cast<std::int64_t>(settings_.nx), static_cast<std::int64_t>(settings_.ny));
  }

  Trained one_try(std::size_t which) const {
    const auto number = fold_ * std::size(kRateOfTry) + which;
    Network network(settings_.seed, number), average(settings_.seed, number);
    Trained trained{Network(settings_.seed, number)};
    Adam adam({0.9, 0.999, 1e-8});
    std::int64_t steps_done = 0, waited = 0;
    for (std::int64_t epoch = 0; epoch < settings_.most_epochs; ++epoch) {
      one_epoch(network, average, adam, settings_.rate * kRateOfTry[which], number, epoch, steps_done);
      const double loss = standardise(average);
      const double area = held_out_area(average);
      trained.training_loss = std::min(trained.training_loss, loss);
      if (area > trained.held_out_area) {
        trained.held_out_area = area;
        copy(average, trained.network);
        standardise(trained.network);
        waited = 0;
      } else {
        ++waited;
      }
      log_verbose(fmt::format("classifier on cells: fold {} try {} epoch {}: loss {:.4f}, held out AUC {:.4f}", fold_,
                              which, epoch, loss, area));
      if (trained.fell() && waited >= settings_.patience) break;
    }
    return trained;
  }

  /// By some of the training showers. Returns the loss of these.
  double standardise(Network& network) const {
    const at::NoGradGuard no_gradients;
    std::vector<at::Tensor> first, second;
    const auto most = std::min({training_.first.size(0), training_.second.size(0), kStandardiseBy});
    for (std::int64_t from = 0; from < most; from += kScoreChunk / 2) {
      const auto count = std::min(kScoreChunk / 2, most - from);
      const auto [cells, energy] =
          pool_.rows(training_.first.narrow(0, from, count), training_.second.narrow(0, from, count));
      const auto numbers = network.numbers(CellPatches::of(cells, energy));
      first.push_back(numbers.narrow(0, 0, count));
      second.push_back(numbers.narrow(0, count, count));
    }
    first.insert(first.end(), second.begin(), second.end());
    const auto numbers = at::cat(first);
    network.standardise(numbers);
    return cross_entropy(network.score(numbers), most).item<double>();
  }

  void one_epoch(Network& network, Network& average, Adam& adam, double rate, std::uint64_t number, std::int64_t epoch,
                 std::int64_t& steps_done) const {
    const auto half = std::max<std::int64_t>(1, settings_.batch / 2);
    const auto shorter = std::min(training_.first.size(0), training_.second.size(0));
    const auto count = std::min(half, shorter), steps = std::max<std::int64_t>(1, shorter / half);
    const auto which = 1000 * (number + 1) + 2 * static_cast<std::uint64_t>(epoch);
    const auto order_first = training_.first.index_select(0, shuffled(training_.first.size(0), settings_.seed, which));
    const auto order_second =
        training_.second.index_select(0, shuffled(training_.second.size(0), settings_.seed, which + 1));
    for (std::int64_t step = 0; step < steps; ++step) {
      throw_if_interrupted();
      const auto [cells, energy] =
          pool_.rows(order_first.narrow(0, step * count, count), order_second.narrow(0, step * count, count));
      const auto turn = philox(settings_.seed, Draw::kTraining, kShuffle + which, static_cast<std::uint32_t>(step))[0];
      const auto turned =
          transform_transverse(cells, static_cast<int>(turn % static_cast<std::uint32_t>(symmetries())));
      const auto numbers = network.numbers(CellPatches::of(turned, energy));
      auto loss = cross_entropy(network.score_batch(numbers), count);
      for (const auto& [name, tensor] : network.parameters()) loss = loss + kWeightDecay * tensor.square().sum();
      torch::autograd::backward({loss}, {});
      const double warm = std::min(1.0, static_cast<double>(steps_done + 1) / static_cast<double>(steps));
      adam.step(network.parameters(), rate * warm);
      follow(network, average, steps_done++);
    }
  }

  /// The first `count` scores are of the first sample.
  static at::Tensor cross_entropy(const at::Tensor& scores, std::int64_t count) {
    return at::binary_cross_entropy_with_logits(scores,
                                                at::cat({at::ones({count}), at::zeros({scores.size(0) - count})}));
  }

  /// Share of pairs of held-out showers of which the first sample's has the higher score.
  double held_out_area(const Network& network) const {
    const at::NoGradGuard no_gradients;
    at::Tensor scores[2];
    for (int sample = 0; sample < 2; ++sample) {
      const auto& all = sample == 0 ? held_out_.first : held_out_.second;
      std::vector<at::Tensor> parts;
      for (std::int64_t from = 0; from < all.size(0); from += kScoreChunk) {
        const auto here = all.narrow(0, from, std::min(kScoreChunk, all.size(0) - from));
        const auto energy = pool_.energy[sample].index_select(0, here);
        parts.push_back(
            network.score(network.numbers(CellPatches::of(pool_.cells[sample].index_select(0, here), energy))));
      }
      scores[sample] = at::cat(parts);
    }
    return (scores[0].view({-1, 1}) > scores[1].view({1, -1})).to(at::kDouble).mean().item<double>();
  }

  static void follow(Network& network, Network& average, std::int64_t step) {
    const at::NoGradGuard no_gradients;
    const double decay = std::min(kAverageDecay, static_cast<double>(step + 1) / static_cast<double>(step + 10));
    for (auto& [name, tensor] : average.parameters()) tensor.lerp_(network.parameters().at(name), 1 - decay);
  }

  static void copy(Network& from, Network& to) {
    const at::NoGradGuard no_gradients;
    for (auto& [name, tensor] : to.parameters()) tensor.copy_(from.parameters().at(name));
  }

  const Pool& pool_;
  const CellClassifierSettings& settings_;
  std::uint64_t fold_;
  ShowerRows training_, held_out_;
};

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
  keep_freed_memory();
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
  scores.description =
      "network of three-dimensional convolutions on all cells with energy, trained until its loss falls and that of "
      "showers held out no longer does, showers turned at random in training";
  for (std::size_t number = 0; number < settings.folds; ++number) {
    const auto rows = [&](int sample, bool inside) { return fold_rows(order[sample], settings.folds, number, inside); };
    const Fold fold(pool, settings, number, {rows(0, false), rows(1, false)});
    const auto trained = fold.train();
    scores.folds.push_back({fold.score(trained.network, 0, rows(0, true)),
                            fold.score(trained.network, 1, rows(1, true)), trained.training_loss, trained.held_out_area,
                            trained.fell()});
  }
  return scores;
}

}  // namespace octocal::train
