// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "octocal/train/training.hpp"

namespace octocal::train {

/// All that can be asked of the trainer: what the command lines of `octocal train` and `octocal-train` say.
struct TrainingRequest {
  TrainingSettings training;
  std::string recipe;  ///< --recipe; "": that of what the training starts from or of the network file, or cells
  std::string out = "training";
  std::string memory;         ///< "8G", "500M"
  std::string network_file;   ///< --network
  bool dump_network = false;  ///< --dump-network
  std::string architecture;   ///< --architecture
  std::string start_from;     ///< --from
  std::string initial;        ///< --init
  std::string export_file;    ///< --export
  std::int64_t calibration_showers = 4000;
  std::optional<std::int64_t> steps;  ///< --steps; nothing: 10,000, of a fine-tuning 400
  bool quantization_aware = false;    ///< --quantization-aware
  std::string quantized;              ///< --quantized
  std::string plan;                   ///< --plan: in place of --quantized, for programs that can quantize
  bool learned_scales = false;        ///< --learn-scales
};

/// Does what the request asks: trains, exports or both. Errors: as train() and export_checkpoint(), and bad_input for
/// options that do not go together.
void run_training(const TrainingRequest& request);

/// "8G", "500M", "64K" or bytes. Errors: bad_input.
std::size_t parse_memory(const std::string& text);

}  // namespace octocal::train
