// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace octocal::quant {

/// Numbers of a float32 network over the calibration showers, a few for each channel of some values. Every plan that is
/// built asks for the same ones, and the float32 network is the slowest of all to run, so answers are kept.
class Float32Answers {
 public:
  using Numbers = std::map<std::string, std::vector<double>>;  ///< by the values' names

  /// What `ask` gives, or gave before for this question about these values.
  const Numbers& get(const std::string& question, const std::vector<std::string>& values,
                     const std::function<Numbers()>& ask) {
    auto key = std::pair(question, values);
    const auto kept = kept_.find(key);
    return kept != kept_.end() ? kept->second : kept_.emplace(std::move(key), ask()).first->second;
  }

 private:
  std::map<std::pair<std::string, std::vector<std::string>>, Numbers> kept_;
};

}  // namespace octocal::quant
