#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "octocal/model/generator_builder.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// A way of training: what one step does. Every random number of a step is a function of the seed and the step's index,
/// so state() is all that a resumed run needs.
class Recipe {
 public:
  virtual ~Recipe() = default;

  /// One optimiser step; returns losses by name, for the log. Errors: run_failed when the training has broken down.
  virtual std::map<std::string, double> step(std::int64_t index) = 0;

  /// The generator to judge and to export (averaged weights where the recipe averages).
  virtual const TensorMap& generator() const = 0;
  virtual const model::GeneratorSpec& spec() const = 0;
  virtual model::LatentConvention latent() const = 0;
  /// Sharpness of the last rectifier for generator() as trained so far; 0: ReLU.
  virtual double sharpness() const = 0;

  virtual TensorMap state() const = 0;
  virtual void load_state(const TensorMap& state) = 0;
};

}  // namespace octocal::train
