// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/reference/evaluate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "octocal/base/random.hpp"
#include "support/graph_maker.hpp"
#include "unit/model/expect_error.hpp"

// Numbers worked out by hand; every op against another runtime: tests/integration/onnxruntime.

namespace octocal::model::reference {
namespace {

using testing::GraphMaker;
using testing::Integers;

std::vector<float> run(GraphMaker& maker, const std::string& output, const Tensor& x) {
  const auto values = evaluate(maker.finish({output}), {{"x", x}});
  const auto numbers = values.at(output).as<float>();
  return {numbers.begin(), numbers.end()};
}

TEST(Reference, ConvolutionByHand) {
  GraphMaker maker;
  const auto w = maker.constant("w", make_tensor({1, 1, 2, 2}, {1, 10, 100, 1000}));
  const auto out =
      maker.node("Conv", {maker.input("x", {kBatch, 1, 2, 3}), w, maker.constant("b", make_tensor({1}, {0.5F}))},
                 {{"pads", Integers{0, 0, 1, 0}}});
  EXPECT_EQ(run(maker, out, make_tensor({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6})),
            (std::vector<float>{5421.5F, 6532.5F, 54.5F, 65.5F}));
}

TEST(Reference, TransposedConvolutionByHand) {
  GraphMaker maker;
  const auto w = maker.constant("w", make_tensor({1, 1, 1, 3}, {1, 10, 100}));
  const auto out = maker.node("ConvTranspose", {maker.input("x", {kBatch, 1, 1, 2}), w},
                              {{"strides", Integers{1, 2}}, {"pads", Integers{0, 1, 0, 0}}});
  // 3 * (1, 10, 100) and, two further on, 4 * (1, 10, 100); the first cell is cropped.
  EXPECT_EQ(run(maker, out, make_tensor({1, 1, 1, 2}, {3, 4})), (std::vector<float>{30, 304, 40, 400}));
}

/// Scattering what Conv gathers: <Conv(x), y> = <x, ConvTranspose(y)> for the same weight, strides and pads.
TEST(Reference, TransposedConvolutionIsTheAdjoint) {
  const std::map<std::string, Attribute> attributes{
      {"strides", Integers{2, 3}}, {"pads", Integers{1, 0, 2, 1}}, {"dilations", Integers{1, 2}}};
  const auto normal = [](const Shape& shape, std::uint64_t seed) {
    std::vector<float> numbers(elements(shape));
    normals(seed, Draw::kPhysics, 0, numbers);
    return make_tensor(shape, numbers);
  };
  const Shape big{1, 3, 8, 12};
  const Tensor w = normal({4, 3, 3, 3}, 1);
  const Tensor x = normal(big, 2);
  GraphMaker forward;
  const auto conv =
      forward.node("Conv", {forward.input("x", {kBatch, 3, 8, 12}), forward.constant("w", w)}, attributes);
  const Graph forward_graph = forward.finish({conv});
  Shape small = forward_graph.outputs[0].shape;
  EXPECT_EQ(small, (Shape{kBatch, 4, 5, 3}));
  small[0] = 1;
  const Tensor y = normal(small, 3);
  GraphMaker back;
  auto with_padding = attributes;
  with_padding["output_padding"] = Integers{0, 2};
  const auto transposed =
      back.node("ConvTranspose", {back.input("x", {kBatch, 4, 5, 3}), back.constant("w", w)}, with_padding);
  const auto a = evaluate(forward_graph, {{"x", x}}).at(conv);
  const auto b = evaluate(back.finish({transposed}), {{"x", y}}).at(transposed);
  EXPECT_EQ(b.shape, big);
  const auto dot = [](const Tensor& p, const Tensor& q) {
    double sum = 0;
    for (std::size_t i = 0; i < p.as<float>().size(); ++i) {
      sum += static_cast<double>(p.as<float>()[i]) * static_cast<double>(q.as<float>()[i]);
    }
    return sum;
  };
  EXPECT_NEAR(dot(a, y), dot(x, b), 1e-5 * std::fabs(dot(a, y)) + 1e-5);
}

TEST(Reference, QuantizesHalfToEvenAndSaturates) {
  GraphMaker maker;
  const std::int8_t zero = -1;
  const auto z = maker.constant("z", make_tensor(DataType::kInt8, {}, std::span<const std::int8_t>(&zero, 1)));
  const auto out = maker.node("QuantizeLinear", {maker.input("x", {kBatch}), maker.constant("s", 0.5F), z});
  const Tensor x = make_tensor({8}, {0.25F, 0.75F, -0.25F, -0.75F, 63.9F, 1e30F, -63.5F, -1e30F});
  const auto values = evaluate(maker.finish({out}), {{"x", x}});
  const auto q = values.at(out).as<std::int8_t>();
  // x / s = 0.5, 1.5, -0.5, -1.5, 127.8, big, -127, -big; then z = -1.
  EXPECT_EQ(std::vector<int>(q.begin(), q.end()), (std::vector<int>{-1, 1, -1, -3, 127, 127, -128, -128}));
}

TEST(Reference, DequantizesAlongAnAxis) {
  GraphMaker maker;
  const std::uint8_t zeros[] = {0, 100, 255};
  const auto z = maker.constant("z", make_tensor(DataType::kUint8, {3}, std::span<const std::uint8_t>(zeros)));
  const auto s = maker.constant("s", make_tensor({3}, {1, 0.5F, 2}));
  const auto out = maker.node("DequantizeLinear", {maker.input("x", {kBatch, 3, 2}, DataType::kUint8), s, z});
  const std::uint8_t q[] = {0, 255, 0, 255, 0, 255};
  EXPECT_EQ(run(maker, out, make_tensor(DataType::kUint8, {1, 3, 2}, std::span<const std::uint8_t>(q))),
            (std::vector<float>{0, 255, -50, 77.5F, -510, 0}));
}

TEST(Reference, SumsInDouble) {
  GraphMaker maker;
  const auto w = maker.constant("w", make_tensor({3, 1}, {1, 1, 1}));
  const auto out = maker.node("MatMul", {maker.input("x", {kBatch, 3}), w});
  EXPECT_EQ(run(maker, out, make_tensor({1, 3}, {1e8F, 1, -1e8F})), std::vector<float>{1});
}

TEST(Reference, GivesAnyValueThatIsAskedFor) {
  GraphMaker maker;
  const auto relu = maker.node("Relu", {maker.input("x", {kBatch, 2})});
  const Graph graph = maker.finish({maker.node("Add", {relu, maker.constant("c", 5.0F)})});
  const auto values = evaluate(graph, {{"x", make_tensor({1, 2}, {-1, 2})}}, {relu, "x"});
  EXPECT_EQ(values.size(), 2U);
  EXPECT_EQ(values.at(relu).as<float>()[1], 2);
  EXPECT_EQ(values.at(relu).as<float>()[0], 0);
  EXPECT_EQ(values.at("x").as<float>()[0], -1);
  testing::expect_bad_input([&] { evaluate(graph, {{"x", make_tensor({1, 2}, {0, 0})}}, {"nothing"}); }, {"nothing"});
}

TEST(Reference, RefusesInputsThatDoNotFit) {
  GraphMaker maker;
  const auto a = maker.input("a", {kBatch, 2});
  const Graph graph = maker.finish({maker.node("Add", {a, maker.input("b", {kBatch, 1})})});
  const auto two = make_tensor({2, 2}, {0, 0, 0, 0});
  testing::expect_bad_input([&] { evaluate(graph, {{"a", two}}); }, {"input b", "missing"});
  testing::expect_bad_input(
      [&] {
        evaluate(graph, {{"a", two}, {"b", make_tensor({3, 1}, {0, 0, 0})}});
      },
      {"input b", "(3, 1)", "one batch size"});
  testing::expect_bad_input(
      [&] {
        evaluate(graph, {{"a", two}, {"b", make_tensor({2, 2}, {0, 0, 0, 0})}});
      },
      {"input b", "(2, 2)"});
}

}  // namespace
}  // namespace octocal::model::reference
