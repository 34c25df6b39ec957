// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/convolution_geometry.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"

namespace octocal::model {
namespace {

// Larger numbers are no detector's; they would only overflow the arithmetic below.
constexpr std::int64_t kLargestSize = 1 << 20;

class GeometryReader {
 public:
  GeometryReader(const Node& node, const std::string& origin) : node_(node), origin_(origin) {}

  [[noreturn]] void fail(const std::string& problem) const {
    throw bad_input(
        fmt::format("{}: node {} ({}): {}; export the model again", origin_, node_.name, node_.op, problem));
  }

  /// An integer list attribute of `count` entries in [low, kLargestSize].
  std::vector<std::int64_t> list(const char* attribute, std::size_t count, std::int64_t low,
                                 std::int64_t otherwise) const {
    const auto values = node_.integers(attribute, std::vector<std::int64_t>(count, otherwise));
    if (values.size() != count) {
      fail(fmt::format("attribute {} has {} entries (expected {})", attribute, values.size(), count));
    }
    for (const std::int64_t value : values) {
      if (value < low || value > kLargestSize) {
        fail(fmt::format("attribute {} is {} (expected {} to {})", attribute, value, low, kLargestSize));
      }
    }
    return values;
  }

 private:
  const Node& node_;
  const std::string& origin_;
};

void check_ranks_and_sizes(const GeometryReader& reader, const Shape& input, const Shape& weight) {
  if (input.size() < 3 || input.size() > 5) {
    reader.fail(
        fmt::format("input has shape {} (expected (N, channels) and one to three more axes)", to_string(input)));
  }
  if (weight.size() != input.size()) {
    reader.fail(fmt::format("weight has shape {}, which does not fit the input's {} (expected {} axes)",
                            to_string(weight), to_string(input), input.size()));
  }
  for (std::size_t axis = 0; axis < input.size(); ++axis) {
    if (axis > 0 && (input[axis] < 1 || input[axis] > kLargestSize)) {
      reader.fail(fmt::format("input has shape {} (only axis 0 may be free or empty)", to_string(input)));
    }
    if (weight[axis] < 1 || weight[axis] > kLargestSize) {
      reader.fail(fmt::format("weight has shape {} (expected sizes of at least 1)", to_string(weight)));
    }
  }
}

void read_channels(const GeometryReader& reader, const Node& node, const Shape& input, const Shape& weight,
                   ConvolutionGeometry& g) {
  g.groups = node.integer("group", 1);
  if (g.groups < 1 || g.groups > kLargestSize) reader.fail(fmt::format("attribute group is {}", g.groups));
  g.input_channels = input[1];
  const std::int64_t expected_input = g.transposed ? weight[0] : weight[1] * g.groups;
  g.output_channels = g.transposed ? weight[1] * g.groups : weight[0];
  if (expected_input != g.input_channels) {
    reader.fail(fmt::format("weight {} with {} group(s) takes {} channels, the input {} has {}", to_string(weight),
                            g.groups, expected_input, to_string(input), g.input_channels));
  }
  if (g.input_channels % g.groups != 0 || g.output_channels % g.groups != 0) {
    reader.fail(
        fmt::format("{} channels to {} do not divide into {} groups", g.input_channels, g.output_channels, g.groups));
  }
}

}  // namespace

std::uint64_t ConvolutionGeometry::macs() const noexcept {
  // Conv: each output cell sees the kernel once; ConvTranspose: each input cell does.
  const Axes& cells = transposed ? input : output;
  std::uint64_t product = static_cast<std::uint64_t>(input_channels / groups * output_channels);
  for (std::size_t axis = 0; axis < 3; ++axis) product *= static_cast<std::uint64_t>(cells[axis] * kernel[axis]);
  return product;
}

ConvolutionGeometry convolution_geometry(const Node& node, const Shape& input, const Shape& weight,
                                         const std::string& origin) {
  const GeometryReader reader(node, origin);
  check_ranks_and_sizes(reader, input, weight);
  ConvolutionGeometry g;
  g.transposed = node.op == "ConvTranspose";
  g.spatial_rank = input.size() - 2;
  read_channels(reader, node, input, weight, g);

  const std::size_t rank = g.spatial_rank;
  const auto strides = reader.list("strides", rank, 1, 1);
  const auto dilations = reader.list("dilations", rank, 1, 1);
  const auto pads = reader.list("pads", 2 * rank, 0, 0);
  const auto output_padding = reader.list("output_padding", rank, 0, 0);
  const std::string auto_pad = node.text("auto_pad", "NOTSET");
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (auto_pad != "NOTSET" && auto_pad != "VALID" && (!same || g.transposed)) {
    reader.fail(fmt::format("auto_pad {} is not supported (expected {}); give pads instead", auto_pad,
                            g.transposed ? "NOTSET or VALID" : "NOTSET, VALID, SAME_UPPER or SAME_LOWER"));
  }
  const bool sized = node.attributes.contains("output_shape");
  const auto output_shape = reader.list("output_shape", rank, 1, 1);
  if (sized && (auto_pad != "NOTSET" || !g.transposed))
    reader.fail("attribute output_shape beside auto_pad is not supported; give pads instead");
  if (const auto shape = node.integers("kernel_shape", {});
      !shape.empty() && shape != Shape(weight.begin() + 2, weight.end())) {
    reader.fail(fmt::format("attribute kernel_shape {} differs from the weight's shape {}", to_string(shape),
                            to_string(weight)));
  }

  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t axis = 3 - rank + i;
    g.input[axis] = input[2 + i];
    g.kernel[axis] = weight[2 + i];
    g.stride[axis] = strides[i];
    g.dilation[axis] = dilations[i];
    if (auto_pad == "NOTSET") {
      g.pad_begin[axis] = pads[i];
      g.pad_end[axis] = pads[rank + i];
    }
    const std::int64_t reach = (g.kernel[axis] - 1) * g.dilation[axis] + 1;
    if (same) {
      const std::int64_t wanted = (g.input[axis] + g.stride[axis] - 1) / g.stride[axis];
      const std::int64_t total = std::max<std::int64_t>(0, (wanted - 1) * g.stride[axis] + reach - g.input[axis]);
      g.pad_begin[axis] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      g.pad_end[axis] = total - g.pad_begin[axis];
    }
    if (sized) {
      const std::int64_t cropped = (g.input[axis] - 1) * g.stride[axis] + reach + output_padding[i] - output_shape[i];
      // Runtimes disagree on where the odd cell goes.
      if (cropped < 0 || cropped % 2 != 0)
        reader.fail(
            fmt::format("output_shape {} along spatial axis {} crops {} cells (expected an even number); give "
                        "pads instead",
                        output_shape[i], i, cropped));
      g.pad_begin[axis] = g.pad_end[axis] = cropped / 2;
    }
    const std::int64_t padding = g.pad_begin[axis] + g.pad_end[axis];
    if (g.transposed) {
      g.output[axis] = (g.input[axis] - 1) * g.stride[axis] + reach + output_padding[i] - padding;
    } else {
      // Truncating division would make 1 of a kernel that does not fit.
      const std::int64_t room = g.input[axis] + padding - reach;
      g.output[axis] = room < 0 ? 0 : room / g.stride[axis] + 1;
    }
    if (g.output[axis] < 1 || g.output[axis] > kLargestSize) {
      reader.fail(fmt::format(
          "output would have size {} along spatial axis {} (input {}, kernel {}, pads {} and {}, "
          "stride {})",
          g.output[axis], i, g.input[axis], g.kernel[axis], g.pad_begin[axis], g.pad_end[axis], g.stride[axis]));
    }
  }
  return g;
}

}  // namespace octocal::model
