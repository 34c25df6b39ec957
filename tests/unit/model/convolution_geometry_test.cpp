// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/convolution_geometry.hpp"

#include <gtest/gtest.h>

#include "unit/model/expect_error.hpp"

namespace octocal::model {
namespace {

using Integers = std::vector<std::int64_t>;
using Axes = ConvolutionGeometry::Axes;

Node node(const std::string& op, std::map<std::string, Attribute> attributes = {}) {
  return {"layer", op, {"x", "w"}, {"y"}, std::move(attributes)};
}

TEST(ConvolutionGeometry, PutsTwoAxesBehindOneOfSizeOne) {
  const auto g = convolution_geometry(node("Conv", {{"pads", Integers{3, 2, 4, 1}}, {"strides", Integers{1, 2}}}),
                                      {kBatch, 64, 30, 31}, {32, 64, 8, 5}, "test");
  EXPECT_EQ(g.spatial_rank, 2U);
  EXPECT_EQ(g.kernel, (Axes{1, 8, 5}));
  EXPECT_EQ(g.pad_begin, (Axes{0, 3, 2}));
  EXPECT_EQ(g.pad_end, (Axes{0, 4, 1}));
  EXPECT_EQ(g.output, (Axes{1, 30, 15}));
}

// The strides and crops of the paper's generator: 5 -> 15 -> 30.
TEST(ConvolutionGeometry, UpsamplesAsThePapersGeneratorDoes) {
  const auto up3 =
      convolution_geometry(node("ConvTranspose", {{"strides", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}}),
                           {kBatch, 32, 5, 5}, {32, 64, 5, 5}, "test");
  EXPECT_EQ(up3.output, (Axes{1, 15, 15}));
  EXPECT_EQ(up3.output_channels, 64);
  EXPECT_EQ(up3.macs(), 25U * 25U * 32U * 64U);
  const auto up2 =
      convolution_geometry(node("ConvTranspose", {{"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 2, 2}}}),
                           {kBatch, 64, 15, 15}, {64, 64, 5, 5}, "test");
  EXPECT_EQ(up2.output, (Axes{1, 30, 30}));
}

// Keras pads even kernels one more after than before; SAME_LOWER is the mirror image.
TEST(ConvolutionGeometry, ResolvesAutoPad) {
  const auto pads = [](const std::string& auto_pad) {
    return convolution_geometry(node("Conv", {{"auto_pad", auto_pad}}), {kBatch, 1, 30, 30}, {1, 1, 8, 8}, "test");
  };
  EXPECT_EQ(pads("SAME_UPPER").pad_begin, (Axes{0, 3, 3}));
  EXPECT_EQ(pads("SAME_UPPER").pad_end, (Axes{0, 4, 4}));
  EXPECT_EQ(pads("SAME_LOWER").pad_begin, (Axes{0, 4, 4}));
  EXPECT_EQ(pads("VALID").output, (Axes{1, 23, 23}));
  testing::expect_bad_input([&] { pads("SAME"); }, {"layer", "SAME", "give pads"});
  testing::expect_bad_input(
      [] {
        convolution_geometry(node("ConvTranspose", {{"auto_pad", std::string("SAME_UPPER")}}), {kBatch, 1, 5, 5},
                             {1, 1, 3, 3}, "test");
      },
      {"SAME_UPPER", "NOTSET or VALID"});
}

TEST(ConvolutionGeometry, TakesThreeAxes) {
  const auto g =
      convolution_geometry(node("Conv", {{"group", std::int64_t{2}}}), {kBatch, 4, 9, 8, 7}, {6, 2, 2, 3, 4}, "test");
  EXPECT_EQ(g.output, (Axes{8, 6, 4}));
  EXPECT_EQ(g.macs(), 8U * 6U * 4U * (2U * 3U * 4U) * 2U * 6U);
}

}  // namespace
}  // namespace octocal::model
