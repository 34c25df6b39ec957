// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

void MinMaxObserver::observe(std::span<const float> numbers) noexcept {
  if (numbers.empty()) return;
  // Written so that a NaN ends up in the range and is noticed there.
  float low = numbers.front();
  float high = numbers.front();
  bool finite = true;
  for (const float x : numbers) {
    low = x < low ? x : low;
    high = x > high ? x : high;
    finite = finite && std::isfinite(x);
  }
  if (!finite) low = -INFINITY, high = INFINITY;
  range_.include({low, high});
}

void ChannelMeanObserver::observe(std::size_t showers, std::span<const float> numbers) noexcept {
  const std::size_t pixels = numbers.size() / (showers * sums_.size());
  const float* next = numbers.data();
  for (std::size_t shower = 0; shower < showers; ++shower)
    for (double& sum : sums_) {
      double image = 0;
      for (std::size_t i = 0; i < pixels; ++i) image += static_cast<double>(*next++);
      sum += image;
    }
  count_ += showers * pixels;
}

std::vector<double> ChannelMeanObserver::means() const {
  auto means = sums_;
  for (double& mean : means) mean /= static_cast<double>(count_);
  return means;
}

std::map<std::string, Range> observe_ranges(const model::Graph& graph, const std::vector<std::string>& values,
                                            const ShowerInputs& showers, const Backend& backend,
                                            const std::string& origin) {
  std::map<std::string, Range> ranges;
  std::vector<std::string> computed;
  for (const auto& value : values) {
    if (graph.producer(value) != nullptr) {
      computed.push_back(value);
      continue;
    }
    MinMaxObserver observer;  // an input of the graph: it need not be run
    observer.observe(value == "energy" ? showers.energy_gev : showers.latents);
    ranges[value] = observer.range();
  }
  std::vector<MinMaxObserver> observers(computed.size());
  if (!computed.empty())
    run_showers(cut_graph(graph, computed, origin), showers, backend, [&](std::size_t, auto outputs) {
      for (std::size_t k = 0; k < observers.size(); ++k) observers[k].observe(outputs[k]);
    });
  for (std::size_t k = 0; k < observers.size(); ++k) ranges[computed[k]] = observers[k].range();
  for (const auto& [value, range] : ranges)
    if (!std::isfinite(range.low) || !std::isfinite(range.high))
      throw bad_input(
          fmt::format("{}: value {} is not finite over the calibration showers; the model or the "
                      "calibration energies are wrong",
                      origin, value));
  return ranges;
}

std::map<std::string, std::vector<double>> observe_channel_means(const model::Graph& graph,
                                                                 const std::vector<std::string>& values,
                                                                 const ShowerInputs& showers, const Backend& backend,
                                                                 const std::string& origin) {
  const auto part = cut_graph(graph, values, origin);
  std::vector<ChannelMeanObserver> observers;
  for (const auto& output : part.outputs) observers.emplace_back(static_cast<std::size_t>(output.shape.at(1)));
  run_showers(part, showers, backend, [&](std::size_t count, auto outputs) {
    for (std::size_t k = 0; k < observers.size(); ++k) observers[k].observe(count, outputs[k]);
  });
  std::map<std::string, std::vector<double>> means;
  for (std::size_t k = 0; k < values.size(); ++k) means[values[k]] = observers[k].means();
  return means;
}

}  // namespace octocal::quant
