// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::model::shapes {
namespace {

Value convolution(const NodeView& node) {
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    if (node.has(i)) node.expect_float(i);
  }
  const Shape& input = node.input(0).shape;
  const ConvolutionGeometry g = convolution_geometry(node.node(), input, node.input(1).shape, node.origin());
  if (node.has(2)) node.expect_shape(2, {g.output_channels}, "bias");
  Shape out{input[0], g.output_channels};
  out.insert(out.end(), g.output.end() - static_cast<std::ptrdiff_t>(g.spatial_rank), g.output.end());
  return {"", node.input(0).type, out};
}

}  // namespace

std::span<const OpRule> convolution_rules() {
  static const std::vector<OpRule> rules{
      {"Conv", 2, 3, {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"}, convolution, kHasMacs},
      {"ConvTranspose",
       2,
       3,
       {"auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape", "pads", "strides"},
       convolution,
       kHasMacs},
  };
  return rules;
}

}  // namespace octocal::model::shapes
