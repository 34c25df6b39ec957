// SPDX-License-Identifier: Apache-2.0
#include "training/plain_cells.hpp"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <fmt/format.h>

#include <vector>

#include "octocal/model/cells_spec.hpp"
#include "octocal/train/cell_nats.hpp"
#include "octocal/train/cells_network.hpp"
#include "octocal/train/local_branch.hpp"
#include "octocal/train/profile_flow.hpp"
#include "octocal/train/seen_cells.hpp"

namespace octocal::bench {

PlainCellsStep::PlainCellsStep(const train::TrainingData& data, const train::CellsSettings& settings)
    : data_(data), settings_(settings), network_(train::make_cells_network(settings.generator, settings.seed)) {
  const auto cells = data.training.cells_gev(at::arange(20, at::kLong));
  train::set_bins(settings.generator, cells.masked_select(cells > 0), 1.5 * cells.max().item<double>(), 1, network_);
  std::vector<at::Tensor> trained;
  for (auto& [name, tensor] : network_) {
    if (!tensor.requires_grad()) continue;
    tensor = tensor.detach().contiguous().set_requires_grad(true);
    trained.push_back(tensor);
  }
  adam_ = std::make_unique<torch::optim::Adam>(trained, torch::optim::AdamOptions(1e-3));
}

at::Tensor PlainCellsStep::loss(const at::Tensor& cells, const at::Tensor& energy) const {
  const auto& spec = settings_.generator;
  train::ProfileSample sample;
  sample.add(cells, energy);
  const auto numbers = at::cat({describe(sample).to(at::kFloat), ((energy - 300) / 200).unsqueeze(1)}, 1);
  const auto offsets = at::linear(numbers, network_.at("condition.weight"), network_.at("condition.bias"))
                           .view({-1, 1 + spec.cells.trunk_layers, spec.cells.trunk, 1, 1});
  at::Tensor trunk = train::map_of(sample.profiles).contiguous();
  for (std::int64_t layer = 0; layer <= spec.cells.trunk_layers; ++layer) {
    const auto convolved =
        at::conv2d(trunk, network_.at(fmt::format("trunk{}.weight", layer)), {}, 1, layer == 0 ? 2 : 1);
    const auto active = at::leaky_relu(convolved + offsets.select(1, layer), model::kCellSlope);
    trunk = layer == 0 ? active : trunk + active;
  }
  const auto doubt = train::spending_doubt(settings_.seed, Draw::kTraining, 0, cells);
  auto nats = at::zeros({cells.size(0)});
  for (std::int64_t k = 0; k < model::kCellPasses; ++k) {
    const auto pass = model::cell_pass(k, spec.network.image);
    const auto name = fmt::format("head{}", k);
    const auto seen = train::plain_seen_cells(k, trunk, sample.profiles, cells, cells * doubt).contiguous();
    const auto hidden =
        at::leaky_relu(at::conv2d(seen, network_.at(name + ".conv.weight"), network_.at(name + ".conv.bias"), 2,
                                  {1 - pass.first_x, 1 - pass.first_y}),  // as many zeros behind as before: odd images
                       model::kCellSlope);
    const auto beside = seen.narrow(1, spec.cells.trunk, seen.size(1) - spec.cells.trunk);
    const auto values =
        at::conv2d(hidden, network_.at(name + ".out.weight"), network_.at(name + ".out.bias")) +
        train::plain_local_values({k, spec.network.image, beside, network_.at(name + ".local.weight"),
                                   network_.at(name + ".local.bias"), network_.at(name + ".local.out.weight")});
    const auto own =
        cells.permute({0, 3, 1, 2}).slice(2, pass.first_x, cells.size(1), 2).slice(3, pass.first_y, cells.size(2), 2);
    nats = nats + train::plain_cell_nats({values, own, network_.at("cells.log_density"), network_.at("cells.basis"),
                                          network_.at("cells.edges")});
  }
  return nats.mean();
}

void PlainCellsStep::run() {
  const auto rows = at::randint(data_.training.size(), {settings_.batch}, at::kLong);
  adam_->zero_grad();
  loss(data_.training.cells_gev(rows), data_.training.energy.index_select(0, rows)).backward();
  RECORD_FUNCTION("optimiser", std::vector<c10::IValue>());
  adam_->step();
}

}  // namespace octocal::bench
