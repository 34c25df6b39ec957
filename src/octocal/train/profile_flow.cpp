// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/profile_flow.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "octocal/base/interrupt.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/base/random.hpp"
#include "octocal/data/shower_batch.hpp"
#include "octocal/train/adam.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/least_squares.hpp"
#include "octocal/train/thread_count.hpp"

namespace octocal::train {
namespace {

constexpr double kEndKnot = 2.7478;  // normal quantile of 99.7 %: the last piece's slope is taken from there inwards
constexpr double kLeastStep = 2e-3;  // between quantiles, in spreads: many showers may share one value (empty pixels)
constexpr std::int64_t kJudgeEvery = 100;
constexpr double kAverage = 0.005;
constexpr std::int64_t kResponseShowers = 40000;
constexpr std::int64_t kFirstWeights = std::int64_t{1} << 40;  // of Region::kProfileNumbers: the starting weights

/// y = offset + slope x + sum_k bends_k relu(x - knots_k), column by column: (D), (D), (D, K), (D, K).
struct PiecewiseLinear {
  at::Tensor offset, slope, knots, bends;

  at::Tensor operator()(const at::Tensor& x) const {
    auto y = x * slope + offset;
    for (std::int64_t k = 0; k < knots.size(1); ++k) y = y + at::relu(x - knots.select(1, k)) * bends.select(1, k);
    return y;
  }

  PiecewiseLinear inverse() const {
    const auto at_knots = [this] {
      std::vector<at::Tensor> values;
      for (std::int64_t k = 0; k < knots.size(1); ++k) {
        auto y = knots.select(1, k) * slope + offset;
        for (std::int64_t j = 0; j < k; ++j) y = y + (knots.select(1, k) - knots.select(1, j)) * bends.select(1, j);
        values.push_back(y);
      }
      return at::stack(values, 1);
    }();
    const auto slopes = at::cat({slope.unsqueeze(1), slope.unsqueeze(1) + bends.cumsum(1)}, 1);
    const auto steps = (1 / slopes).diff(1, 1);
    return {-offset / slope, 1 / slope, at_knots, steps};
  }
};

at::Tensor knot_row() {
  const auto& knots = model::profile_knots();
  auto row = at::empty({static_cast<std::int64_t>(knots.size())}, at::kDouble);
  for (std::size_t k = 0; k < knots.size(); ++k) row[static_cast<std::int64_t>(k)] = static_cast<double>(knots[k]);
  return row;
}

/// The function of normal numbers whose values are distributed as the columns of `values` (n, D), float64.
PiecewiseLinear from_normal(const at::Tensor& values) {
  const auto knots = knot_row();
  const auto ends = at::full({1}, kEndKnot, at::kDouble);
  const auto points = at::cat({-ends, knots, ends});
  const auto shares = (1 + at::erf(points / std::sqrt(2.0))) / 2;
  auto quantiles = at::quantile(values, shares, 0).t().contiguous();  // (D, K + 2)
  const auto least = kLeastStep * at::arange(points.size(0), at::kDouble);
  quantiles = std::get<0>(at::cummax(quantiles - least, 1)) + least;
  const auto slopes = quantiles.diff(1, 1) / points.diff(1, 0);
  const auto first = slopes.select(1, 0);
  return {quantiles.select(1, 0) - first * points[0], first, knots.expand({values.size(1), knots.size(0)}),
          slopes.diff(1, 1)};
}

void store(TensorMap& parameters, const std::string& name, const PiecewiseLinear& function, const at::Tensor& unit) {
  parameters[name + ".offset"] = (function.offset * unit).to(at::kFloat);
  parameters[name + ".slope"] = (function.slope * unit).to(at::kFloat);
  parameters[name + ".bends"] = (function.bends * unit.unsqueeze(1)).to(at::kFloat).contiguous();
}

PiecewiseLinear stored(const TensorMap& parameters, const std::string& name) {
  const auto part = [&](const char* which) { return parameters.at(name + which).to(at::kDouble); };
  const auto bends = part(".bends");
  return {part(".offset"), part(".slope"), knot_row().expand(bends.sizes()), bends};
}

at::Tensor trend_terms(const TensorMap& parameters, const at::Tensor& energy) {
  return energy_powers(relative_energy(parameters, energy)).to(at::kDouble);
}

at::Tensor normals_like(std::uint64_t seed, std::int64_t first, const std::vector<std::int64_t>& shape) {
  auto tensor = at::empty(shape, at::kFloat);
  normals(seed, Draw::kTraining, first_of(Region::kProfileNumbers) + static_cast<std::uint64_t>(first),
          std::span(tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())));
  return tensor;
}

/// The fixed part: units, trend in Ep, principal components, marginal distributions.
TensorMap fixed_part(const model::GeneratorSpec& spec, const at::Tensor& numbers, const at::Tensor& energy) {
  TensorMap parameters;
  const double low = energy.min().item<double>();
  const double high = energy.max().item<double>();
  parameters["profile.centre"] = at::full({1}, (low + high) / 2);
  parameters["profile.half_range"] = at::full({1}, std::max((high - low) / 2, 1e-3 * high));
  const auto terms = trend_terms(parameters, energy);
  const auto trend = least_squares(terms, numbers);
  parameters["profile.trend"] = trend.to(at::kFloat);
  const auto residual = numbers - at::matmul(terms, trend);
  const auto unit = residual.std(0, true).clamp_min(1e-9);
  const auto inner = from_normal(residual / unit);
  store(parameters, "profile.inner", inner, unit);
  const auto normal = inner.inverse()(residual / unit);
  const auto mean = normal.mean(0);
  const auto centred = normal - mean;
  const auto covariance = at::matmul(centred.t(), centred) / static_cast<double>(centred.size(0));
  auto [widths, axes] = at::linalg_eigh(covariance);  // ascending
  widths = widths.flip({0}).clamp_min(1e-6);
  axes = axes.flip({1});
  // An axis has two directions: fixed by its largest component, or the library's build would decide.
  const auto largest = axes.abs().argmax(0);
  axes = axes * axes.gather(0, largest.unsqueeze(0)).sign();
  parameters["profile.axes"] = (axes * at::sqrt(widths)).t().to(at::kFloat).contiguous();
  parameters["profile.mean"] = mean.to(at::kFloat);
  store(parameters, "profile.outer", from_normal(at::matmul(centred, axes / at::sqrt(widths))),
        at::ones({numbers.size(1)}, at::kDouble));
  const auto& image = spec.network.image;
  parameters["output.map"] = at::ones({image.z, image.x, image.y});
  parameters["output.lift"] = at::zeros({1});
  return parameters;
}

void add_starting_couplings(const model::GeneratorSpec& spec, std::uint64_t seed, TensorMap& parameters) {
  std::int64_t index = kFirstWeights;
  for (const auto& [name, shape] : model::profile_parameters(spec.profile, spec.network.image)) {
    if (parameters.contains(name)) continue;
    if (name.ends_with(".bias")) {
      parameters[name] = at::zeros(shape);
    } else {
      // The last layers start near zero: the flow starts as the identity.
      const double width = (name.ends_with(".output.weight") ? 0.01 : 1) / std::sqrt(static_cast<double>(shape[1]));
      parameters[name] = normals_like(seed, ++index, shape) * width;
    }
  }
}

double likelihood(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& codes,
                  const at::Tensor& energy) {
  const at::NoGradGuard no_gradients;
  const auto encoded = encode(spec, parameters, codes, energy);
  return (encoded.log_volume - encoded.normal.square().sum(1) / 2).mean().item<double>();
}

/// Makes the mean response that of the sample, as a parabola in e.
void correct_response(const model::GeneratorSpec& spec, const ProfileSample& training, std::uint64_t seed,
                      TensorMap& parameters) {
  const at::NoGradGuard no_gradients;
  const auto terms_of = [&](const at::Tensor& energy) { return trend_terms(parameters, energy).narrow(1, 0, 3); };
  const auto fit = [&](const Profiles& profiles, const at::Tensor& energy) {
    return least_squares(terms_of(energy), (profiles.z.sum(1) / energy).to(at::kDouble).unsqueeze(1));
  };
  const auto repeats = kResponseShowers / training.energy.size(0) + 1;
  const auto energy = training.energy.repeat({repeats});
  const auto normal = normals_like(seed, 1, {energy.size(0), model::description_size(spec.network.image)});
  for (int round = 0; round < 2; ++round) {
    const auto drawn =
        fit(decode_profiles(spec, parameters, draw_codes(spec, parameters, normal, energy), energy), energy);
    const auto wanted = fit(training.profiles, training.energy);
    const auto at_e = at::linspace(-1, 1, 41, at::kDouble).unsqueeze(1);
    const auto powers = energy_powers(at_e);
    const auto ratio = at::log(at::matmul(powers.narrow(1, 0, 3), wanted) / at::matmul(powers.narrow(1, 0, 3), drawn));
    parameters["profile.trend"].narrow(1, 0, 1) += least_squares(powers, ratio).to(at::kFloat);
  }
}

}  // namespace

void ProfileSample::add(const at::Tensor& cells, const at::Tensor& energy_gev) {
  const auto join = [](at::Tensor& all, const at::Tensor& more) { all = all.defined() ? at::cat({all, more}) : more; };
  const auto more = profiles_of(cells);
  join(profiles.x, more.x);
  join(profiles.y, more.y);
  join(profiles.z, more.z);
  join(hits, (cells > data::kHitThresholdGev).sum({1, 2, 3}).to(at::kFloat));
  join(energy, energy_gev);
}

ProfileSample ProfileSample::turned(int symmetry) const {
  auto result = *this;
  if (symmetry & 1) result.profiles.x = result.profiles.x.flip({1});
  if (symmetry & 2) result.profiles.y = result.profiles.y.flip({1});
  if (symmetry & 4) std::swap(result.profiles.x, result.profiles.y);
  return result;
}

at::Tensor describe(const ProfileSample& sample) {
  const auto ecal = sample.profiles.z.sum(1, true).to(at::kDouble).clamp_min(1e-9);
  const auto along = [&ecal](const at::Tensor& profile) {
    const auto n = profile.size(1);
    const auto axes = at::tensor(model::helmert_axes(n)).view({n - 1, n}).to(at::kDouble);
    return at::matmul(at::log(profile.to(at::kDouble) / ecal + model::kEmptyShare), axes.t());
  };
  return at::cat({at::log(ecal / sample.energy.unsqueeze(1)), along(sample.profiles.z), along(sample.profiles.x),
                  along(sample.profiles.y), at::log(sample.hits.to(at::kDouble) + 1).unsqueeze(1)},
                 1);
}

at::Tensor codes_of(const TensorMap& parameters, const ProfileSample& sample) {
  const auto residual = describe(sample) - at::matmul(trend_terms(parameters, sample.energy),
                                                      parameters.at("profile.trend").to(at::kDouble));
  const auto normal =
      stored(parameters, "profile.inner").inverse()(residual) - parameters.at("profile.mean").to(at::kDouble);
  const auto back = at::linalg_inv(parameters.at("profile.axes").to(at::kDouble));
  return stored(parameters, "profile.outer").inverse()(at::matmul(normal, back)).to(at::kFloat);
}

TensorMap fit_profile_network(const model::GeneratorSpec& spec, const ProfileFitSettings& settings,
                              const ProfileSample& training, const ProfileSample& validation, int symmetries) {
  const ThreadCount one(1);  // small tensors: waiting for other threads would cost more than they do
  std::vector<at::Tensor> numbers;
  std::vector<at::Tensor> codes;
  std::vector<at::Tensor> held_out;
  for (int symmetry = 0; symmetry < symmetries; ++symmetry) numbers.push_back(describe(training.turned(symmetry)));
  auto parameters = fixed_part(spec, at::cat(numbers), training.energy.repeat({symmetries}));
  for (int symmetry = 0; symmetry < symmetries; ++symmetry) {
    codes.push_back(codes_of(parameters, training.turned(symmetry)));
    if (validation.energy.defined()) held_out.push_back(codes_of(parameters, validation.turned(symmetry)));
  }
  const auto all = at::cat(codes);
  const auto all_energy = training.energy.repeat({symmetries});
  const auto judged = held_out.empty() ? all : at::cat(held_out);
  const auto judged_energy = held_out.empty() ? all_energy : validation.energy.repeat({symmetries});

  add_starting_couplings(spec, settings.seed, parameters);
  TensorMap trained;
  for (const auto& coupling : model::couplings(spec.profile, all.size(1)))
    for (const auto& [name, tensor] : parameters)
      if (name.starts_with(coupling.name + ".")) trained[name] = tensor.clone().set_requires_grad(true);
  auto average = clone_values(trained);
  TensorMap best = clone_values(trained);
  double best_likelihood = -std::numeric_limits<double>::infinity();
  Adam adam({0.9, 0.999, 1e-8});
  Progress progress("train the profile network", "steps", static_cast<std::uint64_t>(settings.steps));
  for (std::int64_t step = 0; step < settings.steps; ++step) {
    throw_if_interrupted();
    const BatchDraw draw(settings.seed, step);
    const auto rows = draw.indices(settings.batch, all.size(0), Purpose::kProfileRows);
    auto generator = at::detail::createCPUGenerator(settings.seed + static_cast<std::uint64_t>(step));
    const HiddenMask mask = [&](std::int64_t n, std::int64_t units) {
      return at::rand({n, units}, generator, at::kFloat).ge(settings.dropout).to(at::kFloat) / (1 - settings.dropout);
    };
    auto whole = trained;
    whole["profile.centre"] = parameters["profile.centre"];
    whole["profile.half_range"] = parameters["profile.half_range"];
    const auto encoded = encode(spec, whole, all.index_select(0, rows), all_energy.index_select(0, rows), mask);
    const auto loss = (encoded.normal.square().sum(1) / 2 - encoded.log_volume).mean();
    torch::autograd::backward({loss}, {});
    const double share = static_cast<double>(step) / static_cast<double>(settings.steps);
    const double rate = settings.rate * std::min({1.0, 2 * (1 - share), static_cast<double>(step + 1) / 20});
    {
      const at::NoGradGuard no_gradients;
      for (auto& [name, tensor] : trained)
        if (name.ends_with(".weight")) tensor.mul_(1 - rate * settings.weight_decay);
    }
    adam.step(trained, rate, 20);
    const at::NoGradGuard no_gradients;
    for (auto& [name, tensor] : average)
      tensor.lerp_(trained.at(name), std::max(kAverage, 1 / static_cast<double>(step + 1)));
    if ((step + 1) % kJudgeEvery == 0 || step + 1 == settings.steps) {
      for (const auto& [name, tensor] : average) parameters[name] = tensor;
      const double now = likelihood(spec, parameters, judged, judged_energy);
      if (now > best_likelihood) {
        best_likelihood = now;
        best = clone_values(average);
      }
      progress.update(static_cast<std::uint64_t>(step + 1), fmt::format("log likelihood {:.3f}", now));
    }
  }
  progress.finish();
  for (const auto& [name, tensor] : best) parameters[name] = tensor;
  correct_response(spec, training, settings.seed, parameters);
  return parameters;
}

}  // namespace octocal::train
