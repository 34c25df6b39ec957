// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>

#include "octocal/model/generator_info.hpp"

namespace octocal::model {

/// Whether a model was made for all energies from `low_gev` to `high_gev`; float32 ends may be rounded outwards.
bool covers(const GeneratorInfo& info, double low_gev, double high_gev) noexcept;

/// Refuses energies that a model was not made for, unless `extrapolate`. `origin` names the model. Thread-safe.
/// Error: bad_input with both ranges.
void check_energy_range(const GeneratorInfo& info, const std::string& origin, double low_gev, double high_gev,
                        bool extrapolate);

/// The same for single energies. What is not positive and finite is refused even if `extrapolate`.
void check_energies(const GeneratorInfo& info, const std::string& origin, std::span<const float> energy_gev,
                    bool extrapolate);

}  // namespace octocal::model
