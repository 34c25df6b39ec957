#include "octocal/train/physics_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace octocal::train {
namespace {

constexpr std::int64_t kSide = 25;

void append(std::vector<double>& to, const at::Tensor& numbers) {
  const auto doubles = numbers.to(at::kDouble).contiguous();
  to.insert(to.end(), doubles.data_ptr<double>(), doubles.data_ptr<double>() + doubles.numel());
}

std::pair<at::Tensor, at::Tensor> mean_and_width(const at::Tensor& profile) {
  const auto index = at::arange(kSide, at::kDouble);
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

}  // namespace

void PhysicsAccumulator::add(const at::Tensor& cells, const at::Tensor& energy) {
  const auto kept = at::where(cells >= 1e-6, cells, at::zeros({})).to(at::kDouble);
  const auto y = kept.sum({1, 3});
  const auto z = kept.sum({1, 2});
  y_profile_ = y_profile_.defined() ? y_profile_ + y.sum(0) : y.sum(0);
  z_profile_ = z_profile_.defined() ? z_profile_ + z.sum(0) : z.sum(0);
  const auto along_y = mean_and_width(y);
  const auto along_z = mean_and_width(z);
  append(energy_, energy);
  append(response_, z.sum(1) / energy);
  append(z_centre_, along_z.first);
  append(z_width_, along_z.second);
  append(y_width_, along_y.second);
  append(hits_, (kept > 1e-4).sum({1, 2, 3}));
}

PhysicsSummary PhysicsAccumulator::summary() const {
  PhysicsSummary result;
  if (energy_.empty()) return result;
  const auto along_y = mean_and_width(y_profile_);
  const auto along_z = mean_and_width(z_profile_);
  result.y_mean = along_y.first.item<double>();
  result.y_width = along_y.second.item<double>();
  result.z_mean = along_z.first.item<double>();
  result.z_width = along_z.second.item<double>();
  result.shower_y_width = mean_of(y_width_);
  result.shower_z_width = mean_of(z_width_);
  result.z_centre_spread = spread_of(z_centre_);
  result.z_width_spread = spread_of(z_width_);
  result.y_width_spread = spread_of(y_width_);
  result.hits = mean_of(hits_);
  std::vector<double> scaled_hits;
  for (std::size_t i = 0; i < hits_.size(); ++i) scaled_hits.push_back(hits_[i] / std::sqrt(energy_[i]));
  result.hits_spread = spread_of(scaled_hits);
  const double median = quantile(response_, 0.5);
  result.low_tail = static_cast<double>(std::count_if(response_.begin(), response_.end(),
                                                      [median](double r) { return r < 0.85 * median; })) /
                    static_cast<double>(response_.size());
  for (std::size_t quarter = 0; quarter < 4; ++quarter) {
    std::vector<double> inside;
    for (std::size_t i = 0; i < energy_.size(); ++i) {
      const auto bin = std::clamp(static_cast<int>(4 * (energy_[i] - low_) / (high_ - low_)), 0, 3);
      if (static_cast<std::size_t>(bin) == quarter) inside.push_back(response_[i]);
    }
    result.response[quarter] = mean_of(inside);
    const double centre = quantile(inside, 0.5);
    if (centre > 0) result.resolution[quarter] = (quantile(inside, 0.84) - quantile(inside, 0.16)) / 2 / centre;
  }
  return result;
}

double physics_score(const PhysicsSummary& generated, const PhysicsSummary& geant4) {
  double sum = 0;
  int terms = 0;
  const auto compare = [&](double made, double wanted, double limit) {
    const double off = std::abs(made - wanted) / std::max(std::abs(wanted), 1e-12) / limit;
    sum += std::isfinite(off) ? std::min(off, 20.0) : 20;
    ++terms;
  };
  compare(generated.y_mean, geant4.y_mean, 0.002);
  compare(generated.z_mean, geant4.z_mean, 0.002);
  compare(generated.y_width, geant4.y_width, 0.01);
  compare(generated.z_width, geant4.z_width, 0.01);
  compare(generated.shower_y_width, geant4.shower_y_width, 0.01);
  compare(generated.shower_z_width, geant4.shower_z_width, 0.01);
  compare(generated.z_centre_spread, geant4.z_centre_spread, 0.08);
  compare(generated.z_width_spread, geant4.z_width_spread, 0.08);
  compare(generated.y_width_spread, geant4.y_width_spread, 0.08);
  compare(generated.hits_spread, geant4.hits_spread, 0.08);
  compare(generated.hits, geant4.hits, 0.015);
  for (std::size_t quarter = 0; quarter < 4; ++quarter) {
    compare(generated.response[quarter], geant4.response[quarter], 0.003);
    compare(generated.resolution[quarter], geant4.resolution[quarter], 0.08);
  }
  return sum / terms;
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
