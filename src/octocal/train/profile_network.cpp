// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/profile_network.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>
#include <vector>

namespace octocal::train {
namespace {

constexpr double kLatentGev = 100;

at::Tensor indices(const std::vector<std::int64_t>& values, const at::Tensor& beside) {
  return at::tensor(values, at::kLong).to(beside.device());
}

struct Moves {
  at::Tensor log_gain, shift;
};

/// s (after tanh) and t of a coupling, from the numbers it is given.
Moves moves(const model::Coupling& coupling, const TensorMap& parameters, const at::Tensor& given, const at::Tensor& e,
            const HiddenMask& mask) {
  auto hidden = at::cat({at::clamp(given, -model::kCouplingReach, model::kCouplingReach), e}, 1);
  for (const char* layer : {".hidden1", ".hidden2"}) {
    hidden = at::linear(hidden, parameters.at(coupling.name + layer + ".weight"),
                        parameters.at(coupling.name + layer + ".bias"));
    hidden = at::leaky_relu(hidden, model::kProfileSlope);
    if (mask) hidden = hidden * mask(hidden.size(0), hidden.size(1));
  }
  const auto output = at::linear(hidden, parameters.at(coupling.name + ".output.weight"),
                                 parameters.at(coupling.name + ".output.bias"));
  const auto count = static_cast<std::int64_t>(coupling.changed.size());
  return {at::tanh(output.narrow(1, 0, count)), output.narrow(1, count, count)};
}

/// `values` with the columns of the coupling's changed numbers replaced.
at::Tensor replace_changed(const model::Coupling& coupling, const at::Tensor& values, const at::Tensor& changed) {
  return values.index_copy(1, indices(coupling.changed, values), changed);
}

at::Tensor bends(const TensorMap& parameters, const std::string& name, const at::Tensor& values) {
  const auto& knots = model::profile_knots();
  auto result = values * parameters.at(name + ".slope") + parameters.at(name + ".offset");
  const auto& bend = parameters.at(name + ".bends");
  for (std::size_t k = 0; k < knots.size(); ++k)
    result = result + at::relu(values - static_cast<double>(knots[k])) * bend.select(1, static_cast<std::int64_t>(k));
  return result;
}

at::Tensor shares(const at::Tensor& along, std::int64_t count) {
  const auto axes = at::tensor(model::helmert_axes(count)).view({count - 1, count}).to(along.device());
  const auto raw = at::softmax(at::matmul(along, axes), 1);
  const double empty = model::kEmptyShare / (1 + static_cast<double>(count) * model::kEmptyShare);
  const auto filled = at::relu(raw - empty);
  return filled / filled.sum(1, true);
}

}  // namespace

Profiles profiles_of(const at::Tensor& cells) {
  const auto plane = cells.sum(2);  // (n, x, z)
  return {plane.sum(2), cells.sum({1, 3}), plane.sum(1)};
}

at::Tensor relative_energy(const TensorMap& parameters, const at::Tensor& energy) {
  return ((energy - parameters.at("profile.centre")) / parameters.at("profile.half_range")).unsqueeze(1);
}

at::Tensor energy_powers(const at::Tensor& e) {
  std::vector<at::Tensor> powers = {at::ones_like(e)};
  while (static_cast<std::int64_t>(powers.size()) < model::kEnergyTerms) powers.push_back(powers.back() * e);
  return at::cat(powers, 1);
}

at::Tensor draw_codes(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& normal,
                      const at::Tensor& energy) {
  const auto e = relative_energy(parameters, energy);
  const auto numbers = model::description_size(spec.network.image);
  auto codes = normal.narrow(1, 0, numbers);
  for (const auto& coupling : model::couplings(spec.profile, numbers)) {
    const auto given = codes.index_select(1, indices(coupling.given, codes));
    const auto [log_gain, shift] = moves(coupling, parameters, given, e, {});
    const auto changed = codes.index_select(1, indices(coupling.changed, codes));
    codes = replace_changed(coupling, codes, changed * at::exp(log_gain) + shift);
  }
  return codes;
}

Encoded encode(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& codes,
               const at::Tensor& energy, const HiddenMask& mask) {
  const auto e = relative_energy(parameters, energy);
  const auto all = model::couplings(spec.profile, model::description_size(spec.network.image));
  auto normal = codes;
  auto log_volume = at::zeros({codes.size(0)}, codes.options());
  for (auto coupling = all.rbegin(); coupling != all.rend(); ++coupling) {
    const auto given = normal.index_select(1, indices(coupling->given, normal));
    const auto [log_gain, shift] = moves(*coupling, parameters, given, e, mask);
    const auto changed = normal.index_select(1, indices(coupling->changed, normal));
    normal = replace_changed(*coupling, normal, (changed - shift) * at::exp(-log_gain));
    log_volume = log_volume - log_gain.sum(1);
  }
  return {normal, log_volume};
}

at::Tensor decode_description(const TensorMap& parameters, const at::Tensor& codes, const at::Tensor& energy) {
  auto numbers = bends(parameters, "profile.outer", codes);
  numbers = at::matmul(numbers, parameters.at("profile.axes")) + parameters.at("profile.mean");
  return bends(parameters, "profile.inner", numbers) +
         at::matmul(energy_powers(relative_energy(parameters, energy)), parameters.at("profile.trend"));
}

Profiles decode_profiles(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& codes,
                         const at::Tensor& energy) {
  const auto& image = spec.network.image;
  const auto numbers = decode_description(parameters, codes, energy);
  const auto ecal = at::exp(numbers.narrow(1, 0, 1)) * energy.unsqueeze(1);
  return {shares(numbers.narrow(1, image.z, image.x - 1), image.x) * ecal,
          shares(numbers.narrow(1, image.z + image.x - 1, image.y - 1), image.y) * ecal,
          shares(numbers.narrow(1, 1, image.z - 1), image.z) * ecal};
}

at::Tensor dense_input(const model::GeneratorSpec& spec, const at::Tensor& codes, const at::Tensor& normal,
                       const at::Tensor& energy) {
  const auto numbers = codes.size(1);
  const auto free = normal.narrow(1, numbers, static_cast<std::int64_t>(spec.latent_size) - 1 - numbers);
  const auto one = at::ones({codes.size(0), 1}, codes.options());
  return at::cat({codes, free, one}, 1) * (energy / kLatentGev).unsqueeze(1);
}

at::Tensor fit_to_profiles(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& rectified,
                           const Profiles& profiles) {
  const auto image = rectified.permute({0, 2, 3, 1});
  auto cells = image * (image + parameters.at("output.lift")) * parameters.at("output.map").permute({1, 2, 0}) +
               static_cast<double>(model::kLeastImage);
  const auto scaled = [&cells](const at::Tensor& energy, at::IntArrayRef others, at::IntArrayRef shape) {
    const auto factor = energy.view(shape) / at::clamp_min(cells.sum(others, true), model::kFitFloor);
    return cells * factor;
  };
  for (std::int64_t round = 0; round < spec.profile.fitting_rounds; ++round) {
    cells = scaled(profiles.x, {2, 3}, {-1, profiles.x.size(1), 1, 1});
    cells = scaled(profiles.y, {1, 3}, {-1, 1, profiles.y.size(1), 1});
    cells = scaled(profiles.z, {1, 2}, {-1, 1, 1, profiles.z.size(1)});
  }
  return cells;
}

}  // namespace octocal::train
