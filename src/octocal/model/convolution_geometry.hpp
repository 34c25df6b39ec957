// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Sizes of a Conv or ConvTranspose with every default and auto_pad resolved.
///
/// There are always three spatial axes: a convolution over two (or one) has leading axes of size 1 with stride 1,
/// dilation 1 and no padding, so that loops written for three serve all.
struct ConvolutionGeometry {
  using Axes = std::array<std::int64_t, 3>;

  bool transposed = false;
  std::size_t spatial_rank = 2;  ///< axes that the node really has
  std::int64_t groups = 1;
  std::int64_t input_channels = 0;
  std::int64_t output_channels = 0;
  Axes input{1, 1, 1};
  Axes kernel{1, 1, 1};
  Axes stride{1, 1, 1};
  Axes dilation{1, 1, 1};
  Axes pad_begin{0, 0, 0};  ///< zeros before (Conv) or output cells cropped before (ConvTranspose)
  Axes pad_end{0, 0, 0};
  Axes output{1, 1, 1};

  /// Multiply-accumulates of one shower, border included as if it were not there (the usual way to count).
  std::uint64_t macs() const noexcept;
};

/// Reads the geometry of a Conv or ConvTranspose.
///
/// `input` is (N, C, spatial...), `weight` (M, C/groups, kernel...) for Conv, (C, M/groups, kernel...) for
/// ConvTranspose. Conv knows auto_pad NOTSET, VALID, SAME_UPPER, SAME_LOWER; ConvTranspose NOTSET and VALID (runtimes
/// disagree on the others), and output_shape where that crops as much before as behind. Errors: bad_input naming `origin`, the node, expected and actual.
ConvolutionGeometry convolution_geometry(const Node& node, const Shape& input, const Shape& weight,
                                         const std::string& origin);

}  // namespace octocal::model
