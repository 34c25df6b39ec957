// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::study {

/// Whether verbs would take a model.
struct ModelVerdict {
  std::string verbs;    ///< "generate, validate, compare, bench"
  std::string refusal;  ///< the sentence with which they would refuse it; "" if they take it
};

/// Asks the functions themselves that those verbs call first: they read the model's description, compile the graph for
/// this machine, look for layers to quantize. Nothing is run. `model_info` as for open_model().
std::vector<ModelVerdict> judge_model(const model::Graph& graph, const std::string& file,
                                      const std::map<std::string, std::string>& model_info = {});

}  // namespace octocal::study
