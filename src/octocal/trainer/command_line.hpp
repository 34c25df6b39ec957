// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/train/training_options.hpp"

namespace octocal::trainer {

/// Puts `--name value`, `--name=value`, `--flag` and `--no-flag` into the options' places. An option that takes a list
/// takes all that follows up to the next option. Errors: bad_input naming the option: unknown, without a value, a value
/// that it cannot take.
void parse_command_line(const std::vector<std::string>& arguments, const std::vector<train::TrainingOption>& options);

/// The options with their help and defaults.
std::string help_text(const std::vector<train::TrainingOption>& options);

}  // namespace octocal::trainer
