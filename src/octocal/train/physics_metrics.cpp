// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/physics_metrics.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "octocal/base/statistics.hpp"
#include "octocal/data/response_shape.hpp"
#include "octocal/data/shower_batch.hpp"

namespace octocal::train {
namespace {

constexpr double kMostOff = 20;  // limits by which one number counts at most

void append(std::vector<double>& to, const at::Tensor& numbers) {
  const auto doubles = numbers.to(at::kDouble).contiguous();
  to.insert(to.end(), doubles.data_ptr<double>(), doubles.data_ptr<double>() + doubles.numel());
}

std::pair<at::Tensor, at::Tensor> mean_and_width(const at::Tensor& profile) {
  const auto index = at::arange(profile.size(-1), at::kDouble);
  const auto sum = at::clamp_min(profile.sum(-1), 1e-12);
  const auto mean = at::matmul(profile, index) / sum;
  const auto square = at::matmul(profile, index * index) / sum;
  return {mean, at::sqrt(at::clamp_min(square - mean * mean, 0))};
}

double mean_of(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  return numbers.empty() ? 0 : sum / static_cast<double>(numbers.size());
}

double spread_of(const std::vector<double>& numbers) {
  const double mean = mean_of(numbers);
  double sum = 0;
  for (const double number : numbers) sum += (number - mean) * (number - mean);
  return numbers.empty() ? 0 : std::sqrt(sum / static_cast<double>(numbers.size()));
}

std::vector<double> sorted(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

void PhysicsAccumulator::add(const at::Tensor& cells, const at::Tensor& energy) {
  const auto gev = cells.to(at::kCPU);
  const auto kept = at::where(gev >= data::kCellThresholdGev, gev, at::zeros({})).to(at::kDouble);
  const auto y = kept.sum({1, 3});
  const auto z = kept.sum({1, 2});
  if (!y_profiles_.defined()) {
    y_profiles_ = at::zeros({kGroups, y.size(1)}, at::kDouble);
    z_profiles_ = at::zeros({kGroups, z.size(1)}, at::kDouble);
  }
  const auto before = static_cast<std::int64_t>(energy_.size());
  const auto group = at::arange(before, before + y.size(0), at::kLong).remainder(kGroups);
  y_profiles_.index_add_(0, group, y);
  z_profiles_.index_add_(0, group, z);
  const auto along_y = mean_and_width(y);
  const auto along_z = mean_and_width(z);
  append(energy_, energy.to(at::kCPU));
  append(response_, z.sum(1) / energy.to(at::kCPU));
  append(z_centre_, along_z.first);
  append(z_width_, along_z.second);
  append(y_width_, along_y.second);
  append(hits_, (kept > data::kHitThresholdGev).sum({1, 2, 3}));
}

PhysicsSummary PhysicsAccumulator::summary(std::int64_t without_group) const {
  PhysicsSummary result;
  if (energy_.empty()) return result;
  const auto chosen = [without_group](const std::vector<double>& all) {
    if (without_group < 0) return all;
    std::vector<double> some;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (static_cast<std::int64_t>(i) % kGroups != without_group) some.push_back(all[i]);
    return some;
  };
  const auto profile = [without_group](const at::Tensor& groups) {
    const auto all = groups.sum(0);
    return without_group < 0 ? all : all - groups.select(0, without_group);
  };
  const auto energy = chosen(energy_);
  const auto response = chosen(response_);
  const auto hits = chosen(hits_);
  const auto along_y = mean_and_width(profile(y_profiles_));
  const auto along_z = mean_and_width(profile(z_profiles_));
  result.y_mean = along_y.first.item<double>();
  result.y_width = along_y.second.item<double>();
  result.z_mean = along_z.first.item<double>();
  result.z_width = along_z.second.item<double>();
  result.shower_y_width = mean_of(chosen(y_width_));
  result.shower_z_width = mean_of(chosen(z_width_));
  result.z_centre_spread = spread_of(chosen(z_centre_));
  result.z_width_spread = spread_of(chosen(z_width_));
  result.y_width_spread = spread_of(chosen(y_width_));
  result.hits = mean_of(hits);
  std::vector<double> scaled_hits;
  for (std::size_t i = 0; i < hits.size(); ++i) scaled_hits.push_back(hits[i] / std::sqrt(energy[i]));
  result.hits_spread = spread_of(scaled_hits);
  result.low_tail = data::response_shape(sorted(response)).tail_share;
  for (std::size_t quarter = 0; quarter < 4; ++quarter) {
    std::vector<double> inside;
    for (std::size_t i = 0; i < energy.size(); ++i) {
      const auto bin = std::clamp(static_cast<int>(4 * (energy[i] - low_) / (high_ - low_)), 0, 3);
      if (static_cast<std::size_t>(bin) == quarter) inside.push_back(response[i]);
    }
    if (inside.empty()) continue;
    const auto shape = data::response_shape(sorted(std::move(inside)));
    result.response[quarter] = shape.mean;
    if (shape.median > 0) result.resolution[quarter] = shape.core_resolution;
  }
  return result;
}

std::vector<double> PhysicsAccumulator::errors() const {
  std::vector<std::vector<double>> numbers;
  for (std::int64_t group = 0; group < groups(); ++group) {
    const auto quantities = physics_quantities(summary(group));
    numbers.resize(quantities.size());
    for (std::size_t i = 0; i < quantities.size(); ++i) numbers[i].push_back(quantities[i].value);
  }
  std::vector<double> errors;
  for (const auto& number : numbers) errors.push_back(jackknife_error(number));
  errors.resize(physics_quantities({}).size());
  return errors;
}

std::vector<PhysicsQuantity> physics_quantities(const PhysicsSummary& summary) {
  std::vector<PhysicsQuantity> all = {{"y_mean", summary.y_mean, 0.002},
                                      {"z_mean", summary.z_mean, 0.002},
                                      {"y_width", summary.y_width, 0.01},
                                      {"z_width", summary.z_width, 0.01},
                                      {"shower_y_width", summary.shower_y_width, 0.01},
                                      {"shower_z_width", summary.shower_z_width, 0.01},
                                      {"z_centre_spread", summary.z_centre_spread, 0.08},
                                      {"z_width_spread", summary.z_width_spread, 0.08},
                                      {"y_width_spread", summary.y_width_spread, 0.08},
                                      {"hits_spread", summary.hits_spread, 0.08},
                                      {"hits", summary.hits, 0.015}};
  for (std::size_t quarter = 0; quarter < 4; ++quarter) {
    all.push_back({"response " + std::to_string(quarter + 1), summary.response[quarter], 0.003});
    all.push_back({"resolution " + std::to_string(quarter + 1), summary.resolution[quarter], 0.08});
  }
  all.push_back({"low_tail", summary.low_tail, 0});
  return all;
}

double physics_score(const PhysicsSummary& generated, const PhysicsSummary& geant4) {
  const auto made = physics_quantities(generated);
  const auto wanted = physics_quantities(geant4);
  double sum = 0;
  int terms = 0;
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (made[i].limit == 0) continue;
    const double off =
        std::abs(made[i].value - wanted[i].value) / std::max(std::abs(wanted[i].value), 1e-12) / made[i].limit;
    sum += std::isfinite(off) ? std::min(off, kMostOff) : kMostOff;
    ++terms;
  }
  return sum / terms;
}

PhysicsScore physics_score(const PhysicsAccumulator& generated, const PhysicsAccumulator& geant4) {
  const auto made = generated.summary();
  const auto wanted = geant4.summary();
  std::vector<double> of_generated, of_geant4;
  for (std::int64_t group = 0; group < generated.groups(); ++group)
    of_generated.push_back(physics_score(generated.summary(group), wanted));
  for (std::int64_t group = 0; group < geant4.groups(); ++group)
    of_geant4.push_back(physics_score(made, geant4.summary(group)));
  return {physics_score(made, wanted), std::hypot(jackknife_error(of_generated), jackknife_error(of_geant4))};
}

double diversity(const PhysicsSummary& generated, const PhysicsSummary& geant4) {
  const auto ratio = [](double made, double wanted) { return std::max(made / std::max(wanted, 1e-12), 1e-9); };
  return std::pow(ratio(generated.z_centre_spread, geant4.z_centre_spread) *
                      ratio(generated.z_width_spread, geant4.z_width_spread) *
                      ratio(generated.y_width_spread, geant4.y_width_spread) *
                      ratio(generated.hits_spread, geant4.hits_spread),
                  0.25);
}

std::string errors_to_json(const PhysicsSummary& summary, const std::vector<double>& errors) {
  nlohmann::json json = nlohmann::json::object();
  const auto quantities = physics_quantities(summary);
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    const auto& name = quantities[i].name;
    if (const auto space = name.find(' '); space != std::string::npos)
      json[name.substr(0, space)].push_back(errors[i]);  // quarters of the energy range
    else
      json[name] = errors[i];
  }
  return json.dump();
}

std::string to_json(const PhysicsSummary& summary) {
  const nlohmann::json json = {{"y_mean", summary.y_mean},
                               {"y_width", summary.y_width},
                               {"z_mean", summary.z_mean},
                               {"z_width", summary.z_width},
                               {"shower_y_width", summary.shower_y_width},
                               {"shower_z_width", summary.shower_z_width},
                               {"z_centre_spread", summary.z_centre_spread},
                               {"z_width_spread", summary.z_width_spread},
                               {"y_width_spread", summary.y_width_spread},
                               {"hits", summary.hits},
                               {"hits_spread", summary.hits_spread},
                               {"low_tail", summary.low_tail},
                               {"response", summary.response},
                               {"resolution", summary.resolution}};
  return json.dump();
}

}  // namespace octocal::train
