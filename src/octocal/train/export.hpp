// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/train/trained_generator.hpp"

namespace octocal::train {

/// What goes into the file beside the network. Texts: JSON or "".
struct ExportRecord {
  model::GeneratorInfo info;  ///< energy range and response; latent convention and sizes come from the generator
  std::string training;       ///< octocal.training: settings and a summary of the history
  std::string training_data;  ///< octocal.training_data: hash of the files' contents
  std::string scores;         ///< octocal.scores: validation physics
};

/// The generator as a float32 graph with metadata, batch norm in inference form and the output transform inside.
/// Errors: run_failed while it is still trained with something else in place of the last ReLU.
model::Graph export_graph(const TrainedGenerator& generator, const ExportRecord& record);

}  // namespace octocal::train
