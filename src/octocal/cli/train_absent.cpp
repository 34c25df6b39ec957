// SPDX-License-Identifier: Apache-2.0
// Stands for train.cpp in a build without libtorch, so that `octocal train` says what it lacks.
#include "octocal/base/error.hpp"
#include "octocal/cli/verb.hpp"

namespace octocal::cli {
namespace {

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

const Verb train_verb({"train", "train a generator (left out of this build: it needs libtorch)", kTrainExamples,
                       define_train});

}  // namespace
}  // namespace octocal::cli
