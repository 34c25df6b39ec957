#include "octocal/train/feature_critic.hpp"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <array>
#include <cmath>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/train/checkpoint.hpp"

namespace octocal::train {
namespace {

constexpr std::uint64_t kFirstParameter = (std::uint64_t{1} << 62) + (std::uint64_t{1} << 20);
constexpr double kPenalty = 2.0;  // of R1
constexpr double kSoftLimit = 8;  // features beyond this many spreads are pressed together

}  // namespace

FeatureCritic::FeatureCritic(std::int64_t features, std::uint64_t seed) : adam_({0.5, 0.99, 1e-8}) {
  const std::array<std::int64_t, 4> sizes = {features + 2, 256, 128, 1};
  for (std::size_t layer = 0; layer + 1 < sizes.size(); ++layer) {
    std::vector<float> numbers(static_cast<std::size_t>(sizes[layer] * sizes[layer + 1]));
    normals(seed, Draw::kTraining, kFirstParameter + layer, numbers);
    auto weight =
        at::tensor(numbers).view({sizes[layer + 1], sizes[layer]}) * std::sqrt(2.0 / static_cast<double>(sizes[layer]));
    parameters_[fmt::format("layer{}.weight", layer)] = weight.set_requires_grad(true);
    parameters_[fmt::format("layer{}.bias", layer)] = at::zeros({sizes[layer + 1]}).set_requires_grad(true);
  }
}

at::Tensor FeatureCritic::score(const TensorMap& parameters, const at::Tensor& features, const at::Tensor& terms) {
  auto value = at::cat({features / (1 + at::abs(features) / kSoftLimit), terms.narrow(1, 1, 2)}, 1);
  for (int layer = 0; layer < 3; ++layer) {
    value = at::linear(value, parameters.at(fmt::format("layer{}.weight", layer)),
                       parameters.at(fmt::format("layer{}.bias", layer)));
    if (layer < 2) value = at::leaky_relu(value, 0.2);
  }
  return value.squeeze(1);
}

double FeatureCritic::train(const at::Tensor& geant4, const at::Tensor& geant4_terms, const at::Tensor& generated,
                            const at::Tensor& generated_terms, double rate) {
  const auto real = geant4.detach().clone().set_requires_grad(true);
  const auto real_score = score(parameters_, real, geant4_terms);
  const auto loss =
      at::softplus(-real_score).mean() + at::softplus(score(parameters_, generated.detach(), generated_terms)).mean();
  const auto slope = torch::autograd::grad({real_score.sum()}, {real}, {}, true, true)[0];
  const auto penalty = slope.square().sum(1).mean() * (kPenalty / 2);
  torch::autograd::backward({loss + penalty}, {});
  adam_.step(parameters_, rate);
  return loss.item<double>();
}

at::Tensor FeatureCritic::generator_loss(const at::Tensor& generated, const at::Tensor& terms) const {
  TensorMap fixed;
  for (const auto& [name, tensor] : parameters_) fixed[name] = tensor.detach();
  return at::softplus(-score(fixed, generated, terms)).mean();
}

TensorMap FeatureCritic::state() const {
  TensorMap state;
  insert_under("network.", parameters_, state);
  insert_under("adam.", adam_.state(), state);
  return state;
}

void FeatureCritic::load_state(const TensorMap& state) {
  copy_values(take_under("network.", state), parameters_);
  adam_.load_state(take_under("adam.", state));
}

}  // namespace octocal::train
