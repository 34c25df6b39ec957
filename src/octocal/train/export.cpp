// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/export.hpp"

#include <map>
#include <span>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/model/generator_builder.hpp"

namespace octocal::train {

model::Graph export_graph(const TrainedGenerator& generator, const ExportRecord& record) {
  if (generator.sharpness != 0)
    throw run_failed(
        "export: the training has not switched its output to ReLU yet (it is in its first steps); train longer");
  std::map<std::string, model::Tensor> parameters;
  for (const auto& [name, tensor] : generator.parameters) {
    const auto values = tensor.detach().to(at::kFloat).contiguous();
    parameters[name] =
        model::make_tensor(model::DataType::kFloat32, values.sizes().vec(),
                           std::span<const float>(values.data_ptr<float>(), static_cast<std::size_t>(values.numel())));
  }
  auto graph = model::build_generator(generator.spec, parameters);
  auto info = record.info;
  info.latent = generator.latent;
  info.latent_size = generator.spec.latent_size;
  const auto& image = generator.spec.network.image;
  info.nx = static_cast<std::size_t>(image.x);
  info.ny = static_cast<std::size_t>(image.y);
  info.nz = static_cast<std::size_t>(image.z);
  model::write_generator_info(info, graph);
  graph.metadata["octocal.version"] = version();
  if (!record.training.empty()) graph.metadata["octocal.training"] = record.training;
  if (!record.training_data.empty()) graph.metadata["octocal.training_data"] = record.training_data;
  if (!record.scores.empty()) graph.metadata["octocal.scores"] = record.scores;
  return graph;
}

}  // namespace octocal::train
