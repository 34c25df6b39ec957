// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/train/profile_network.hpp"

namespace octocal::train {

/// What the profile network is trained on, for a sample of showers.
struct ProfileSample {
  Profiles profiles;  ///< GeV
  at::Tensor hits;    ///< (n): cells above 1e-4 GeV
  at::Tensor energy;  ///< (n), GeV

  void add(const at::Tensor& cells, const at::Tensor& energy_gev);
  /// The showers turned by one of the transverse symmetries (training_data.hpp).
  ProfileSample turned(int symmetry) const;
};

/// The D numbers of model/profile_spec.hpp (n, D), float64.
at::Tensor describe(const ProfileSample& sample);

struct ProfileFitSettings {
  std::uint64_t seed = 1;
  std::int64_t steps = 2000;
  std::int64_t batch = 512;
  double rate = 1e-3;
  double weight_decay = 0.01;
  double dropout = 0.2;
};

/// Trains the profile network by maximum likelihood on the training showers in all given symmetries; the averaged
/// weights of the step that is likeliest on the held-out ones are kept. Then the mean response is corrected where the
/// network's differs from the sample's (a parabola in Ep). Deterministic. Half a minute for 4,000 showers on one core.
/// Returns all parameters "profile.*" "output.map" = 1 and "output.lift" = 0. Errors: interrupted.
TensorMap fit_profile_network(const model::GeneratorSpec& spec, const ProfileFitSettings& settings,
                              const ProfileSample& training, const ProfileSample& validation, int symmetries);

/// Codes (n, D) of showers: what the profile network would have to draw to make them.
at::Tensor codes_of(const TensorMap& parameters, const ProfileSample& sample);

}  // namespace octocal::train
