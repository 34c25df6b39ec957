// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octocal/quant/tuner.hpp"
#include "octocal/study/quantization.hpp"
#include "octocal/study/tuning_costs.hpp"
#include "octocal/study/tuning_criteria.hpp"

namespace octocal::study {

/// How long a tuning may take: trials and seconds, whichever ends first.
struct TuningBudget {
  std::size_t trials = 100000;  ///< models to try at most
  double seconds = 600;         ///< from the first moment on; 0: as long as it takes
};
/// "40" (trials), "600s", "10m", "1.5h". Error: bad_input for another text.
TuningBudget parse_budget(const std::string& text);

/// What to tune, and by what (docs/tuning.md).
struct TuningSettings {
  std::string model;  ///< float32 generator, ONNX
  /// Geant4 showers (files or globs), for criteria that compare with them. Their energies are then taken.
  std::vector<std::string> reference;
  std::vector<std::string> criteria;        ///< parse_criteria(); none: default_criteria(), or the tolerance
  std::optional<double> tolerance;          ///< without criteria: of the score (Criterion)
  Objective objective = Objective::kSpeed;  ///< what there should be little of
  ObjectiveShares shares;                   ///< of a mix
  quant::Strategy strategy = quant::Strategy::kOctocal;  ///< how plans are searched
  std::vector<model::Precision> rungs = {model::Precision::kFloat32, model::Precision::kBfloat16,
                                         model::Precision::kInt16x12, model::Precision::kInt16x8,
                                         model::Precision::kInt8};  ///< that layers may have, finest first
  TuningBudget budget;                                              ///< of the search
  std::size_t showers = 2000;        ///< to judge a model by at most; 128 where they decide
  std::size_t check_showers = 2000;  ///< fresh ones for the choice, in the same way; 0: none
  double max_shift = kMostShift;     ///< what it may move of the energy there (Int8Difference::shift)
  std::string history;               ///< file of the trials: read if it exists, written behind each; "": none
  bool must_resume = true;           ///< a history of another tuning is an error, not overwritten with a warning
  std::string plan;                  ///< file of a plan to try first; "": none
  bool cache = true;                 ///< keep the table of layer times (layer_costs)
  CalibrationSettings calibration;   ///< schemes and showers
  EngineSettings engine;             ///< of the trials
};

/// The chosen model, not written yet; tuning_json() tells of it.
struct Tuning {
  OpenModel source;                            ///< the float32 model
  quant::QuantizedModel model;                 ///< with provenance in its metadata
  quant::TunerResult result;                   ///< the choice, and all trials
  LayerCosts costs;                            ///< of the search
  LayerCosts sizes, memories;                  ///< bytes in the file, and of memory
  double float32_cost = 0;                     ///< of all layers in float32
  std::vector<Criterion> criteria;             ///< that were taken
  std::map<std::string, std::string> reasons;  ///< why each layer has its precision
  std::optional<Int8Difference> difference;    ///< from float32 on fresh showers, if it was checked
  std::size_t resumed = 0;                     ///< trials that came from the history
  double seconds = 0;                          ///< that it took
  bool interrupted = false;                    ///< by the user (Ctrl-C)
};

/// A plan of precisions from a file: {"conv1": "int8", ...}; a document of tuning_json() will do. Errors: bad_input.
model::PrecisionPlan read_plan(const std::string& file);

/// Chooses each layer's precision so that all criteria hold at the least cost (quant/tuner.hpp). Ctrl-C and the end of
/// the time end the search, and the best so far is returned. Errors: bad_input for models and files that cannot be
/// read, criteria, energies that the model was not made for, the history of another tuning; run_failed if the choice
/// moves more of the energy than max_shift; Error(kInterrupted) where there is nothing to return yet.
Tuning tune(const TuningSettings& settings);

}  // namespace octocal::study
