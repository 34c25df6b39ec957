// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {
namespace {

/// Hands those of the values that are inputs of the graph to `sink`, since they need not be run; gives the others.
template <typename Sink>
std::vector<std::string> observe_inputs(const model::Graph& graph, const std::vector<std::string>& values,
                                        const ShowerInputs& showers, const Sink& sink) {
  std::vector<std::string> computed;
  for (const auto& value : values) {
    if (graph.producer(value) != nullptr)
      computed.push_back(value);
    else
      sink(value, showers.of(value));
  }
  return computed;
}

}  // namespace

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

Range ValueStatistics::range() const noexcept {
  Range range;
  for (const auto& channel : channels) range.include(channel);
  return range;
}

void StatisticsObserver::observe(std::size_t showers, std::span<const float> numbers) noexcept {
  const std::size_t pixels = numbers.size() / (showers * channels_.size());
  Range batch;
  for (std::size_t shower = 0; shower < showers; ++shower)
    for (std::size_t channel = 0; channel < channels_.size(); ++channel) {
      const auto image = numbers.subspan((shower * channels_.size() + channel) * pixels, pixels);
      MinMaxObserver observer;
      observer.observe(image);
      channels_[channel].include(observer.range());
      batch.include(observer.range());
      double square = 0;
      for (const float x : image) square += static_cast<double>(x) * static_cast<double>(x);
      squares_[channel] += square;
    }
  low_sum_ += static_cast<double>(batch.low);
  high_sum_ += static_cast<double>(batch.high);
  ++batches_;
  count_ += showers * pixels;
}

ValueStatistics StatisticsObserver::statistics() const {
  ValueStatistics statistics;
  for (const auto& channel : channels_) statistics.channels.push_back(channel.range());
  for (const double square : squares_) statistics.mean_square.push_back(square / static_cast<double>(count_));
  const auto batches = static_cast<double>(batches_);
  statistics.moving = {static_cast<float>(low_sum_ / batches), static_cast<float>(high_sum_ / batches)};
  return statistics;
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

std::map<std::string, ValueStatistics> observe_statistics(const model::Graph& graph,
                                                          const std::vector<std::string>& values,
                                                          const ShowerInputs& showers, const Backend& backend,
                                                          const std::string& origin) {
  std::map<std::string, StatisticsObserver> observers;
  const auto computed = observe_inputs(graph, values, showers, [&](const std::string& value, auto numbers) {
    observers.emplace(value, 1).first->second.observe(1, numbers);
  });
  if (!computed.empty()) {
    const auto part = cut_graph(graph, computed, origin);
    std::vector<StatisticsObserver*> streams;
    for (const auto& output : part.outputs) {
      const bool has_channels = output.shape.size() > 1 && output.shape[1] > 0;
      const auto channels = has_channels ? static_cast<std::size_t>(output.shape[1]) : 1;
      streams.push_back(&observers.emplace(output.name, channels).first->second);
    }
    run_showers(part, showers, backend, [&](std::size_t count, auto outputs) {
      for (std::size_t k = 0; k < streams.size(); ++k) streams[k]->observe(count, outputs[k]);
    });
  }
  std::map<std::string, ValueStatistics> statistics;
  for (const auto& [value, observer] : observers) {
    statistics[value] = observer.statistics();
    const auto range = statistics[value].range();
    if (!std::isfinite(range.low) || !std::isfinite(range.high))
      throw bad_input(
          fmt::format("{}: value {} is not finite over the calibration showers; the model or the "
                      "calibration energies are wrong",
                      origin, value));
  }
  return statistics;
}

std::map<std::string, Histogram> observe_histograms(const model::Graph& graph, const std::vector<Site>& sites,
                                                    const std::map<std::string, Range>& ranges,
                                                    const ShowerInputs& showers, const Backend& backend,
                                                    const std::string& origin) {
  std::map<std::string, Histogram> histograms;
  std::map<std::string, Histogram*> histogram_of;  // by value
  std::vector<std::string> values;
  for (const auto& site : sites) {
    auto& histogram = histograms.emplace(site.name, Histogram(ranges.at(site.name))).first->second;
    for (const auto& value : site.values) histogram_of[value] = &histogram;
    values.insert(values.end(), site.values.begin(), site.values.end());
  }
  const auto computed = observe_inputs(graph, values, showers, [&](const std::string& value, auto numbers) {
    histogram_of.at(value)->observe(numbers);
  });
  if (computed.empty()) return histograms;
  run_showers(cut_graph(graph, computed, origin), showers, backend, [&](std::size_t, auto outputs) {
    for (std::size_t k = 0; k < computed.size(); ++k) histogram_of.at(computed[k])->observe(outputs[k]);
  });
  return histograms;
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
