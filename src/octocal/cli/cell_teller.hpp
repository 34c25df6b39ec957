// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/study/cell_likeness.hpp"

namespace octocal::cli {

/// The trainer's classifier on cells (train/cell_classifier.hpp). Error: bad_input if octocal was built without the
/// trainer.
study::TellByCells cell_teller();

}  // namespace octocal::cli
