// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cells_network.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <span>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/model/cell_ops.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/train/cell_nats.hpp"
#include "octocal/train/layers.hpp"
#include "octocal/train/local_branch.hpp"
#include "octocal/train/random_streams.hpp"
#include "octocal/train/seen_cells.hpp"

namespace octocal::train {
namespace {

using model::cell_pass;
using model::kCellPasses;

// Cells of more than this share of ECAL fluctuate the less the larger they are, down to a least share of what small ones
// do: so the sums of drawn showers miss their profiles as widely as those that the heads are trained with.
constexpr double kForeseenShare = 4e-4;
constexpr double kLeastFluctuation = 0.1;

/// The pixels of images (n, z, x, y) that a head draws.
at::Tensor pixels_of(const at::Tensor& image, const model::CellPass& pass) {
  return image.slice(2, pass.first_x, image.size(2), 2).slice(3, pass.first_y, image.size(3), 2);
}

/// Cross-correlation 3x3 of what a head sees, at its pixels.
at::Tensor convolve_pixels(const at::Tensor& image, const at::Tensor& weight, const at::Tensor& bias,
                           const model::CellPass& pass) {
  const auto x_after = pass.first_x + 2 * pass.columns - image.size(2);
  const auto y_after = pass.first_y + 2 * pass.rows - image.size(3);
  if (x_after == 1 - pass.first_x && y_after == 1 - pass.first_y)
    return at::conv2d(image, weight, bias, 2, {1 - pass.first_x, 1 - pass.first_y});
  return at::conv2d(at::constant_pad_nd(image, {1 - pass.first_y, y_after, 1 - pass.first_x, x_after}, 0), weight, bias,
                    2);
}

/// The trunk (n, C, x, y).
at::Tensor trunk_of(const model::GeneratorSpec& spec, const TensorMap& parameters, const CellsCondition& condition) {
  const auto numbers = (condition.numbers - parameters.at("cells.centre")) / parameters.at("cells.spread");
  const auto offsets = at::linear(numbers, parameters.at("condition.weight"), parameters.at("condition.bias"))
                           .view({-1, 1 + spec.cells.trunk_layers, spec.cells.trunk, 1, 1});
  const auto map = map_of(condition.profiles);
  at::Tensor trunk;
  for (std::int64_t layer = 0; layer <= spec.cells.trunk_layers; ++layer) {
    const Padding same = layer == 0 ? Padding{2, 2} : Padding{1, 1};
    const auto convolved =
        convolve(layer == 0 ? map : trunk, parameters.at(fmt::format("trunk{}.weight", layer)), same);
    const auto active = at::leaky_relu(convolved + offsets.select(1, layer), model::kCellSlope);
    trunk = layer == 0 ? active : trunk + active;
  }
  return trunk;
}

/// What a head sees, with the distances of its own pixels.
at::Tensor with_distance(const model::GeneratorSpec& spec, std::int64_t k, const at::Tensor& seen) {
  if (!spec.cells.distance || k == 0) return seen;
  const auto& image = spec.network.image;
  auto plane = model::distance_plane(k, image);
  auto of_hits = at::zeros({1, seen.size(1), image.x, image.y}, at::kFloat);
  of_hits.narrow(1, seen.size(1) - image.z, image.z)
      .copy_(at::from_blob(plane.data(), {1, 1, image.x, image.y}, at::kFloat));
  return seen + of_hits.to(seen.device()).contiguous(at::MemoryFormat::ChannelsLast);
}

/// A head's values (n, (1 + S) nz, columns, rows) from what it sees.
at::Tensor head(const model::GeneratorSpec& spec, const TensorMap& parameters, std::int64_t k, const at::Tensor& seen) {
  const auto image = with_distance(spec, k, seen);
  const auto name = fmt::format("head{}", k);
  const auto of = [&](const char* part) { return parameters.at(name + part); };
  const auto pass = model::cell_pass(k, spec.network.image);
  const auto hidden =
      at::leaky_relu(convolve_pixels(image, of(".conv.weight"), of(".conv.bias"), pass), model::kCellSlope);
  const auto beside = image.narrow(1, spec.cells.trunk, image.size(1) - spec.cells.trunk);
  return add_local_values(
      {k, spec.network.image, beside, of(".local.weight"), of(".local.bias"), of(".local.out.weight")},
      at::conv2d(hidden, of(".out.weight"), of(".out.bias")));
}

/// The statistics (hits, S) of the cells that `at` names, from a head's values.
at::Tensor statistics_at(const model::GeneratorSpec& spec, const at::Tensor& values, std::int64_t layers,
                         const std::vector<at::Tensor>& at) {
  const auto theta = values.view({values.size(0), 1 + spec.cells.statistics, layers, values.size(2), values.size(3)})
                         .narrow(1, 1, spec.cells.statistics)
                         .permute({0, 2, 3, 4, 1});
  return theta.index({at[0], at[1], at[2], at[3]});
}

at::Tensor log_density(const TensorMap& parameters, const at::Tensor& statistics) {
  return at::log_softmax(at::addmm(parameters.at("cells.log_density"), statistics, parameters.at("cells.basis")), 1);
}

}  // namespace

TensorMap make_cells_network(const model::GeneratorSpec& spec, std::uint64_t seed) {
  TensorMap parameters;
  std::uint64_t index = first_of(Region::kGeneratorWeights);
  for (const auto& [name, shape] : model::cells_parameters(spec.cells, spec.network.image)) {
    auto tensor = at::zeros(shape, at::kFloat);
    if (name.ends_with(".weight")) {
      std::vector<float> numbers(static_cast<std::size_t>(tensor.numel()));
      normals(seed, Draw::kTraining, index, numbers);
      double inputs = 1;
      for (std::size_t axis = 1; axis < shape.size(); ++axis) inputs *= static_cast<double>(shape[axis]);
      const bool is_last = name.find(".out.") != std::string::npos;
      const double gain = is_last ? 0.3 : std::sqrt(2 / (1 + model::kCellSlope * model::kCellSlope));
      tensor.copy_(at::tensor(numbers).view(shape)).mul_(gain / std::sqrt(inputs));
    } else if (name == "cells.spread") {
      tensor.fill_(1);
    }
    ++index;
    if (shape.size() == 4 && shape[2] > 1) tensor = taps_outermost(tensor);
    const bool is_fixed = name == "cells.centre" || name == "cells.spread" || name == "cells.edges";
    parameters[name] = tensor.set_requires_grad(!is_fixed);
  }
  return parameters;
}

void set_bins(const model::GeneratorSpec& spec, const at::Tensor& hits_gev, double most_gev, std::uint64_t seed,
              TensorMap& parameters) {
  const at::NoGradGuard no_gradients;
  const auto bins = spec.cells.bins;
  const auto sorted = std::get<0>(hits_gev.to(at::kDouble).sort());
  const auto logs = at::log(sorted);
  const auto energy = sorted.cumsum(0);
  const std::int64_t by_hits = bins * 3 / 8, by_energy = bins / 4, by_steps = bins + 1 - by_hits - by_energy;
  const auto shares = [](std::int64_t count) {
    return (at::arange(count, at::kDouble) + 1) / static_cast<double>(count + 1);
  };
  const auto last = sorted.size(0) - 1;
  const auto of_hits = (shares(by_hits) * static_cast<double>(last)).to(at::kLong);
  const auto of_energy = at::searchsorted(energy, shares(by_energy) * energy[last]).clamp_max(last);
  const auto steps = at::linspace(std::log(1e-6), std::log(most_gev), by_steps, at::kDouble);
  const auto edges =
      std::get<0>(at::cat({logs.index_select(0, of_hits), logs.index_select(0, of_energy), steps}).sort());
  parameters.at("cells.edges").copy_(edges);
  const auto inner = edges.slice(0, 1, bins).contiguous();
  const auto counts = at::bincount(at::bucketize(logs, inner), {}, bins).to(at::kDouble) + 1;
  parameters.at("cells.log_density").copy_(at::log(counts / counts.sum()));
  const auto c = ((edges.slice(0, 0, bins) + edges.slice(0, 1, bins + 1)) / 2 + 8.5) / 2.5;
  std::vector<at::Tensor> basis = {c, c * c / 2, at::tanh(3 * c), at::sin(3 * c)};
  std::vector<float> numbers(static_cast<std::size_t>(spec.cells.statistics * bins));
  normals(seed, Draw::kTraining, first_of(Region::kGeneratorWeights) + 4096, numbers);
  const auto rough = at::tensor(numbers).view({spec.cells.statistics, bins}).to(at::kDouble);
  while (static_cast<std::int64_t>(basis.size()) < spec.cells.statistics) {
    const auto s = static_cast<std::int64_t>(basis.size());
    basis.push_back(0.3 * at::sin(static_cast<double>(s) * c) + 0.1 * rough[s]);
  }
  basis.resize(static_cast<std::size_t>(spec.cells.statistics));
  parameters.at("cells.basis").copy_(at::stack(basis));
}

at::Tensor spending_doubt(std::uint64_t seed, Draw draw, std::uint64_t first, const at::Tensor& cells) {
  const auto n = cells.size(0);
  auto numbers = at::empty({n, 2, cells.size(3), cells.size(1), cells.size(2)}, at::kFloat);
  model::make_noise(seed, draw, first, static_cast<std::size_t>(n),
                    std::span(numbers.data_ptr<float>(), static_cast<std::size_t>(numbers.numel())));
  const auto fluctuation = (at::log(numbers).sum(1) / -2 - 1).permute({0, 2, 3, 1});
  const auto foreseen = cells / (kForeseenShare * cells.sum({1, 2, 3}, true)).clamp_min(1e-12);
  return 1 + fluctuation * (1 / at::sqrt(1 + foreseen * foreseen) + kLeastFluctuation).clamp_max(1);
}

at::Tensor cells_loss(const model::GeneratorSpec& spec, const TensorMap& parameters, const CellsCondition& condition,
                      const at::Tensor& cells, const at::Tensor& doubt) {
  const auto& image = spec.network.image;
  const auto trunk = trunk_of(spec, parameters, condition);
  const auto truth = cells.permute({0, 3, 1, 2});
  const auto spent = cells * doubt;
  auto loss = at::zeros({cells.size(0)}, cells.options());
  for (std::int64_t k = 0; k < kCellPasses; ++k) {
    const auto pass = cell_pass(k, image);
    const auto values = head(spec, parameters, k, seen_cells(k, trunk, condition.profiles, cells, spent));
    loss = loss + cell_nats({values, pixels_of(truth, pass), parameters.at("cells.log_density"),
                             parameters.at("cells.basis"), parameters.at("cells.edges")});
  }
  return loss;
}

void forget_distances(const model::GeneratorSpec& spec, TensorMap& parameters) {
  const at::NoGradGuard no_gradients;
  const auto layers = spec.network.image.z;
  for (std::int64_t k = 1; k < kCellPasses; ++k) {
    // Every second tap, the middle one among them, lies on a pixel of the head's own.
    for (const auto& [part, planes] : {std::pair{"conv", layers}, std::pair{"local", std::int64_t{1}}}) {
      auto& weight = parameters.at(fmt::format("head{}.{}.weight", k, part));
      weight = weight.clone();
      const auto first = weight.size(2) / 2 % 2;
      weight.narrow(1, weight.size(1) - planes, planes)
          .slice(2, first, weight.size(2), 2)
          .slice(3, first, weight.size(3), 2)
          .zero_();
    }
  }
}

double trunk_reach(const model::GeneratorSpec& spec, const TensorMap& parameters, const CellsCondition& condition) {
  const at::NoGradGuard no_gradients;
  return trunk_of(spec, parameters, condition).abs().max().item<double>();
}

void scale_trunk(const model::GeneratorSpec& spec, double factor, TensorMap& parameters) {
  const at::NoGradGuard no_gradients;
  // Each layer adds what is homogeneous in the trunk and its offset: only the first and the offsets are to be scaled.
  for (const char* name : {"trunk0.weight", "condition.weight", "condition.bias"})
    parameters.at(name) = parameters.at(name) / factor;
  for (std::int64_t k = 0; k < kCellPasses; ++k) {
    auto& weight = parameters.at(fmt::format("head{}.conv.weight", k));
    weight = weight.clone();
    weight.narrow(1, 0, spec.cells.trunk).mul_(factor);
  }
}

at::Tensor draw_cells(const model::GeneratorSpec& spec, const TensorMap& parameters, const CellsCondition& condition,
                      const at::Tensor& noise) {
  const at::NoGradGuard no_gradients;
  const auto& image = spec.network.image;
  const auto trunk = trunk_of(spec, parameters, condition);
  const auto n = trunk.size(0);
  const auto& edges = parameters.at("cells.edges");
  const auto cells = at::zeros({n, image.x, image.y, image.z}, trunk.options());
  for (std::int64_t k = 0; k < kCellPasses; ++k) {
    const auto pass = cell_pass(k, image);
    const auto values = head(spec, parameters, k, seen_cells(k, trunk, condition.profiles, cells, cells));
    const auto chance = pixels_of(noise.select(1, 0), pass);
    const auto hit = chance < at::sigmoid(values.narrow(1, 0, image.z));
    const auto places = at::where(hit);
    const auto density = at::exp(log_density(parameters, statistics_at(spec, values, image.z, places)));
    const auto sums = density.cumsum(1);
    const auto share = pixels_of(noise.select(1, 1), pass).index({places[0], places[1], places[2], places[3]});
    const auto wanted = (share * sums.select(1, -1)).unsqueeze(1);
    const auto bin = (sums <= wanted).sum(1, true).clamp_max(spec.cells.bins - 1);
    const auto inside = 1 - ((sums.gather(1, bin) - wanted) / density.gather(1, bin).clamp_min(1e-30)).clamp(0, 1);
    const auto low = edges.index_select(0, bin.squeeze(1));
    const auto high = edges.index_select(0, bin.squeeze(1) + 1);
    const auto energy = at::exp(low + (high - low) * inside.squeeze(1));
    pixels_of(cells.permute({0, 3, 1, 2}), pass).index_put_({places[0], places[1], places[2], places[3]}, energy);
  }
  return cells;
}

at::Tensor fit_cells(const at::Tensor& cells, const Profiles& profiles) {
  auto fitted = cells;
  const auto scale = [&](const at::Tensor& wanted, at::IntArrayRef others, bool is_bounded) {
    const auto above = at::log(fitted.clamp_min(model::kFixedGev) / model::kFixedGev);
    const auto share = (above / std::log(model::kFreeGev / model::kFixedGev)).clamp_max(1);
    const auto loose = (fitted * share).sum(others, true);
    const auto fixed = fitted.sum(others, true) - loose;
    auto factor = (wanted - fixed) / loose.clamp_min(model::kLeastLooseGev);
    factor = is_bounded ? factor.clamp(model::kLeastFactor, model::kMostFactor) : factor.clamp_min(0);
    fitted = fitted * (1 + share * (factor - 1));
  };
  for (int round = 0; round < model::kFittingRounds; ++round) {
    scale(profiles.x.view({profiles.x.size(0), -1, 1, 1}), {2, 3}, true);
    scale(profiles.y.view({profiles.y.size(0), 1, -1, 1}), {1, 3}, true);
    scale(profiles.z.view({profiles.z.size(0), 1, 1, -1}), {1, 2}, true);
  }
  scale(profiles.z.sum(1).view({-1, 1, 1, 1}), {1, 2, 3}, false);
  return fitted;
}

}  // namespace octocal::train
