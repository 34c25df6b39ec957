// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/local_branch.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/model/cells_spec.hpp"
#include "octocal/train/kernels/local_branch.hpp"

namespace octocal::train {
namespace {

constexpr auto kGroup = static_cast<std::int64_t>(kernels::kLocalLanes);
constexpr std::int64_t kBorder = model::kLocalTaps / 2;
constexpr std::int64_t kTaps = model::kLocalTaps * model::kLocalTaps;

/// (L, planes, 5, 5) as (groups, 25, planes, 16).
at::Tensor weight_lanes(const at::Tensor& weight, std::int64_t groups) {
  const auto filled = at::constant_pad_nd(weight, {0, 0, 0, 0, 0, 0, 0, groups * kGroup - weight.size(0)}, 0);
  return filled.view({groups, kGroup, weight.size(1), kTaps}).permute({0, 3, 2, 1}).contiguous();
}

/// What the kernel reads, and its memory.
struct Prepared {
  at::Tensor pixels;  ///< (n, x + 4, y + 4, planes, rounded layers)
  at::Tensor seen;    ///< (n, x + 4, y + 4): planes of each pixel that are not 0, as bytes
  at::Tensor weight, bias, out, out_turned;
  kernels::LocalBranch branch;

  explicit Prepared(const LocalHead& head) {
    const auto& image = head.image;
    const auto pass = model::cell_pass(head.k, image);
    const auto values = head.out.size(0), channels = head.weight.size(0), planes = head.weight.size(1);
    const auto groups = (channels + kGroup - 1) / kGroup;
    const auto fill = groups * kGroup - channels;
    weight = weight_lanes(head.weight, groups);
    bias = at::constant_pad_nd(head.bias, {0, fill}, 0).contiguous();
    out_turned =
        at::constant_pad_nd(head.out, {0, fill}, 0).view({values, groups, kGroup}).transpose(0, 1).contiguous();
    out = at::constant_pad_nd(out_turned.transpose(1, 2), {0, kGroup - values}, 0).contiguous();
    const auto rounded = static_cast<std::int64_t>(kernels::local_layers(static_cast<std::size_t>(image.z)));
    const auto n = head.seen.size(0), x = image.x, y = image.y;
    pixels = at::zeros({n, x + 2 * kBorder, y + 2 * kBorder, planes, rounded}, head.seen.options());
    seen = at::zeros({n, x + 2 * kBorder, y + 2 * kBorder}, at::kByte);
    place(head.seen, image.z);
    branch = {static_cast<std::size_t>(image.z),
              static_cast<std::size_t>(pass.columns),
              static_cast<std::size_t>(pass.rows),
              static_cast<std::size_t>(pass.first_x),
              static_cast<std::size_t>(pass.first_y),
              static_cast<std::size_t>(planes),
              static_cast<std::size_t>(image.y + 2 * kBorder),
              nullptr,
              nullptr,
              static_cast<std::size_t>(groups),
              weight.data_ptr<float>(),
              bias.data_ptr<float>(),
              out.data_ptr<float>(),
              static_cast<std::size_t>(values),
              static_cast<float>(model::kCellSlope)};
  }

  kernels::LocalBranch of(std::int64_t shower) const {
    auto own = branch;
    own.pixels = pixels.data_ptr<float>() + shower * pixels.stride(0);
    own.seen = seen.data_ptr<unsigned char>() + shower * seen.stride(0);
    return own;
  }

 private:
  void place(const at::Tensor& from, std::int64_t layers) {
    const auto channels = from.permute({0, 2, 3, 1});
    const auto read = channels.stride(3) == 1 ? channels : channels.contiguous();
    const auto planes = pixels.size(3), rounded = pixels.size(4);
    at::parallel_for(0, read.size(0), 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        for (std::int64_t x = 0; x < read.size(1); ++x)
          for (std::int64_t y = 0; y < read.size(2); ++y) {
            const float* source = read.data_ptr<float>() + i * read.stride(0) + x * read.stride(1) + y * read.stride(2);
            const auto pixel = (i * pixels.size(1) + x + kBorder) * pixels.size(2) + y + kBorder;
            float* to = pixels.data_ptr<float>() + pixel * planes * rounded;
            auto& count = seen.data_ptr<unsigned char>()[pixel];
            for (std::int64_t plane = 0; plane < planes; ++plane, source += layers, to += rounded) {
              std::copy_n(source, layers, to);
              if (std::any_of(source, source + layers, [](float number) { return number != 0; }))
                count = static_cast<unsigned char>(plane + 1);
            }
          }
    });
  }
};

class LocalValues : public torch::autograd::Function<LocalValues> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& values,
                            const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& out,
                            const at::Tensor& seen, std::int64_t k, std::vector<std::int64_t> image) {
    const LocalHead head{k, {image[0], image[1], image[2]}, seen, weight, bias, out};
    const Prepared prepared(head);
    const auto n = values.size(0);
    const auto hidden = at::empty({n, static_cast<std::int64_t>(kernels::local_hidden_size(prepared.branch))},
                                  values.options().memory_format(at::MemoryFormat::Contiguous));
    const auto sums = values.permute({0, 2, 3, 1}).clone(at::MemoryFormat::Contiguous);
    at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        kernels::add_local_values(prepared.of(i), hidden.data_ptr<float>() + i * hidden.stride(0),
                                  sums.data_ptr<float>() + i * sums.stride(0), machine_isa());
    });
    context->save_for_backward({weight, bias, out, seen, hidden});
    context->saved_data["k"] = k;
    context->saved_data["image"] = image;
    return sums.permute({0, 3, 1, 2});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto image = context->saved_data["image"].toIntVector();
    const LocalHead head{
        context->saved_data["k"].toInt(), {image[0], image[1], image[2]}, saved[3], saved[0], saved[1], saved[2]};
    const Prepared prepared(head);
    const auto of_values = gradients[0].permute({0, 2, 3, 1}).contiguous();
    const auto n = of_values.size(0);
    const auto each = [&](const at::Tensor& tensor) {
      auto sizes = tensor.sizes().vec();
      sizes.insert(sizes.begin(), n);
      return at::zeros(sizes, tensor.options());
    };
    const auto weight = each(prepared.weight), bias = each(prepared.bias), out = each(prepared.out_turned);
    const auto row = [](const at::Tensor& tensor, std::int64_t i) {
      return tensor.data_ptr<float>() + i * tensor.stride(0);
    };
    at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        kernels::add_local_gradient(prepared.of(i), prepared.out_turned.data_ptr<float>(), row(saved[4], i),
                                    row(of_values, i), {row(weight, i), row(bias, i), row(out, i)}, machine_isa());
    });
    const auto channels = head.weight.size(0), planes = head.weight.size(1), values = head.out.size(0);
    const auto of_weight = weight.sum(0)
                               .permute({0, 3, 2, 1})
                               .reshape({-1, planes, model::kLocalTaps, model::kLocalTaps})
                               .narrow(0, 0, channels);
    const auto of_out = out.sum(0).transpose(0, 1).reshape({values, -1}).narrow(1, 0, channels);
    return {gradients[0], of_weight,   bias.sum(0).narrow(0, 0, channels), of_out, at::Tensor(),
            at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor add_local_values(const LocalHead& head, const at::Tensor& values) {
  if (!values.is_cpu() || head.out.size(0) > kGroup ||
      head.image.z > static_cast<std::int64_t>(kernels::kMostLocalLayers))
    return values + plain_local_values(head);
  return LocalValues::apply(values, head.weight, head.bias, head.out, head.seen.detach(), head.k,
                            std::vector<std::int64_t>{head.image.x, head.image.y, head.image.z});
}

at::Tensor plain_local_values(const LocalHead& head) {
  const auto& image = head.image;
  const auto pass = model::cell_pass(head.k, image);
  const auto n = head.seen.size(0);
  const auto near = head.seen.detach().reshape({n, head.weight.size(1), image.z, image.x, image.y});
  // As many zeros around as the head's pixels need: the first tap of the first one lies two before it.
  const auto after = [](std::int64_t first, std::int64_t count, std::int64_t size) {
    return first + 2 * (count - 1) + kBorder + 1 - size;
  };
  const auto padded = at::constant_pad_nd(near, {kBorder - pass.first_y, after(pass.first_y, pass.rows, image.y),
                                                 kBorder - pass.first_x, after(pass.first_x, pass.columns, image.x)});
  const auto hidden =
      at::leaky_relu(at::conv3d(padded, head.weight.unsqueeze(2), head.bias, {1, 2, 2}), model::kCellSlope);
  return at::linear(hidden.permute({0, 2, 3, 4, 1}), head.out)
      .permute({0, 4, 1, 2, 3})
      .reshape({n, head.out.size(0) * image.z, pass.columns, pass.rows});
}

}  // namespace octocal::train
