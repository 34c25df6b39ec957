// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "octocal/train/tensor_map.hpp"
#include "octocal/train/trained_generator.hpp"

namespace octocal::train {

/// A way of training: what one step does. Every random number of a step is a function of the seed and the step's index,
/// so state() is all that a resumed run needs.
class Recipe {
 public:
  virtual ~Recipe() = default;

  /// One optimiser step; returns losses by name, for the log. Errors: run_failed when the training has broken down.
  virtual std::map<std::string, double> step(std::int64_t index) = 0;

  /// Showers that a step trains the generator on: what --batch counts. For the rate that is reported.
  virtual std::int64_t showers_per_step() const { return 0; }

  /// The averaged weights' loss on the held-out showers, by which the epoch is then chosen; nothing: by its physics.
  virtual std::optional<double> held_out_loss() { return std::nullopt; }

  /// The generator to judge and to export (averaged weights where the recipe averages). Shares the recipe's tensors.
  virtual TrainedGenerator trained() const = 0;
  /// Where state() keeps trained().parameters: their names begin with this.
  virtual const char* trained_prefix() const = 0;

  virtual TensorMap state() const = 0;
  virtual void load_state(const TensorMap& state) = 0;
};

}  // namespace octocal::train
