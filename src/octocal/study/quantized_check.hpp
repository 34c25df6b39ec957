// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/model/precision_plan.hpp"
#include "octocal/physics/sample_sums.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {

/// How far a quantized model is from its float32 source, both fed the same latents and energies.
struct Int8Difference {
  std::size_t showers = 0;      ///< that were compared
  double ecal_shift = 0;        ///< sum ECAL(int8) / sum ECAL(float32) - 1
  double ecal_shift_error = 0;  ///< statistical, shower by shower (the latents are shared)
  double pixel_difference = 0;  ///< table 5: mean over showers of sum |int8 - float32| over cells, over mean ECAL
  double projection_mse = 0;    ///< table 4, int8 against float32, relative to the mean squared float32 projection
  /// The same against Geant4, where there is a reference.
  std::optional<double> mse_float32_to_reference;
  std::optional<double> mse_int8_to_reference;

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

/// Says in words how far: "int8 changes ECAL by +3.1 +- 0.2 %, the mean shower by 2.1 % and cells by 12 % of ECAL (200
/// showers)".
std::string difference_text(const Int8Difference& difference, model::Precision precision);

/// Warns of a shift beyond kGoodShift. Errors: run_failed if it is beyond `max_shift`, or not a number; both say how
/// far, and what to do about the layers of `model`.
void judge_shift(const Int8Difference& difference, model::Precision precision, double max_shift,
                 const std::string& model);

/// Float32 showers that quantized versions of the model are set against. Holds them all: 62 kB a shower.
class Float32Showers {
 public:
  /// Makes a shower at each energy.
  Float32Showers(const OpenModel& source, std::vector<float> energy_gev, const EngineSettings& engine,
                 std::uint64_t seed);
  ~Float32Showers();

  /// Geant4 showers at the same energies, in the same order.
  void set_reference(const data::ShowerBatch& reference);

  /// Runs the quantized graph on the same latents. Errors: bad_input for a graph that does not run here.
  Int8Difference compare(const model::Graph& quantized) const;

 private:
  physics::SampleSums sums_of(const data::ShowerBatch& showers) const;
  data::ShowerBatch make(const model::Graph& graph) const;

  const OpenModel& source_;
  EngineSettings engine_;
  std::uint64_t seed_;
  data::ShowerBatch float32_;
  std::vector<std::uint8_t> blocks_;
  physics::Frame frame_;
  std::optional<physics::SampleSums> reference_;
};

}  // namespace octocal::study
