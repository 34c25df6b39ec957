// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "octocal/train/trained_generator.hpp"

namespace octocal::train {

/// All of a trained generator but its parameters, as a checkpoint keeps it.
nlohmann::json generator_record(const TrainedGenerator& generator);

/// The reverse, without parameters. Records of older checkpoints lack "network": the paper's. `origin` is used in
/// messages. Errors: nlohmann::json::exception for a key that is missing, bad_input for a network that is wrong.
TrainedGenerator read_generator_record(const nlohmann::json& record, const std::string& origin);

}  // namespace octocal::train
