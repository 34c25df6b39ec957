// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "octocal/train/training.hpp"

namespace octocal::train {

/// All that the command line of `octocal train` can say.
struct TrainingRequest {
  TrainingSettings training;
  std::string out = "training";
  std::string memory;         ///< "8G", "500M"
  std::string network_file;   ///< --network
  bool dump_network = false;  ///< --dump-network
  std::string architecture;   ///< --architecture
  std::string start_from;     ///< --from
  std::string initial;        ///< --init
  std::string export_file;    ///< --export
  std::int64_t calibration_showers = 4000;
};

/// One option: where its value goes and what it may be. Both command lines (CLI11's in the program, the small one of
/// the trainer alone) are made from this table.
struct TrainingOption {
  std::string names;  ///< "--steps" or "-o,--out"
  std::string help;
  std::string type;  ///< of the value, "" for what fits the number; "N" a whole number
  std::variant<std::string*, std::vector<std::string>*, std::int64_t*, std::uint64_t*, int*, double*, bool*> value;
  double least = 0, most = 0;             ///< of a number; equal: any
  std::vector<std::string> choices = {};  ///< of a text; empty: any
};

/// The options, in the order of the help. `request` must outlive them.
std::vector<TrainingOption> training_options(TrainingRequest& request);

/// Does what the request asks: trains, exports or both. Errors: as train() and export_checkpoint(), and bad_input for
/// options that do not go together.
void run_training(TrainingRequest request);

/// "8G", "500M", "64K" or bytes. Errors: bad_input.
std::size_t parse_memory(const std::string& text);

inline constexpr const char* kTrainingExamples =
    "  octocal train --data 'geant4/electrons_*.h5' --out run1 --threads 8\n"
    "  octocal train --data 'geant4/electrons_*.h5' --out run1 --threads 8 --resume\n"
    "  octocal train --data electrons.pack --out run2 --device cuda --precision bf16 --patience 40\n"
    "  octocal train --dump-network > network.toml    # then, with its sizes changed, --network network.toml\n"
    "  octocal train --from run1/best.ckpt --export generator.onnx";

}  // namespace octocal::train
