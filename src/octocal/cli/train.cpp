// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "octocal/cli/verb.hpp"
#include "octocal/trainer/training_options.hpp"

namespace octocal::cli {
namespace {

std::function<void()> define_train(App& app) {
  auto request = std::make_shared<train::TrainingRequest>();
  trainer::add_training_options(app, *request);
  return [request] { train::run_training(*request); };
}

constexpr const char* kTrainExamples =
    "  octocal train --data 'geant4/electrons_*.h5' --out run1 --threads 8\n"
    "  octocal train --data 'geant4/electrons_*.h5' --out run1 --threads 8 --resume\n"
    "  octocal train --data electrons.pack --out run2 --device cuda --precision bf16 --patience 40\n"
    "  octocal train --data 'geant4/electrons_*.h5' --out run3 --recipe best --critic-from 3000\n"
    "  octocal train --dump-network > network.toml    # then, with its sizes changed, --network network.toml\n"
    "  octocal train --from run1/best.ckpt --export generator.onnx";

const Verb train_verb({"train", "train a generator on Geant4 showers, or export a checkpoint", kTrainExamples,
                       define_train});

}  // namespace
}  // namespace octocal::cli
