// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/study/timing.hpp"

namespace octocal::cli {

/// What is shown beside the speeds.
struct BenchView {
  bool layers = false;      ///< of the layers, too
  bool every = false;       ///< small ones one by one
  bool operations = false;  ///< times by kind of operation, and memory
};

/// Speeds of the models and of one over the other; batches, streams, peaks and first showers where they were measured.
std::string to_table(const study::BenchResult& result, const BenchView& view = {});

}  // namespace octocal::cli
