// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/command_line/app.hpp"
#include "octocal/train/training_request.hpp"

namespace octocal::trainer {

/// The options of `octocal train` and `octocal-train`, in the order of the help; what is parsed goes to `request`, which
/// must outlive the app.
void add_training_options(command_line::App& app, train::TrainingRequest& request);

}  // namespace octocal::trainer
