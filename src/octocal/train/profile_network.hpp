// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>

#include "octocal/model/generator_builder.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// Energy of showers in each column, row and layer: (n, nx), (n, ny), (n, nz) in GeV.
struct Profiles {
  at::Tensor x, y, z;
};
/// cells: (n, x, y, z) in GeV.
Profiles profiles_of(const at::Tensor& cells);

/// The profile network of model/profile_spec.hpp in tensors, the same map as the exported graph. `spec.output` is
/// kProfiles. energy: (n), GeV.

/// e of the spec: (n, 1).
at::Tensor relative_energy(const TensorMap& parameters, const at::Tensor& energy);
/// (n, kEnergyTerms): powers of e.
at::Tensor energy_powers(const at::Tensor& e);

/// Codes (n, D) from normal numbers (n, >= D).
at::Tensor draw_codes(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& normal,
                      const at::Tensor& energy);
/// The inverse, for maximum likelihood: normal numbers (n, D) and the logarithm of |d normal / d code| (n).
/// dropout: factors for hidden units come from `mask(rows, units)`; none: undefined function.
struct Encoded {
  at::Tensor normal, log_volume;
};
using HiddenMask = std::function<at::Tensor(std::int64_t rows, std::int64_t units)>;
Encoded encode(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& codes,
               const at::Tensor& energy, const HiddenMask& mask = {});

/// The D numbers of the spec (n, D) from codes: the description of the shower that they stand for.
at::Tensor decode_description(const TensorMap& parameters, const at::Tensor& codes, const at::Tensor& energy);

/// Profiles in GeV from codes.
Profiles decode_profiles(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& codes,
                         const at::Tensor& energy);

/// What the dense layer sees (n, latent size): codes, normal numbers from column D on, and 1; times Ep/100 GeV.
at::Tensor dense_input(const model::GeneratorSpec& spec, const at::Tensor& codes, const at::Tensor& normal,
                       const at::Tensor& energy);

/// Cells in GeV (n, x, y, z) from the rectified image (n, z, x, y): map * image * (image + lift), fitted to the
/// profiles.
at::Tensor fit_to_profiles(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& rectified,
                           const Profiles& profiles);

}  // namespace octocal::train
