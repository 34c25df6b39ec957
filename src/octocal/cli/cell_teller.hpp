// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/study/cell_likeness.hpp"

namespace octocal::cli {

/// The trainer's classifier on cells (train/cell_classifier.hpp). In the program without libtorch it does not return:
/// the one with it takes over (run_instead). Error: bad_input if octocal was built without the trainer.
study::TellByCells cell_teller();

}  // namespace octocal::cli
