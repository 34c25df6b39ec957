// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "octocal/base/error.hpp"
#include "octocal/model/architecture.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/layer_summary.hpp"

// The three-dimensional baseline: sizes worked out by hand from the kernels, pads and factors that its header lists.

namespace octocal::model {
namespace {

GeneratorSpec baseline(OutputTransform output = OutputTransform::kEnergySquare) {
  GeneratorSpec spec;
  spec.architecture = Architecture::kConv3d;
  spec.output = output;
  return spec;
}

Graph graph_of(const GeneratorSpec& spec) { return build_generator(spec, random_generator_parameters(spec, 1)); }

TEST(Conv3dGenerator, HasTheShapesOfItsHeader) {
  const auto values = infer_shapes(graph_of(baseline()), "baseline");
  const auto shape = [&](const char* name) { return values.at(name).shape; };
  EXPECT_EQ(shape("dense:out"), (Shape{kBatch, 3136}));
  EXPECT_EQ(shape("seed:out"), (Shape{kBatch, 7, 7, 8, 8}));  // channels last
  EXPECT_EQ(shape("seed/channels_first:out"), (Shape{kBatch, 8, 7, 7, 8}));
  EXPECT_EQ(shape("conv1:out"), (Shape{kBatch, 64, 7, 7, 8}));
  EXPECT_EQ(shape("conv1/upsample:out"), (Shape{kBatch, 64, 14, 14, 16}));
  EXPECT_EQ(shape("conv1/pad:out"), (Shape{kBatch, 64, 18, 18, 16}));
  EXPECT_EQ(shape("conv2:out"), (Shape{kBatch, 6, 13, 14, 9}));
  EXPECT_EQ(shape("conv2/upsample:out"), (Shape{kBatch, 6, 26, 28, 27}));
  EXPECT_EQ(shape("conv2/pad:out"), (Shape{kBatch, 6, 28, 28, 33}));
  EXPECT_EQ(shape("conv3:out"), (Shape{kBatch, 6, 26, 26, 26}));
  EXPECT_EQ(shape("final:out"), (Shape{kBatch, 1, 25, 25, 25}));
  EXPECT_EQ(shape("cells"), (Shape{kBatch, 25, 25, 25}));
  EXPECT_EQ(infer_shapes(graph_of(baseline(OutputTransform::kRelu)), "baseline").at("cells").shape,
            (Shape{kBatch, 25, 25, 25}));
}

TEST(Conv3dGenerator, CountsParametersAndMacs) {
  const auto summary = summarize(graph_of(baseline()), "baseline");
  // Dense; weights and bias of three convolutions; gamma and beta of two batch norms; the last convolution.
  EXPECT_EQ(summary.parameters, 200U * 3136 + 3136 + 6 * 6 * 8 * 8 * 64 + 64 + 6 * 5 * 8 * 64 * 6 + 6 +
                                    3 * 3 * 8 * 6 * 6 + 6 + 2 * (64 + 6) + 2 * 2 * 2 * 6);
  EXPECT_EQ(summary.statistics, 2U * (64 + 6));
  EXPECT_EQ(summary.macs, 200U * 3136 + 7 * 7 * 8 * 6 * 6 * 8 * 8 * 64 + 13 * 14 * 9 * 6 * 5 * 8 * 64 * 6 +
                              26 * 26 * 26 * 3 * 3 * 8 * 6 * 6 + 25 * 25 * 25 * 2 * 2 * 2 * 6);
}

TEST(Conv3dGenerator, NamesOfArchitectures) {
  EXPECT_EQ(parse_architecture("conv3d"), Architecture::kConv3d);
  EXPECT_EQ(parse_architecture(name_of(Architecture::kConv2d)), Architecture::kConv2d);
  EXPECT_EQ(parse_architecture("conv4d"), std::nullopt);
}

TEST(Conv3dGenerator, RefusesParametersOfTheOtherNetwork) {
  EXPECT_THROW(build_generator(baseline(), random_generator_parameters({}, 1)), Error);
}

}  // namespace
}  // namespace octocal::model
