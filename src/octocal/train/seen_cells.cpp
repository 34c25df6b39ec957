// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/seen_cells.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "octocal/model/cells_spec.hpp"

namespace octocal::train {
namespace {

/// 1 where an earlier head than k draws: (x, y, 1).
at::Tensor drawn_before(std::int64_t k, const at::Tensor& cells) {
  auto mask = at::zeros({cells.size(1), cells.size(2), 1}, cells.options());
  for (std::int64_t earlier = 0; earlier < k; ++earlier) {
    const auto pass = model::cell_pass(earlier, {cells.size(1), cells.size(2), cells.size(3)});
    mask.slice(0, pass.first_x, cells.size(1), 2).slice(1, pass.first_y, cells.size(2), 2).fill_(1);
  }
  return mask;
}

/// Energy that the cells (n, x, y, z) have not used up, or its least share.
Profiles left_of(const Profiles& profiles, const at::Tensor& cells) {
  const auto kept = [](const at::Tensor& left, const at::Tensor& whole) {
    return at::maximum(left, whole * model::kLeastLeft);
  };
  return {kept(profiles.x - cells.sum({2, 3}), profiles.x), kept(profiles.y - cells.sum({1, 3}), profiles.y),
          kept(profiles.z - cells.sum({1, 2}), profiles.z)};
}

/// How much of a shower head k sees, and of what size all is.
struct Seen {
  std::int64_t k = 0, nx = 0, ny = 0, nz = 0;

  std::int64_t planes() const { return model::cell_planes(k); }
  bool is_drawn(std::int64_t x, std::int64_t y) const { return model::head_of(x, y) < k; }
};

/// Logarithms of the energies that a shower has left in its columns, rows and layers, and of their sum.
struct LogsLeft {
  std::vector<float> x, y, z;
  float sum = 0;

  LogsLeft(const Seen& seen, const float* whole_x, const float* whole_y, const float* whole_z, const float* spent)
      : x(whole_x, whole_x + seen.nx), y(whole_y, whole_y + seen.ny), z(whole_z, whole_z + seen.nz) {
    if (seen.k > 0) {
      for (std::int64_t i = 0; i < seen.nx; ++i)
        for (std::int64_t j = 0; j < seen.ny; ++j, spent += seen.nz) {
          if (!seen.is_drawn(i, j)) continue;
          float row = 0;
          for (std::int64_t l = 0; l < seen.nz; ++l) {
            row += spent[l];
            z[static_cast<std::size_t>(l)] -= spent[l];
          }
          x[static_cast<std::size_t>(i)] -= row;
          y[static_cast<std::size_t>(j)] -= row;
        }
      const auto keep = [](std::vector<float>& left, const float* whole) {
        for (auto& energy : left) energy = std::max(energy, *whole++ * static_cast<float>(model::kLeastLeft));
      };
      keep(x, whole_x);
      keep(y, whole_y);
      keep(z, whole_z);
    }
    for (const float energy : z) sum += energy;
    const auto log_of = [](float energy) {
      return std::log(std::max(energy, static_cast<float>(model::kLeastSliceGev)));
    };
    sum = log_of(sum);
    for (auto* logs : {&x, &y, &z})
      for (auto& energy : *logs) energy = log_of(energy);
  }
};

/// One shower. trunk: (nx, ny, trunk_channels), cells, spent: (nx, ny, nz), out: (nx, ny, channels).
void see_shower(const Seen& seen, const LogsLeft& left, const float* trunk, std::int64_t trunk_channels,
                const float* cells, float* out) {
  const auto floor = static_cast<float>(std::log(model::kMapFloorGev));
  constexpr auto kScale = static_cast<float>(model::kMapScale);
  constexpr auto kOffset = static_cast<float>(model::kMapOffset);
  for (std::int64_t i = 0; i < seen.nx; ++i)
    for (std::int64_t j = 0; j < seen.ny; ++j) {
      out = std::copy_n(trunk, trunk_channels, out);
      trunk += trunk_channels;
      const float here = left.x[static_cast<std::size_t>(i)] + left.y[static_cast<std::size_t>(j)] - 2 * left.sum;
      for (std::size_t l = 0; l < left.z.size(); ++l) *out++ = std::max(here + left.z[l], floor) * kScale + kOffset;
      if (seen.planes() == 1) continue;
      std::fill_n(out, 2 * seen.nz, 0.0F);
      for (std::int64_t l = 0; seen.is_drawn(i, j) && l < seen.nz; ++l) {
        if (!(cells[l] > 0)) continue;
        out[l] = std::log1p(cells[l] / static_cast<float>(model::kSeenGev)) / static_cast<float>(model::kSeenScale);
        out[seen.nz + l] = 1;
      }
      cells += seen.nz;
      out += 2 * seen.nz;
    }
}

at::Tensor see(std::int64_t k, const at::Tensor& trunk, const Profiles& profiles, const at::Tensor& cells,
               const at::Tensor& spent) {
  const auto n = profiles.z.size(0);
  const Seen seen{k, profiles.x.size(1), profiles.y.size(1), profiles.z.size(1)};
  const auto pixels = trunk.defined() ? trunk.permute({0, 2, 3, 1}).contiguous() : at::Tensor();
  const auto channels = trunk.defined() ? pixels.size(3) : 0;
  const auto drawn = k > 0 ? cells.contiguous() : at::Tensor();
  const auto taken = k > 0 ? spent.contiguous() : at::Tensor();
  const Profiles whole = {profiles.x.contiguous(), profiles.y.contiguous(), profiles.z.contiguous()};
  auto out = at::empty({n, seen.nx, seen.ny, channels + seen.planes() * seen.nz}, profiles.z.options());
  const auto row = [](const at::Tensor& tensor, std::int64_t i) {
    return tensor.defined() ? tensor.data_ptr<float>() + i * tensor.stride(0) : nullptr;
  };
  at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const LogsLeft left(seen, row(whole.x, i), row(whole.y, i), row(whole.z, i), row(taken, i));
      see_shower(seen, left, row(pixels, i), channels, row(drawn, i), row(out, i));
    }
  });
  return out.permute({0, 3, 1, 2});
}

class SeenCells : public torch::autograd::Function<SeenCells> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& trunk, std::int64_t k,
                            const at::Tensor& x, const at::Tensor& y, const at::Tensor& z, const at::Tensor& cells,
                            const at::Tensor& spent) {
    context->saved_data["channels"] = trunk.size(1);
    return see(k, trunk, {x, y, z}, cells, spent);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    return {gradients[0].narrow(1, 0, context->saved_data["channels"].toInt()),
            at::Tensor(),
            at::Tensor(),
            at::Tensor(),
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

/// map_of() in libtorch's operations.
at::Tensor plain_map_of(const Profiles& profiles) {
  const auto log_of = [](const at::Tensor& energy) { return at::log(energy.clamp_min(model::kLeastSliceGev)); };
  const auto n = profiles.z.size(0);
  const auto expected = log_of(profiles.z).view({n, -1, 1, 1}) - 2 * log_of(profiles.z.sum(1)).view({n, 1, 1, 1}) +
                        log_of(profiles.x).view({n, 1, -1, 1}) + log_of(profiles.y).view({n, 1, 1, -1});
  return expected.clamp_min(std::log(model::kMapFloorGev)) * model::kMapScale + model::kMapOffset;
}

}  // namespace

at::Tensor map_of(const Profiles& profiles) {
  if (!profiles.z.is_cpu()) return plain_map_of(profiles).contiguous(at::MemoryFormat::ChannelsLast);
  return see(0, {}, profiles, {}, {});
}

at::Tensor seen_cells(std::int64_t k, const at::Tensor& trunk, const Profiles& profiles, const at::Tensor& cells,
                      const at::Tensor& spent) {
  if (!trunk.is_cpu()) return plain_seen_cells(k, trunk, profiles, cells, spent);
  return SeenCells::apply(trunk, k, profiles.x, profiles.y, profiles.z, cells, spent);
}

at::Tensor plain_seen_cells(std::int64_t k, const at::Tensor& trunk, const Profiles& profiles, const at::Tensor& cells,
                            const at::Tensor& spent) {
  std::vector<at::Tensor> parts = {trunk};
  if (k == 0) {
    parts.push_back(plain_map_of(profiles));
  } else {
    const auto before = drawn_before(k, cells);
    const auto drawn = (cells * before).permute({0, 3, 1, 2});
    parts.insert(parts.end(), {plain_map_of(left_of(profiles, spent * before)),
                               at::log1p(drawn / model::kSeenGev) / model::kSeenScale, (drawn > 0).to(drawn.dtype())});
  }
  return at::cat(parts, 1).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace octocal::train
