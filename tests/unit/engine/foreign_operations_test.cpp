// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "octocal/base/error.hpp"
#include "octocal/engine/kernels/functions.hpp"
#include "octocal/engine/kernels/power.hpp"
#include "unit/engine/graph_making.hpp"

// Ops that other people's generators are made of, against the reference and against C's functions in double.

namespace octocal::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

std::string number(GraphMaker& make, float value) {
  const auto name = "number" + std::to_string(make.graph().constants.size());
  make.graph().constants[name] = model::make_tensor({}, {value});
  return name;
}

double ulps(float ours, double wanted) {
  const auto rounded = static_cast<float>(wanted);
  if (std::isnan(rounded)) return std::isnan(ours) ? 0 : 1e9;
  if (ours == rounded) return 0;
  if (std::isinf(rounded) || std::isinf(ours) || std::isnan(ours)) return 1e9;
  const float size = std::max(std::abs(rounded), std::numeric_limits<float>::min());
  const float next = std::nextafter(size, std::numeric_limits<float>::infinity());
  return std::abs(static_cast<double>(ours) - wanted) / (static_cast<double>(next) - static_cast<double>(size));
}

/// Numbers of all sizes and both signs.
std::vector<float> comb() {
  std::vector<float> numbers{0.0F,
                             -0.0F,
                             1.0F,
                             -1.0F,
                             std::numeric_limits<float>::infinity(),
                             -std::numeric_limits<float>::infinity(),
                             std::numeric_limits<float>::quiet_NaN()};
  for (std::uint64_t bits = 0; bits <= 0xffffffffU; bits += 9973)
    numbers.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  return numbers;
}

double worst_of(FunctionSpec::Function function, double (*exact)(double), float alpha = 1) {
  const auto in = comb();
  std::vector<float> out(in.size());
  FunctionSpec spec;
  spec.function = function;
  spec.alpha = alpha;
  spec.size = static_cast<std::int64_t>(in.size());
  apply_function(spec, in.data(), out.data());
  double worst = 0;
  float where = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double error = ulps(out[i], exact(static_cast<double>(in[i])));
    if (error > worst) where = in[i];
    worst = std::max(worst, error);
  }
  if (worst > 3) ADD_FAILURE() << "worst at " << where;
  return worst;
}

TEST(ForeignFunctions, AreAccurateOverAllNumbers) {
  using Function = FunctionSpec::Function;
  EXPECT_LE(worst_of(Function::kSigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }), 3.0);
  EXPECT_LE(worst_of(Function::kSoftplus,
                     [](double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }),
            3.0);
  EXPECT_LE(worst_of(Function::kElu, [](double x) { return x < 0 ? std::expm1(x) : x; }), 3.0);
  EXPECT_LE(worst_of(
                Function::kElu, [](double x) { return x < 0 ? 0.25 * std::expm1(x) : x; }, 0.25F),
            3.0);
  EXPECT_LE(worst_of(Function::kErf, [](double x) { return std::erf(x); }), 2.0);
  EXPECT_EQ(worst_of(Function::kNeg, [](double x) { return -x; }), 0);
  EXPECT_EQ(worst_of(Function::kAbs, [](double x) { return std::abs(x); }), 0);
}

TEST(ForeignFunctions, PowersFollowCsRules) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> numbers{0.0F,         -0.0F,     1,
                             -1,           2,         -2,
                             0.5F,         -0.5F,     3,
                             -3,           2.5F,      -2.5F,
                             infinity,     -infinity, std::numeric_limits<float>::quiet_NaN(),
                             1e-40F,       3e38F,     16777216,
                             -16777218.0F, 1e-7F};
  for (int i = 1; i < 60; ++i) numbers.push_back(0.37F * static_cast<float>(i) * (i % 3 == 0 ? -1.0F : 1.0F));
  for (const float x : numbers)
    for (const float y : numbers) {
      const double wanted = std::pow(static_cast<double>(x), static_cast<double>(y));
      EXPECT_LE(ulps(power(x, y), wanted), 1.0) << x << " ^ " << y << ": " << power(x, y) << ", expected " << wanted;
      const float ours = power(x, y);
      EXPECT_TRUE(std::isnan(ours) || std::signbit(ours) == std::signbit(wanted)) << x << " ^ " << y;
    }
}

void expect_near(const GraphMaker& make, double relative) {
  const auto inputs = random_inputs(make.graph(), 3, 31);
  const auto ours = run_graph(make.graph(), inputs, 2);
  const auto expected = run_reference(make.graph(), inputs);
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t o = 0; o < ours.size(); ++o) {
    ASSERT_EQ(ours[o].size(), expected[o].size()) << "output " << o;
    for (std::size_t i = 0; i < ours[o].size(); ++i) {
      if (std::isnan(ours[o][i]) && std::isnan(expected[o][i])) continue;
      ASSERT_LE(std::abs(static_cast<double>(ours[o][i]) - static_cast<double>(expected[o][i])),
                relative * std::abs(static_cast<double>(expected[o][i])))
          << "output " << o << ", cell " << i << ": " << ours[o][i] << ", expected " << expected[o][i];
    }
  }
}

/// An image in plain order, and the same turned (stored channels last, as convolutions leave it).
std::vector<std::string> images(GraphMaker& make) {
  const auto plain = make.input("image", {4, 5, 6});
  return {plain, make.node("Transpose", {plain}, {{"perm", Integers{0, 3, 1, 2}}})};
}

TEST(ForeignOperations, Activations) {
  GraphMaker make(1);
  for (const auto& x : images(make)) {
    for (const char* op : {"Sigmoid", "Softplus", "Erf", "Neg", "Abs"}) make.output(make.node(op, {x}));
    make.output(make.node("Elu", {x}, {{"alpha", 0.75F}}));
    make.output(make.node("Elu", {x}));
    make.output(make.node("PRelu", {x, number(make, 0.25F)}));
  }
  make.output(make.node("PRelu", {"image", make.constant({4, 1, 1}, 0.2F, 0.1F)}));
  make.output(make.node("PRelu", {"image", make.constant({5, 6}, 0.2F, 0.1F)}));
  expect_near(make, 4e-7);
}

TEST(ForeignOperations, Powers) {
  GraphMaker make(2);
  for (const auto& x : images(make)) {
    for (const float exponent : {1.0F, 2.0F, 3.0F, 0.5F, -1.0F, 1.7F, 4.0F})
      make.output(make.node("Pow", {x, number(make, exponent)}));
    make.output(make.node("Pow", {number(make, 2.5F), x}));
  }
  make.output(make.node("Pow", {make.node("Abs", {"image"}), make.constant({4, 1, 1}, 1.5F, 0.5F)}));
  make.output(make.node("Pow", {make.node("Abs", {"image"}), "image"}));
  expect_near(make, 4e-7);
}

TEST(ForeignOperations, ComparisonsAndChoices) {
  GraphMaker make(3);
  const auto small = make.input("small", {1, 5, 1});
  for (const auto& x : images(make)) {
    for (const char* op : {"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"}) {
      const auto yes = make.node(op, {x, number(make, 0.25F)});
      make.output(make.node("Cast", {yes}, {{"to", std::int64_t{1}}}));
      make.output(make.node("Where", {yes, x, number(make, 0)}));
      make.output(make.node("Where", {yes, number(make, -2), x}));
      make.output(make.node("Where", {make.node("Not", {yes}), x, make.node("Sqrt", {x})}));
    }
  }
  const auto both =
      make.node("And", {make.node("Greater", {"image", small}), make.node("Less", {"image", number(make, 1)})});
  make.output(make.node("Where", {both, "image", small}));
  make.output(make.node("Where", {make.node("Greater", {small, number(make, 0)}), "image", number(make, 7)}));
  make.output(make.node("Where", {make.node("Or", {both, both}), small, small}));
  expect_near(make, 0);
}

TEST(ForeignOperations, ExtremesOverAnyAxes) {
  GraphMaker make(4);
  const auto big = make.input("big", {3, 21, 9});
  for (const char* op : {"ReduceMax", "ReduceMin"})
    for (const std::int64_t keep : {1, 0})
      for (const Integers& axes : std::vector<Integers>{{1}, {2}, {3}, {1, 3}, {-1, -2}, {1, 2, 3}}) {
        make.output(make.node(op, {big}, {{"axes", axes}, {"keepdims", keep}}));
        make.output(make.node(op, {make.node("Sqrt", {big})}, {{"axes", axes}, {"keepdims", keep}}));  // NaN wins
      }
  expect_near(make, 0);
}

TEST(ForeignOperations, TilesAndPadsOfAllModes) {
  GraphMaker make(5);
  const auto four = make.input("four", {2, 3, 4, 2});
  for (const auto& x : images(make)) {
    make.output(make.node("Tile", {x, make.integers({1, 2, 1, 3})}));
    make.output(make.node("Tile", {make.node("Tile", {x, make.integers({1, 1, 2, 1})}), make.integers({1, 2, 1, 1})}));
    for (const char* mode : {"edge", "reflect", "wrap"})
      make.output(make.node("Pad", {x, make.integers({0, 1, 0, 3, 0, 2, 3, 1})}, {{"mode", std::string(mode)}}));
  }
  make.output(make.node("Tile", {four, make.integers({1, 2, 2, 3, 2})}));
  expect_near(make, 0);
}

TEST(ForeignOperations, BlocksOfChannelsBecomeBlocksOfCells) {
  // Three dimensions: seven axes change places.
  GraphMaker make(7);
  const auto x = make.input("x", {16, 3, 2, 5});
  const auto apart = make.node("Reshape", {x, make.integers({-1, 2, 2, 2, 2, 3, 2, 5})});
  const auto beside = make.node("Transpose", {apart}, {{"perm", Integers{0, 4, 5, 1, 6, 2, 7, 3}}});
  make.output(make.node("Reshape", {beside, make.integers({-1, 2, 6, 4, 10})}));
  expect_near(make, 0);
}

TEST(ForeignOperations, MoreAxesThanTheEngineMovesAreRefusedNamingTheLayer) {
  GraphMaker make(6);
  const auto five = make.input("five", {2, 3, 4, 2, 5});
  make.output(make.node("Tile", {five, make.integers({1, 2, 1, 1, 1, 2})}));
  try {
    static_cast<void>(Program::compile(make.graph()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("Tile0"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("at most 4 axes"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace octocal::engine::test
