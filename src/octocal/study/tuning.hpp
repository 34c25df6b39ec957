// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "octocal/quant/tuner.hpp"
#include "octocal/study/quantization.hpp"

namespace octocal::study {

/// What to tune, and by what.
struct TuningSettings {
  std::string model;  ///< float32 generator, ONNX
  /// Geant4 showers (files or globs): int8 is judged by how much further from them it is than float32. Without them,
  /// by its distance from float32.
  std::vector<std::string> reference;
  std::size_t showers = 500;  ///< to judge by
  /// |ECAL shift| + root of the added relative MSE of projections that is good enough.
  double tolerance = 0.01;
  std::size_t budget = 64;  ///< models to try at most
  /// Fresh showers on which the chosen model is set against float32: it was chosen because it did well on the others.
  /// 0: none.
  std::size_t check_showers = 200;
  double max_shift = kMostShift;  ///< what it may move of the energy there (Int8Difference::shift)
  quant::Sensitivity sensitivity = quant::Sensitivity::kOnlyThisFloat32;  ///< how layers are ranked
  CalibrationSettings calibration;                                        ///< schemes and showers
  EngineSettings engine;                                                  ///< of the trials
};

/// The chosen model, not written yet; tuning_json() tells of it.
struct Tuning {
  OpenModel source;                          ///< the float32 model
  quant::QuantizedModel model;               ///< with provenance in its metadata
  quant::TunerResult result;                 ///< the choice, and all trials
  std::optional<Int8Difference> difference;  ///< from float32 on fresh showers, if it was checked
};

/// Chooses which layers stay in float32 so that the physics holds (quant/tuner.hpp). Time: a model compiled and
/// `showers` showers made for each trial. Errors: bad_input for models and files that cannot be read, energies that the
/// model was not made for; run_failed if the chosen one moves more of the energy than max_shift; Error(kInterrupted).
Tuning tune(const TuningSettings& settings);

}  // namespace octocal::study
