// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cell_nats.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/train/kernels/cell_nats.hpp"

namespace octocal::train {
namespace {

constexpr double kLeastBinWidth = 1e-4;  // of log energy: narrower bins count as this wide
constexpr double kNoDensity = -1e30;     // of bins that fill up a multiple of the kernel's lanes

at::Tensor log_widths(const at::Tensor& edges) {
  const auto bins = edges.size(0) - 1;
  return at::log((edges.slice(0, 1, bins + 1) - edges.slice(0, 0, bins)).clamp_min(kLeastBinWidth));
}

/// Those between bins: what lies beyond the outer ones counts to the outer bins.
at::Tensor inner_edges(const at::Tensor& edges) { return edges.slice(0, 1, edges.size(0) - 1).contiguous(); }

class CellNats : public torch::autograd::Function<CellNats> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& values,
                            const at::Tensor& log_density, const at::Tensor& basis, const at::Tensor& cells,
                            const at::Tensor& edges, bool with_gradient) {
    const auto n = values.size(0);
    const auto bins = log_density.size(0);
    constexpr auto kLanes = static_cast<std::int64_t>(kernels::kDensityLanes);
    const auto missing = (kLanes - bins % kLanes) % kLanes;
    const auto filled = [&](const at::Tensor& tensor, double with) {
      return at::constant_pad_nd(tensor, {0, missing}, with).contiguous();
    };
    const auto density = filled(log_density, kNoDensity);
    const auto functions = filled(basis, 0);
    const auto widths = filled(log_widths(edges), 0);
    const auto there = cells.contiguous();
    const auto inner = inner_edges(edges);
    // Dense in whatever order of axes the values have.
    const bool dense = values.is_non_overlapping_and_dense();
    const auto read = dense ? values : values.contiguous();
    const kernels::CellDensity shared{static_cast<std::size_t>(basis.size(0)),
                                      static_cast<std::size_t>(bins + missing),
                                      density.data_ptr<float>(),
                                      functions.data_ptr<float>(),
                                      widths.data_ptr<float>(),
                                      inner.data_ptr<float>(),
                                      static_cast<std::size_t>(inner.size(0))};
    auto nats = at::empty({n}, values.options());
    at::Tensor values_gradient, density_gradient, basis_gradient;
    if (with_gradient) {
      values_gradient = at::zeros_like(read);
      density_gradient = at::zeros({n, bins + missing}, values.options());
      basis_gradient = at::zeros({n, basis.size(0), bins + missing}, values.options());
    }
    const auto isa = machine_isa();
    at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
      std::vector<float> memory(2 * (shared.bins + shared.statistics));
      for (std::int64_t i = first; i < last; ++i) {
        const auto each = there.stride(0);
        const kernels::HeadCells head{static_cast<std::size_t>(there.size(1)),
                                      static_cast<std::size_t>(there.size(2)),
                                      static_cast<std::size_t>(there.size(3)),
                                      there.data_ptr<float>() + i * each,
                                      read.data_ptr<float>() + i * read.stride(0),
                                      read.stride(1),
                                      read.stride(3)};
        kernels::NatsGradient gradient;
        if (with_gradient)
          gradient = {values_gradient.data_ptr<float>() + i * read.stride(0),
                      density_gradient.data_ptr<float>() + i * density_gradient.stride(0),
                      basis_gradient.data_ptr<float>() + i * basis_gradient.stride(0)};
        nats.data_ptr<float>()[i] = static_cast<float>(kernels::cell_nats(shared, head, gradient, memory.data(), isa));
      }
    });
    if (with_gradient)
      context->save_for_backward(
          {values_gradient, density_gradient.narrow(1, 0, bins), basis_gradient.narrow(2, 0, bins)});
    return nats;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto& of_nats = gradients[0];
    return {saved[0] * of_nats.view({-1, 1, 1, 1}),
            at::matmul(of_nats, saved[1]),
            (saved[2] * of_nats.view({-1, 1, 1})).sum(0),
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor cell_nats(const HeadNats& head) {
  if (!head.values.is_cpu()) return plain_cell_nats(head);
  return CellNats::apply(head.values, head.log_density, head.basis, head.cells, head.edges, at::GradMode::is_enabled());
}

at::Tensor plain_cell_nats(const HeadNats& head) {
  const auto& values = head.values;
  const auto layers = head.cells.size(1);
  const auto statistics = head.basis.size(0);
  const auto logit = values.narrow(1, 0, layers);
  const auto hit = head.cells > 0;
  const auto no_sign = at::softplus(at::where(hit, -logit, logit));
  const auto nats = no_sign.sum({1, 2, 3});
  const auto places = at::where(hit);
  const auto theta = values.view({values.size(0), 1 + statistics, layers, values.size(2), values.size(3)})
                         .narrow(1, 1, statistics)
                         .permute({0, 2, 3, 4, 1})
                         .index({places[0], places[1], places[2], places[3]});
  const auto density = at::log_softmax(at::addmm(head.log_density, theta, head.basis), 1);
  const auto energy = head.cells.index({places[0], places[1], places[2], places[3]});
  const auto bins = at::bucketize(at::log(energy), inner_edges(head.edges));
  const auto of_bin = density.gather(1, bins.unsqueeze(1)).squeeze(1) - log_widths(head.edges).index_select(0, bins);
  return nats.index_add(0, places[0], of_bin, -1);
}

}  // namespace octocal::train
