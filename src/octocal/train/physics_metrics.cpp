// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/physics_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

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

double quantile(std::vector<double> numbers, double share) {
  if (numbers.empty()) return 0;
  std::sort(numbers.begin(), numbers.end());
  const double place = share * static_cast<double>(numbers.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, numbers.size() - 1);
  return numbers[below] + (place - static_cast<double>(below)) * (numbers[above] - numbers[below]);
}

/// Error of a number from its values without one group each: (G - 1)/G sum of squared differences from their mean.
class Jackknife {
 public:
  void add(double value) { values_.push_back(value); }
  double error() const {
    const auto groups = static_cast<double>(values_.size());
    return values_.empty() ? 0 : spread_of(values_) * std::sqrt(groups - 1);
  }

 private:
  std::vector<double> values_;
};

}  // namespace

void PhysicsAccumulator::add(const at::Tensor& cells, const at::Tensor& energy) {
  const auto gev = cells.to(at::kCPU);
  const auto kept = at::where(gev >= 1e-6, gev, at::zeros({})).to(at::kDouble);
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
  append(hits_, (kept > 1e-4).sum({1, 2, 3}));
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
  const double median = quantile(response, 0.5);
  result.low_tail = static_cast<double>(std::count_if(response.begin(), response.end(),
                                                      [median](double r) { return r < 0.85 * median; })) /
                    static_cast<double>(response.size());
  for (std::size_t quarter = 0; quarter < 4; ++quarter) {
    std::vector<double> inside;
    for (std::size_t i = 0; i < energy.size(); ++i) {
      const auto bin = std::clamp(static_cast<int>(4 * (energy[i] - low_) / (high_ - low_)), 0, 3);
      if (static_cast<std::size_t>(bin) == quarter) inside.push_back(response[i]);
    }
    result.response[quarter] = mean_of(inside);
    const double centre = quantile(inside, 0.5);
    if (centre > 0) result.resolution[quarter] = (quantile(inside, 0.84) - quantile(inside, 0.16)) / 2 / centre;
  }
  return result;
}

std::vector<double> PhysicsAccumulator::errors() const {
  std::vector<Jackknife> numbers;
  for (std::int64_t group = 0; group < groups(); ++group) {
    const auto quantities = physics_quantities(summary(group));
    numbers.resize(quantities.size());
    for (std::size_t i = 0; i < quantities.size(); ++i) numbers[i].add(quantities[i].value);
  }
  std::vector<double> errors;
  for (const auto& number : numbers) errors.push_back(number.error());
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
  Jackknife of_generated, of_geant4;
  for (std::int64_t group = 0; group < generated.groups(); ++group)
    of_generated.add(physics_score(generated.summary(group), wanted));
  for (std::int64_t group = 0; group < geant4.groups(); ++group)
    of_geant4.add(physics_score(made, geant4.summary(group)));
  return {physics_score(made, wanted), std::hypot(of_generated.error(), of_geant4.error())};
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
