// SPDX-License-Identifier: Apache-2.0
#include "integration/onnxruntime/cases.hpp"
#include "octocal/model/generator_builder.hpp"

namespace octocal::testing {

void write_generator_cases(const std::filesystem::path& root) {
  for (const auto output : {model::OutputTransform::kRelu, model::OutputTransform::kEnergySquare}) {
    const bool with_energy = output == model::OutputTransform::kEnergySquare;
    model::GeneratorSpec spec;
    spec.output = output;
    const auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 5));
    Tensors inputs{{"latent", normal_tensor({1, 200}, 71, 2)}};
    if (with_energy) inputs["energy"] = model::make_tensor({1, 1}, {200.0F});
    write_reference_case(root, with_energy ? "generator_energy_square" : "generator_paper", graph, inputs);
    spec.architecture = model::Architecture::kConv3d;
    write_reference_case(root, with_energy ? "generator_conv3d_energy_square" : "generator_conv3d",
                         model::build_generator(spec, model::random_generator_parameters(spec, 6)), inputs);
  }
}

}  // namespace octocal::testing
