// SPDX-License-Identifier: Apache-2.0
#include "integration/onnxruntime/cases.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/latent.hpp"

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
  // Cells that are drawn: by a function of the file's own.
  model::GeneratorSpec spec;
  spec.architecture = model::Architecture::kCells;
  spec.output = model::OutputTransform::kProfiles;
  spec.latent_size = static_cast<std::size_t>(model::description_size(spec.network.image));
  const auto& image = spec.network.image;
  auto noise = model::make_tensor({1, 2, image.z, image.x, image.y},
                                  std::vector<float>(static_cast<std::size_t>(2 * image.z * image.x * image.y)));
  model::make_noise(7, Draw::kLatent, 0, 1, noise.as<float>());
  // Energies are read off running sums of 128 weights, in float32 there; a roll of the dice may fall on the other side.
  const Tolerance drawn{.relative = 3e-4, .step = 1, .differing_cells = 2};
  write_reference_case(root, "generator_cells",
                       model::build_generator(spec, model::random_generator_parameters(spec, 8)),
                       {{"latent", normal_tensor({1, static_cast<std::int64_t>(spec.latent_size)}, 72, 2)},
                        {"energy", model::make_tensor({1, 1}, {200.0F})},
                        {"noise", noise}},
                       drawn);
}

}  // namespace octocal::testing
