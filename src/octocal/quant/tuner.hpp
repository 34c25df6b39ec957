// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "octocal/quant/quantizer.hpp"

namespace octocal::quant {

/// How far a model is from what it should be: 0 is perfect, smaller is better. The tuner knows nothing else of it.
using ScoreFunction = std::function<double(const model::Graph& graph)>;

/// How a layer's sensitivity is measured.
enum class Sensitivity {
  kOnlyThisInt8,     ///< score with this layer alone in int8: larger is more sensitive
  kOnlyThisFloat32,  ///< all but this layer in int8: smaller is more sensitive
};

/// When the search is content, and when it ends.
struct TunerOptions {
  double tolerance = 0;                                     ///< a score up to here is good enough
  std::size_t max_evaluations = 64;                         ///< calls of the scoring function at most, at least 1
  Sensitivity sensitivity = Sensitivity::kOnlyThisFloat32;  ///< how layers are ranked
};

/// One call of the scoring function.
struct Trial {
  std::string what;                    ///< "all int8", "branch0/conv1 in float32", ...
  std::set<std::string> keep_float32;  ///< the layers that stayed in float32
  double score = 0;                    ///< what the scoring function said
  double int8_share = 0;               ///< share of the layers' MACs that run in int8
  double predicted_cost = 0;           ///< time against all float32: 1 - int8_share * (1 - 1 / speedup)
};

/// What the search found.
struct TunerResult {
  std::set<std::string> keep_float32;         ///< the choice: the cheapest trial within tolerance, else the best score
  double score = 0;                           ///< of the choice
  bool within_tolerance = false;              ///< score <= tolerance
  std::vector<Trial> trials;                  ///< in the order in which they were made
  std::map<std::string, double> sensitivity;  ///< score of each layer's own trial
};

/// Speed of int8 over float32 for a layer, as measured for whole branches (u8, AVX-512 VNNI); it only ranks plans.
inline constexpr double kInt8Speedup = 3.9;

/// Chooses layers to stay in float32, as the paper's iLoT does in large:
///   1. all layers in int8; done if the score is within tolerance;
///   2. the sensitivity of each layer, one trial each;
///   3. greedily: the most sensitive layer stays in float32, then the two most sensitive, ... until the score is within
///      tolerance (ties: the cheaper layer first, then graph order);
///   4. what is left of the budget takes layers back to int8, the costliest first, where the score stays within
///   tolerance.
/// The budget of evaluations ends any step. Deterministic if the score is. `each_trial` is called behind every trial.
/// Errors: bad_input for a budget of 0, a score that is not finite; what quantizer and score throw.
TunerResult tune(const Quantizer& quantizer, const ScoreFunction& score, const TunerOptions& options,
                 const std::function<void(const Trial&)>& each_trial = {});

/// The same for any way of making a model from the layers that stay in float32. `layers` in graph order.
using BuildFunction = std::function<model::Graph(const std::set<std::string>& keep_float32)>;
TunerResult tune(const std::vector<std::string>& layers, const std::map<std::string, std::uint64_t>& macs,
                 const BuildFunction& build, const ScoreFunction& score, const TunerOptions& options,
                 const std::function<void(const Trial&)>& each_trial = {});

}  // namespace octocal::quant
