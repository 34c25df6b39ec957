// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/reference/operation.hpp"

// Conv and ConvTranspose over three spatial axes (two: the first has size 1). Both are the same set of products
// (input cell, kernel cell, output cell); a row of cells is the innermost loop, so that it vectorises.

namespace octocal::model::reference {
namespace {

using Axes = ConvolutionGeometry::Axes;

std::size_t cells(const Axes& axes) { return static_cast<std::size_t>(axes[0] * axes[1] * axes[2]); }

/// The indices `i` in [first, last) of the axis that moves by one for which i * stride + shift lies in [0, size).
struct Range {
  std::int64_t first;
  std::int64_t last;
};
Range indices_within(std::int64_t count, std::int64_t stride, std::int64_t shift, std::int64_t size) {
  const std::int64_t first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  const std::int64_t last = size - 1 - shift < 0 ? 0 : (size - 1 - shift) / stride + 1;
  return {std::min(first, count), std::min(last, count)};
}

/// Calls row(small, large, count) for each row of products of one kernel cell k. `small` walks one cell at a time
/// (Conv: the output, ConvTranspose: the input), `large` by the stride (the other one):
/// large = small * stride + k * dilation - pad_begin, in every axis.
template <typename Row>
void for_each_row(const ConvolutionGeometry& g, const Axes& small_size, const Axes& large_size, const Axes& k,
                  const Row& row) {
  Axes shift;
  std::array<Range, 3> range;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    shift[axis] = k[axis] * g.dilation[axis] - g.pad_begin[axis];
    range[axis] = indices_within(small_size[axis], g.stride[axis], shift[axis], large_size[axis]);
  }
  const std::int64_t count = range[2].last - range[2].first;
  if (count <= 0) return;
  for (std::int64_t a = range[0].first; a < range[0].last; ++a) {
    for (std::int64_t b = range[1].first; b < range[1].last; ++b) {
      const std::int64_t small = (a * small_size[1] + b) * small_size[2] + range[2].first;
      const std::int64_t large =
          ((a * g.stride[0] + shift[0]) * large_size[1] + b * g.stride[1] + shift[1]) * large_size[2] +
          range[2].first * g.stride[2] + shift[2];
      row(static_cast<std::size_t>(small), static_cast<std::size_t>(large), static_cast<std::size_t>(count));
    }
  }
}

template <typename Body>
void for_each_kernel_cell(const Axes& kernel, const Body& body) {
  std::size_t offset = 0;
  for (std::int64_t a = 0; a < kernel[0]; ++a) {
    for (std::int64_t b = 0; b < kernel[1]; ++b) {
      for (std::int64_t c = 0; c < kernel[2]; ++c) body(Axes{a, b, c}, offset++);
    }
  }
}

/// Adds what one input plane gives to one output plane.
void add_plane(const ConvolutionGeometry& g, const double* in, const double* weight, double* out) {
  const auto stride = static_cast<std::size_t>(g.stride[2]);
  for_each_kernel_cell(g.kernel, [&](const Axes& k, std::size_t offset) {
    const double w = weight[offset];
    if (g.transposed) {
      for_each_row(g, g.input, g.output, k, [&](std::size_t small, std::size_t large, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) out[large + i * stride] += w * in[small + i];
      });
    } else if (stride == 1) {
      for_each_row(g, g.output, g.input, k, [&](std::size_t small, std::size_t large, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) out[small + i] += w * in[large + i];
      });
    } else {
      for_each_row(g, g.output, g.input, k, [&](std::size_t small, std::size_t large, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) out[small + i] += w * in[large + i * stride];
      });
    }
  });
}

Tensor convolve(const Operation& op) {
  const auto g = convolution_geometry(op.node, op.input(0).shape, op.input(1).shape, "reference");
  const auto in = numbers_of(op.input(0));
  const auto weight = numbers_of(op.input(1));
  const auto bias =
      op.has(2) ? numbers_of(op.input(2)) : std::vector<double>(static_cast<std::size_t>(g.output_channels));
  const auto in_channels = static_cast<std::size_t>(g.input_channels);
  const auto out_channels = static_cast<std::size_t>(g.output_channels);
  const std::size_t in_group = in_channels / static_cast<std::size_t>(g.groups);
  const std::size_t out_group = out_channels / static_cast<std::size_t>(g.groups);
  const std::size_t in_cells = cells(g.input);
  const std::size_t out_cells = cells(g.output);
  const std::size_t kernel_cells = cells(g.kernel);

  std::vector<double> out(elements(op.shape));
  const auto batch = static_cast<std::size_t>(op.shape[0]);
  for (std::size_t shower = 0; shower < batch; ++shower) {
    for (std::size_t oc = 0; oc < out_channels; ++oc) {
      double* out_plane = out.data() + (shower * out_channels + oc) * out_cells;
      std::fill_n(out_plane, out_cells, 0.0);
      const std::size_t group = oc / out_group;
      for (std::size_t i = 0; i < in_group; ++i) {
        const std::size_t ic = group * in_group + i;
        // Weights: Conv (out, in of the group, kernel), ConvTranspose (in, out of the group, kernel).
        const std::size_t pair = g.transposed ? ic * out_group + oc % out_group : oc * in_group + i;
        add_plane(g, in.data() + (shower * in_channels + ic) * in_cells, weight.data() + pair * kernel_cells,
                  out_plane);
      }
      for (std::size_t cell = 0; cell < out_cells; ++cell) out_plane[cell] += bias[oc];
    }
  }
  return tensor_of(op.type, op.shape, out);
}

}  // namespace

Tensor conv(const Operation& operation) { return convolve(operation); }
Tensor conv_transpose(const Operation& operation) { return convolve(operation); }

}  // namespace octocal::model::reference
