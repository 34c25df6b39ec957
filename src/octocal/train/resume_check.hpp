// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace octocal::train {

/// Whether a run that records the settings `here` may go on from a checkpoint of one that recorded `there` and end with
/// the bits of a run without a break: all that both record must be equal, but what only says how far to go (steps,
/// patience), what follows from the rest (numbers of showers, energies, response) and where the run had started from.
///
/// Checkpoints of older versions lack some settings: those that then had one value only have that, the others are
/// refused. Errors: bad_input naming `file`, the setting, both values and what to give.
void check_same_run(const nlohmann::json& there, const nlohmann::json& here, const std::filesystem::path& file);

}  // namespace octocal::train
