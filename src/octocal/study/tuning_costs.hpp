// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octocal/model/precision_plan.hpp"
#include "octocal/quant/quantizer.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {

/// What a tuned model should have little of.
enum class Objective {
  kSpeed,   ///< processor seconds a shower, as the engine measured them on this machine
  kSize,    ///< bytes of the layers' weights in the file
  kMemory,  ///< bytes of the layers' weights and of what they read, for a batch of showers
  kMix,     ///< of these three, each in units of what all layers in the finest rung cost
};
const char* name_of(Objective objective) noexcept;  ///< "speed", "size", "memory", "mix"

/// How much each counts in a mix.
struct ObjectiveShares {
  double speed = 1, size = 1, memory = 1;  ///< weights of the three, not negative
};
/// "speed", "size", "memory"; "mix" (all three alike), or shares such as "speed:2,size:1", which are a mix, and set
/// `shares` (the others 0). Error: bad_input for another text.
Objective parse_objective(const std::string& text, ObjectiveShares& shares);

/// What each layer costs in each precision: additive, so that plans can be compared before they are built.
struct LayerCosts {
  std::map<std::string, std::map<model::Precision, double>> layers;  ///< seconds a shower, bytes, or shares of a mix
  double fixed = 0;                                                  ///< what no layer's precision changes
  std::string file;     ///< where the table of times is kept; "" if it is not
  bool cached = false;  ///< it was read from there
};

/// Times come from models with all layers in one precision, one stream, the least of three runs; ops between two
/// layers (Resize, conversions) belong to the layer that reads them, those before the first to none. The table is in
/// $XDG_CACHE_HOME/octocal/layer_times (or ~/.cache/...), under a name that tells model, processor, instruction set and
/// version apart, unless `use_cache` is false. A mix divides each cost by that of all layers in the first rung, and by
/// the sum of the shares, so that that plan costs 1. Errors: bad_input for a model that does not run here.
LayerCosts layer_costs(Objective objective, const ObjectiveShares& shares, const quant::Quantizer& quantizer,
                       const OpenModel& source, const std::vector<model::Precision>& rungs, std::size_t batch,
                       std::uint64_t seed, bool use_cache);

}  // namespace octocal::study
