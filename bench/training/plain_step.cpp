// SPDX-License-Identifier: Apache-2.0
#include "training/plain_step.hpp"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/generated/variable_factories.h>

#include <vector>

#include "octocal/model/network_file.hpp"
#include "octocal/train/generator_network.hpp"

namespace octocal::bench {
namespace {

std::vector<at::Tensor> trained(const train::TensorMap& parameters) {
  std::vector<at::Tensor> all;
  for (const auto& [name, tensor] : parameters)
    if (tensor.requires_grad()) all.push_back(tensor);
  return all;
}

at::Tensor percentage(const at::Tensor& value, const at::Tensor& truth) {
  return 100 * ((value - truth) / truth).abs().mean();
}

model::GeneratorSpec relu_output() {
  model::GeneratorSpec spec;
  spec.output = model::OutputTransform::kRelu;
  return spec;
}

}  // namespace

PlainStep::PlainStep(const train::TrainingData& data, std::int64_t batch, std::uint64_t seed)
    : data_(data),
      batch_(batch),
      spec_(relu_output()),
      generator_(train::make_generator(spec_, seed)),
      discriminator_(train::make_discriminator(model::NetworkSpec().discriminator, spec_.network.image, seed)),
      generator_adam_(trained(generator_), torch::optim::AdamOptions(5e-4)),
      discriminator_adam_(trained(discriminator_), torch::optim::AdamOptions(1e-4)) {}

at::Tensor PlainStep::generate(const at::Tensor& energy) const {
  const auto latent = torch::randn({batch_, 200}) * (energy / 100).unsqueeze(1);
  return plain_generator(spec_, generator_, latent).permute({0, 2, 3, 1});
}

at::Tensor PlainStep::loss(const train::DiscriminatorOutput& verdict, double label, const at::Tensor& energy) const {
  const auto ecal = 0.028 * energy;
  return 6 * at::binary_cross_entropy_with_logits(verdict.real, at::full({batch_}, label)) +
         0.2 * percentage(verdict.aux, energy / 100) + 0.1 * percentage(verdict.ecal, ecal);
}

void PlainStep::step_discriminator(const at::Tensor& cells, double label, const at::Tensor& energy) {
  discriminator_adam_.zero_grad();
  loss(plain_discriminator(discriminator_, cells), label, energy).backward();
  RECORD_FUNCTION("optimiser", std::vector<c10::IValue>());
  discriminator_adam_.step();
}

void PlainStep::run() {
  const auto energies = [this] { return 100 + 400 * at::rand({batch_}); };
  const auto rows = at::randint(data_.training.size(), {batch_}, at::kLong);
  step_discriminator(data_.training.cells_gev(rows), 0.9, data_.training.energy.index_select(0, rows));
  const auto fake_energy = energies();
  step_discriminator(generate(fake_energy).detach(), 0, fake_energy);

  generator_adam_.zero_grad();
  const auto energy = energies();
  loss(plain_discriminator(discriminator_, generate(energy)), 0.9, energy).backward();
  RECORD_FUNCTION("optimiser", std::vector<c10::IValue>());
  generator_adam_.step();
}

}  // namespace octocal::bench
