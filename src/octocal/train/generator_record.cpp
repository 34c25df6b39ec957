// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/generator_record.hpp"

#include "octocal/model/network_file.hpp"

namespace octocal::train {
namespace {

const char* name_of(model::OutputTransform output) {
  switch (output) {
    case model::OutputTransform::kRelu:
      return "relu";
    case model::OutputTransform::kEnergySquare:
      return "energy_square";
    case model::OutputTransform::kProfiles:
      break;
  }
  return "profiles";
}

model::OutputTransform output_of(const nlohmann::json& record) {
  using Output = model::OutputTransform;
  if (record.contains("energy_square"))  // checkpoints of the first version
    return record.at("energy_square").get<bool>() ? Output::kEnergySquare : Output::kRelu;
  const auto name = record.at("output").get<std::string>();
  return name == "profiles" ? Output::kProfiles : name == "energy_square" ? Output::kEnergySquare : Output::kRelu;
}

}  // namespace

nlohmann::json generator_record(const TrainedGenerator& generator) {
  model::NetworkSpec network;
  network.generator = generator.spec;
  return {{"latent", model::name_of(generator.latent)}, {"latent_size", generator.spec.latent_size},
          {"output", name_of(generator.spec.output)},   {"output_scale", generator.spec.output_scale},
          {"leaky_slope", generator.spec.leaky_slope},  {"batch_norm_epsilon", generator.spec.batch_norm_epsilon},
          {"sharpness", generator.sharpness},           {"network", model::network_text(network)}};
}

TrainedGenerator read_generator_record(const nlohmann::json& record, const std::string& origin) {
  TrainedGenerator generator;
  auto& spec = generator.spec;
  if (record.contains("network"))
    spec = model::parse_network(record.at("network").get<std::string>(), origin).generator;
  spec.latent_size = record.at("latent_size").get<std::size_t>();
  spec.output = output_of(record);
  spec.output_scale = record.at("output_scale").get<double>();
  spec.leaky_slope = record.at("leaky_slope").get<double>();
  spec.batch_norm_epsilon = record.at("batch_norm_epsilon").get<double>();
  generator.latent = record.at("latent").get<std::string>() == "sphere" ? model::LatentConvention::kSphere
                                                                        : model::LatentConvention::kPaper;
  generator.sharpness = record.at("sharpness").get<double>();
  return generator;
}

}  // namespace octocal::train
