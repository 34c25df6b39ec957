// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "octocal/study/paired_showers.hpp"

namespace octocal::study {

/// How far a quantized model is from its float32 source, both fed the same latents and energies.
struct Int8Difference {
  std::size_t showers = 0;      ///< that were compared
  double ecal_shift = 0;        ///< sum ECAL(int8) / sum ECAL(float32) - 1
  double ecal_shift_error = 0;  ///< statistical, of pairs (the latents are shared); NaN for fewer than two showers
  double pixel_difference = 0;  ///< table 5: mean over showers of sum |int8 - float32| over cells, over mean ECAL
  /// Log likelihood that a shower's cells lose, in nats, of models whose likelihood is known (CellLikelihood); with its
  /// error. The showers are float32's own.
  std::optional<physics::Number> lost_nats = {};
  double projection_mse = 0;  ///< table 4, int8 against float32, relative to the mean squared float32 projection

  /// What the quantized model moves of the energy, as a share: the larger of |ecal_shift| and the root of
  /// projection_mse, which sees energy that went elsewhere. NaN if float32's showers hold none, or int8's are no
  /// numbers.
  double shift() const noexcept;
};

/// A quantized model that moves more of the energy is no rounded one: its showers are others. 0.05 is 17 times what
/// `validate` lets the response be off Geant4's (data/limits.json), and less than any of the models that quantization
/// spoils outright; float32 layers, not calibration, mend such a model.
inline constexpr double kMostShift = 0.05;
/// What tune() aims at: a model beyond it is worth a warning.
inline constexpr double kGoodShift = 0.01;
/// The same for Int8Difference::lost_nats, a shower.
inline constexpr double kGoodNats = 5;

/// From float32's showers.
Int8Difference difference_of(const PairedShowers::Comparison& comparison);

/// Says in words how far, `precision` being model::words_for(): "int8 changes ECAL by +3.1 +- 0.2 %, the mean shower by 2.1 % and cells by 12 % of ECAL (200
/// showers)".
std::string difference_text(const Int8Difference& difference, const std::string& precision);

/// Warns of a shift beyond kGoodShift. Errors: run_failed if it is beyond `max_shift`, or not a number; both say how
/// far, and what to do about the layers of `model`.
void judge_shift(const Int8Difference& difference, const std::string& precision, double max_shift,
                 const std::string& model);

}  // namespace octocal::study
