// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/quant/scheme.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant {

/// Smallest and largest of a stream of numbers.
class MinMaxObserver {
 public:
  void observe(std::span<const float> numbers) noexcept;  ///< more numbers of the stream
  Range range() const noexcept { return range_; }         ///< of all numbers so far; empty without any

 private:
  Range range_;
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

/// Ranges of values of a float32 graph over some showers. Errors: bad_input naming a value that is not finite.
std::map<std::string, Range> observe_ranges(const model::Graph& graph, const std::vector<std::string>& values,
                                            const ShowerInputs& showers, const Backend& backend,
                                            const std::string& origin);

/// Channel means of values (N, channels, ...) of any graph over some showers.
std::map<std::string, std::vector<double>> observe_channel_means(const model::Graph& graph,
                                                                 const std::vector<std::string>& values,
                                                                 const ShowerInputs& showers, const Backend& backend,
                                                                 const std::string& origin);

}  // namespace octocal::quant
