// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/quant/histogram.hpp"
#include "octocal/quant/scheme.hpp"
#include "octocal/quant/showers.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

/// Smallest and largest of a stream of numbers.
class MinMaxObserver {
 public:
  void observe(std::span<const float> numbers) noexcept;                ///< more numbers of the stream
  void include(const Range& range) noexcept { range_.include(range); }  ///< more numbers, of which these are the ends
  Range range() const noexcept { return range_; }                       ///< of all numbers so far; empty without any

 private:
  Range range_;
};

/// What min-max and equalization must know of a value.
struct ValueStatistics {
  std::vector<Range> channels;      ///< smallest and largest value of each channel (axis 1; one where there is none)
  std::vector<double> mean_square;  ///< of each channel
  Range moving;                     ///< means of the smallest and of the largest value of each batch of showers

  Range range() const noexcept;  ///< of all channels
};

/// ValueStatistics of a stream of showers.
class StatisticsObserver {
 public:
  /// No showers yet.
  explicit StatisticsObserver(std::size_t channels) : channels_(channels), squares_(channels, 0) {}

  /// A batch: `numbers` is (showers, channels, pixels) in C order.
  void observe(std::size_t showers, std::span<const float> numbers) noexcept;
  ValueStatistics statistics() const;  ///< of all showers so far

 private:
  std::vector<MinMaxObserver> channels_;
  std::vector<double> squares_;
  double low_sum_ = 0, high_sum_ = 0;  // of batches
  std::size_t batches_ = 0;
  std::size_t count_ = 0;  // numbers of a channel
};

/// Means of a value's channels over a stream of showers, in double.
class ChannelMeanObserver {
 public:
  /// No showers yet.
  explicit ChannelMeanObserver(std::size_t channels) : sums_(channels, 0) {}

  /// `numbers` is (showers, channels, pixels) in C order.
  void observe(std::size_t showers, std::span<const float> numbers) noexcept;
  std::vector<double> means() const;  ///< of each channel, over all showers and pixels so far

 private:
  std::vector<double> sums_;
  std::size_t count_ = 0;
};

/// Statistics of values of a float32 graph over some showers. Errors: bad_input naming a value that is not finite.
std::map<std::string, ValueStatistics> observe_statistics(const model::Graph& graph,
                                                          const std::vector<std::string>& values,
                                                          const ShowerInputs& showers, const Backend& backend,
                                                          const std::string& origin);

/// Histograms of the values of each site over some showers, within the range that is given for it.
std::map<std::string, Histogram> observe_histograms(const model::Graph& graph, const std::vector<Site>& sites,
                                                    const std::map<std::string, Range>& ranges,
                                                    const ShowerInputs& showers, const Backend& backend,
                                                    const std::string& origin);

/// Channel means of values (N, channels, ...) of any graph over some showers.
std::map<std::string, std::vector<double>> observe_channel_means(const model::Graph& graph,
                                                                 const std::vector<std::string>& values,
                                                                 const ShowerInputs& showers, const Backend& backend,
                                                                 const std::string& origin);

}  // namespace octocal::quant
