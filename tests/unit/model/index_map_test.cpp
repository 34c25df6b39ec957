// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/index_map.hpp"

#include <gtest/gtest.h>

#include "octocal/model/reference/evaluate.hpp"
#include "support/graph_maker.hpp"
#include "unit/model/expect_error.hpp"

// Resize and Pad by hand; against ONNX Runtime: tests/integration/onnxruntime.

namespace octocal::model {
namespace {

using testing::expect_bad_input;
using testing::GraphMaker;
using testing::Integers;

Tensor integers(const Integers& numbers) {
  return make_tensor(DataType::kInt64, {static_cast<std::int64_t>(numbers.size())},
                     std::span<const std::int64_t>(numbers));
}

AxisMap resized(std::int64_t extent, float scale, std::map<std::string, Attribute> attributes) {
  const Tensor scales = make_tensor({2}, {1, scale});
  return resize_maps({"up", "Resize", {}, {}, std::move(attributes)}, {kBatch, extent}, &scales, nullptr, "test")[1];
}

TEST(IndexMap, UpsamplingCopiesEachCellUnderEveryExportersConvention) {
  const AxisMap twice{0, 0, 1, 1, 2, 2};
  const AxisMap thrice{0, 0, 0, 1, 1, 1, 2, 2, 2};
  const std::map<std::string, Attribute> torch{{"coordinate_transformation_mode", std::string("asymmetric")},
                                               {"nearest_mode", std::string("floor")},
                                               {"cubic_coeff_a", -0.75F}};
  const std::map<std::string, Attribute> tensorflow{
      {"coordinate_transformation_mode", std::string("tf_half_pixel_for_nn")}, {"nearest_mode", std::string("floor")}};
  for (const auto& attributes : {std::map<std::string, Attribute>{}, torch, tensorflow}) {
    EXPECT_EQ(resized(3, 2, attributes), twice);
    EXPECT_EQ(resized(3, 3, attributes), thrice);
  }
  EXPECT_TRUE(resized(3, 1, {}).empty());
}

TEST(IndexMap, CornersAndRoundings) {
  const auto corners = [](const char* rounding) {
    return resized(
        3, 5.0F / 3,
        {{"coordinate_transformation_mode", std::string("align_corners")}, {"nearest_mode", std::string(rounding)}});
  };
  // Coordinates 0, 0.5, 1, 1.5, 2.
  EXPECT_EQ(corners("floor"), (AxisMap{0, 0, 1, 1, 2}));
  EXPECT_EQ(corners("ceil"), (AxisMap{0, 1, 1, 2, 2}));
  EXPECT_EQ(corners("round_prefer_floor"), (AxisMap{0, 0, 1, 1, 2}));
  EXPECT_EQ(corners("round_prefer_ceil"), (AxisMap{0, 1, 1, 2, 2}));
}

TEST(IndexMap, SizesStandForScales) {
  const Tensor sizes = integers({1, 2, 6});  // a batch that the exporter fixed at 1
  const Tensor none = make_tensor({0}, {});
  const Node node{"up", "Resize", {}, {}, {}};
  const auto maps = resize_maps(node, {kBatch, 2, 3}, &none, &sizes, "test");
  EXPECT_TRUE(maps[0].empty());
  EXPECT_TRUE(maps[1].empty());
  EXPECT_EQ(maps[2], (AxisMap{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(mapped_shape({kBatch, 2, 3}, maps), (Shape{kBatch, 2, 6}));
}

TEST(IndexMap, PadsFillAndCrop) {
  GraphMaker maker;
  const auto out =
      maker.node("Pad", {maker.input("x", {kBatch, 2, 3}), maker.constant("pads", integers({0, 1, -1, 0, 0, 2})),
                         maker.constant("fill", 9.0F)});
  const auto values = reference::evaluate(maker.finish({out}), {{"x", make_tensor({1, 2, 3}, {1, 2, 3, 4, 5, 6})}});
  const auto numbers = values.at(out).as<float>();
  EXPECT_EQ(values.at(out).shape, (Shape{1, 3, 4}));
  EXPECT_EQ(std::vector<float>(numbers.begin(), numbers.end()),
            (std::vector<float>{9, 9, 9, 9, 2, 3, 9, 9, 5, 6, 9, 9}));
}

TEST(IndexMap, RefusesWhatItDoesNotKnowNamingTheNode) {
  const Tensor scales = make_tensor({2}, {1, 2});
  const Tensor batch = make_tensor({2}, {2, 1});
  const auto resize = [&](std::map<std::string, Attribute> attributes, const Tensor* given) {
    return resize_maps({"up", "Resize", {}, {}, std::move(attributes)}, {kBatch, 3}, given, nullptr, "m.onnx");
  };
  expect_bad_input([&] { resize({{"mode", std::string("linear")}}, &scales); }, {"m.onnx", "up", "mode linear"});
  expect_bad_input([&] { resize({{"nearest_mode", std::string("up")}}, &scales); }, {"nearest_mode up"});
  expect_bad_input([&] { resize({{"coordinate_transformation_mode", std::string("crop")}}, &scales); }, {"crop"});
  expect_bad_input([&] { resize({}, &batch); }, {"batch axis"});
  expect_bad_input([&] { resize({}, nullptr); }, {"either scales or sizes"});
  const Node pad{"pad", "Pad", {}, {}, {{"mode", std::string("mirror")}}};
  const Node plain{"pad", "Pad", {}, {}, {}};
  expect_bad_input([&] { pad_maps(pad, {kBatch, 3}, integers({0, 1, 0, 1}), "m.onnx"); }, {"mode mirror"});
  expect_bad_input([&] { pad_maps(plain, {kBatch, 3}, integers({1, 0, 0, 0}), "m.onnx"); }, {"batch axis"});
  expect_bad_input([&] { pad_maps(plain, {kBatch, 3}, integers({0, -2, 0, -1}), "m.onnx"); }, {"pads -2 and -1"});
  expect_bad_input([&] { pad_maps(plain, {kBatch, 3}, integers({0, 1}), "m.onnx"); }, {"2 pads", "expected 4"});
}

}  // namespace
}  // namespace octocal::model
