// SPDX-License-Identifier: Apache-2.0
// Stands for train.cpp and cell_teller.cpp in the program octocal, which is not linked to libtorch: to load that takes
// longer than most verbs do. What needs it is done by octocal-torch, the same program with it; where that is not built,
// octocal says what it lacks.
#include "octocal/base/error.hpp"
#include "octocal/cli/cell_teller.hpp"
#include "octocal/cli/other_program.hpp"
#include "octocal/cli/verb.hpp"

namespace octocal::cli {
namespace {

#if OCTOCAL_HAS_TORCH_PROGRAM
constexpr const char* kTorchProgram = "octocal-torch";
constexpr const char* kTrainSummary = "train a generator on Geant4 showers, or export a checkpoint";
#else
constexpr const char* kTorchProgram = nullptr;
constexpr const char* kTrainSummary = "train a generator (left out of this build: it needs libtorch)";
#endif

constexpr const char* kTrainExamples =
    "  make            # builds octocal with its trainer, which needs libtorch\n"
    "  octocal train --data electrons.h5    # works then";

std::function<void()> define_train(App& app) {
  app.allow_extras();  // whatever train's options are, they are not what is wrong
  return [] {
    throw bad_input(
        "octocal train: this octocal was built without its trainer, which needs libtorch (make demo leaves it out); "
        "build it with make");
  };
}

const Verb train_verb({"train", kTrainSummary, kTrainExamples, define_train, kTorchProgram});

}  // namespace

study::TellByCells cell_teller() {
  if (kTorchProgram != nullptr) run_instead(kTorchProgram, given_arguments());
  throw bad_input(
      "--cell-classifier: this octocal was built without the trainer, whose library it needs; leave the option out, or "
      "build with -DOCTOCAL_TRAIN=ON");
}

}  // namespace octocal::cli
