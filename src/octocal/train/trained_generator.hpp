// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/data/energy_response.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/train/profile_network.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// A shower before its output transform: the rectified image (n, z, x, y), and the profiles in GeV of a generator that
/// draws them.
struct DrawnShower {
  at::Tensor rectified;
  Profiles profiles;
};

/// A generator as a recipe leaves it: what is judged, calibrated and exported.
struct TrainedGenerator {
  model::GeneratorSpec spec;
  model::LatentConvention latent = model::LatentConvention::kSphere;
  double sharpness = 0;  ///< of the last rectifier; 0: ReLU, and only then it can be exported; -1: none
  TensorMap parameters;

  /// Cells in GeV (n, x, y, z) for energies (n) in GeV, without gradients, on the parameters' device. Shower i of the
  /// call draws the latents that belong to (seed, first + i).
  at::Tensor generate(const at::Tensor& energy, std::uint64_t seed, std::int64_t first) const;
  DrawnShower draw(const at::Tensor& energy, std::uint64_t seed, std::int64_t first) const;
};

/// Mean of generated ECAL over `response`, at `count` energies spread evenly over [low, high] GeV: what the output
/// scale is divided by so that the response is right.
double response_ratio(const TrainedGenerator& generator, const data::EnergyResponse& response, double low, double high,
                      std::int64_t count, std::uint64_t seed);

/// Of architecture cells: scales the trunk by a power of two so that its values reach as far as what lies beside them in
/// front of the heads. The showers stay the same to the bit, and int8, which has one scale for all that a head reads,
/// gets finer steps for the rest. Looked at: 64 showers of low to high GeV.
void balance_trunk(TrainedGenerator& generator, double low, double high, std::uint64_t seed);

}  // namespace octocal::train
