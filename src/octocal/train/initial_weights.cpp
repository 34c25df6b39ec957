// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/initial_weights.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/train/cells_network.hpp"

namespace octocal::train {
namespace {

Error unfit(const std::string& origin, const std::string& why) {
  return bad_input(
      fmt::format("{}: {}; give a float32 generator that octocal train has exported, of the same network "
                  "and recipe",
                  origin, why));
}

at::Tensor tensor_of(const model::Tensor& constant) {
  auto tensor = at::empty(constant.shape, at::kFloat);
  const auto numbers = constant.as<float>();
  std::copy(numbers.begin(), numbers.end(), tensor.data_ptr<float>());
  return tensor;
}

/// Factor of the last convolution that stands for the ratio of the file's output scale to the recipe's.
double last_factor(const TrainedGenerator& generator, const model::Graph& graph, const std::string& origin) {
  if (generator.spec.output == model::OutputTransform::kProfiles) return 1;  // its own parameters scale the cells
  const auto* scale = graph.constant("output.scale");
  const bool squared = generator.spec.output == model::OutputTransform::kEnergySquare;
  if (squared != (scale != nullptr)) throw unfit(origin, "another transform of the output than the recipe's");
  if (!squared) return 1;
  return std::sqrt(static_cast<double>(scale->as<float>()[0]) / generator.spec.output_scale);
}

/// A graph may have a weight as one of more axes, of one tap each.
model::Shape without_ones(model::Shape shape) {
  std::erase(shape, 1);
  return shape;
}

}  // namespace

void start_from_model(Recipe& recipe, const model::Graph& graph, const std::string& origin, std::int64_t first_step) {
  const auto generator = recipe.trained();
  const auto convention = graph.metadata.find("octocal.latent");
  if (convention != graph.metadata.end() && convention->second != model::name_of(generator.latent))
    throw unfit(origin, fmt::format("latents of convention {}, the recipe's are {}", convention->second,
                                    model::name_of(generator.latent)));
  const double factor = last_factor(generator, graph, origin);
  auto state = recipe.state();
  TensorMap weights;
  for (const auto& [name, own] : generator.parameters) {
    const auto* constant = graph.constant(name);
    if (constant == nullptr || constant->type != model::DataType::kFloat32)
      throw unfit(origin, fmt::format("no float32 parameter {}", name));
    if (without_ones(constant->shape) != without_ones(own.sizes().vec()))
      throw unfit(origin, fmt::format("parameter {} is {}, the network's is {}", name,
                                      model::to_string(constant->shape), model::to_string(own.sizes().vec())));
    auto tensor = tensor_of(*constant).view(own.sizes());
    if (name == "final.weight") tensor *= factor;
    weights[name] = tensor;
  }
  const auto& spec = generator.spec;
  if (spec.architecture == model::Architecture::kCells && spec.cells.distance &&
      graph.constant("head1.distance") == nullptr)
    forget_distances(spec, weights);
  // The weights that are trained and, where the recipe averages, their average.
  for (const auto& [name, tensor] : weights)
    for (const char* prefix : {"generator.", recipe.trained_prefix()})
      if (const auto found = state.find(std::string(prefix) + name); found != state.end()) found->second = tensor;
  // Not 0: that would be a fresh start, for which recipe best fits its profile network anew.
  if (const auto done = state.find("steps_done"); done != state.end())
    done->second = at::tensor({std::max<std::int64_t>(first_step, 1)}, at::kLong);
  recipe.load_state(state);
}

}  // namespace octocal::train
