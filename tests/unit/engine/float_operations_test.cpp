// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "octocal/base/error.hpp"
#include "octocal/engine/kernels/functions.hpp"
#include "unit/engine/allocation_count.hpp"
#include "unit/engine/graph_making.hpp"

// Arithmetic beside convolutions: elementwise functions, sums over axes, slices and gathers.

namespace octocal::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

std::string number(GraphMaker& make, float value, const model::Shape& shape = {}) {
  const auto name = "number" + std::to_string(make.graph().constants.size());
  make.graph().constants[name] = model::make_tensor(shape, {value});
  return name;
}

/// Every cell within `steps` float32 steps of the reference, which computes in double and rounds once.
void expect_within(const GraphMaker& make, int steps, std::size_t showers = 3) {
  const auto inputs = random_inputs(make.graph(), showers, 23);
  const auto ours = run_graph(make.graph(), inputs, 2);
  const auto expected = run_reference(make.graph(), inputs);
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t o = 0; o < ours.size(); ++o) {
    ASSERT_EQ(ours[o].size(), expected[o].size()) << "output " << o;
    for (std::size_t i = 0; i < ours[o].size(); ++i) {
      const float a = ours[o][i];
      const float b = expected[o][i];
      if (std::isnan(a) && std::isnan(b)) continue;
      const float size = std::max(std::abs(b), std::numeric_limits<float>::min());
      const float step = std::nextafter(size, std::numeric_limits<float>::infinity()) - size;
      ASSERT_TRUE(a == b || std::abs(a - b) <= static_cast<float>(steps) * step)
          << "output " << o << ", cell " << i << ": " << a << ", expected " << b;
    }
  }
}

/// Largest error of a function in units of the last place, over a comb through all float32 numbers.
double worst_ulp(FunctionSpec::Function function, double (*exact)(double)) {
  std::vector<float> in;
  for (std::uint64_t bits = 0; bits <= 0xffffffffU; bits += 2477)
    in.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float x :
       {0.0F, -0.0F, infinity, -infinity, 1.0F, 88.72283F, 88.72284F, -103.97F, -103.98F, 0.625F, 1e-45F})
    in.push_back(x);
  std::vector<float> out(in.size());
  FunctionSpec spec;
  spec.function = function;
  spec.size = static_cast<std::int64_t>(in.size());
  apply_function(spec, in.data(), out.data());
  double worst = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double wanted = exact(static_cast<double>(in[i]));
    const auto rounded = static_cast<float>(wanted);
    if (std::isnan(rounded) || std::isinf(rounded)) {
      EXPECT_EQ(std::isnan(rounded), std::isnan(out[i])) << in[i];
      EXPECT_TRUE(std::isnan(rounded) || out[i] == rounded) << in[i];
      continue;
    }
    const float size = std::abs(rounded);
    const double step = static_cast<double>(std::nextafter(size, infinity)) - static_cast<double>(size);
    worst = std::max(worst, std::abs(static_cast<double>(out[i]) - wanted) / step);
  }
  return worst;
}

TEST(FloatFunctions, AreAccurateOverAllNumbers) {
  using Function = FunctionSpec::Function;
  EXPECT_LE(worst_ulp(Function::kExp, [](double x) { return std::exp(x); }), 1.0);
  EXPECT_LE(worst_ulp(Function::kLog, [](double x) { return std::log(x); }), 1.0);
  EXPECT_LE(worst_ulp(Function::kTanh, [](double x) { return std::tanh(x); }), 2.0);
  EXPECT_LE(worst_ulp(Function::kSqrt, [](double x) { return std::sqrt(x); }), 0.5);
}

TEST(FloatFunctions, HaveTheSameBitsOnEveryMachine) {
  // FNV-1a over the results' bits: plain float32 arithmetic has no other choice, so this number holds everywhere.
  std::vector<float> in;
  for (int i = -4000; i <= 4000; ++i) in.push_back(0.0231F * static_cast<float>(i));
  std::uint64_t hash = 14695981039346656037ULL;
  using Function = FunctionSpec::Function;
  for (const auto function : {Function::kExp, Function::kLog, Function::kTanh, Function::kSqrt}) {
    FunctionSpec spec;
    spec.function = function;
    spec.size = static_cast<std::int64_t>(in.size());
    std::vector<float> out(in.size());
    apply_function(spec, in.data(), out.data());
    for (const float x : out) {
      if (std::isnan(x)) continue;  // whose bits are free
      hash = (hash ^ std::bit_cast<std::uint32_t>(x)) * 1099511628211ULL;
    }
  }
  EXPECT_EQ(hash, 16791432417745767804ULL);
}

TEST(FloatOperations, FunctionsOfVectors) {
  GraphMaker make(1);
  const auto x = make.input("x", {37});
  make.output(make.node("Exp", {x}));
  make.output(make.node("Log", {make.node("Clip", {x, number(make, 0.01F)})}));
  make.output(make.node("Log", {x}));
  make.output(make.node("Sqrt", {x}));
  make.output(make.node("Tanh", {x}));
  make.output(make.node("Clip", {x, number(make, -0.5F, {1}), number(make, 0.75F)}));
  make.output(make.node("Clip", {x, "", number(make, 0.25F)}));
  make.output(make.node("Clip", {x}));
  expect_within(make, 4);
}

TEST(FloatOperations, BinariesBroadcastBothWays) {
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Max", "Min"}) {
    GraphMaker make(2);
    const auto cells = make.input("cells", {5, 6, 7});
    const auto by_z = make.input("z", {5, 1, 1});
    const auto by_y = make.input("y", {1, 6, 1});
    const auto by_x = make.input("x", {1, 1, 7});
    const auto energy = make.input("energy", {1});
    const auto row = make.input("row", {9});
    const auto both = [&](const std::string& a, const std::string& b) {
      make.output(make.node(op, {a, b}));
      make.output(make.node(op, {b, a}));
    };
    both(cells, cells);
    for (const auto& side : {by_z, by_y, by_x}) both(cells, side);
    both(by_z, by_x);
    both(make.node("Add", {by_z, by_y}), by_x);
    both(cells, make.constant({1, 5, 6, 7}, 0, 1));
    both(cells, make.constant({6, 1}, 0, 1));
    both(cells, number(make, 0.75F));
    both(row, make.constant({9}, 0, 1));
    both(row, make.constant({1, 9}, 0, 1));
    both(row, energy);
    both(energy, make.constant({9}, 0, 1));
    // Stored channels last, as convolutions leave it, against plain order.
    const auto image = make.node("Transpose", {cells}, {{"perm", Integers{0, 3, 1, 2}}});
    both(image, make.constant({1, 7, 5, 6}, 0, 1));
    both(image, make.constant({7, 1, 1}, 0, 1));
    both(image, make.input("plain", {7, 5, 6}));
    expect_within(make, 0);
  }
}

TEST(FloatOperations, MaxAndMinKeepNotANumber) {
  GraphMaker make(3);
  const auto x = make.input("x", {11});
  const auto nan = make.node("Sqrt", {x});  // of normal numbers: NaN for half of them
  for (const char* op : {"Max", "Min"}) {
    make.output(make.node(op, {nan, number(make, 0.5F)}));
    make.output(make.node(op, {x, nan}));
  }
  expect_within(make, 0);
}

TEST(FloatOperations, SumsOverAnyAxes) {
  for (const bool rotated : {false, true})
    for (const std::int64_t keep : {1, 0}) {
      GraphMaker make(4);
      auto x = make.input("x", {5, 21, 9});
      if (rotated) x = make.node("Transpose", {x}, {{"perm", Integers{0, 3, 1, 2}}});
      for (const Integers& axes : std::vector<Integers>{{1}, {2}, {3}, {1, 2}, {1, 3}, {2, 3}, {-1, -3}, {1, 2, 3}})
        make.output(make.node("ReduceSum", {x, make.integers(axes)}, {{"keepdims", keep}}));
      const auto inputs = random_inputs(make.graph(), 3, 5);
      const auto ours = run_graph(make.graph(), inputs, 2);
      const auto expected = run_reference(make.graph(), inputs);
      for (std::size_t o = 0; o < ours.size(); ++o) {
        ASSERT_EQ(ours[o].size(), expected[o].size());
        for (std::size_t i = 0; i < ours[o].size(); ++i)
          EXPECT_NEAR(ours[o][i], expected[o][i], 3e-5) << rotated << keep << " output " << o << ", cell " << i;
      }
    }
}

TEST(FloatOperations, SumsOfWholeNumbersAreExact) {
  GraphMaker make(5);
  const auto x = make.input("x", {25, 25, 25});
  for (const Integers& axes : std::vector<Integers>{{1}, {2}, {3}, {1, 2}, {1, 3}, {2, 3}, {1, 2, 3}})
    make.output(make.node("ReduceSum", {x, make.integers(axes)}));
  const auto inputs = random_inputs(make.graph(), 2, 6, Numbers::kExact);
  EXPECT_EQ(run_graph(make.graph(), inputs), run_reference(make.graph(), inputs));
}

TEST(FloatOperations, SlicesAndGathers) {
  GraphMaker make(6);
  const auto row = make.input("row", {41});
  const auto cells = make.input("cells", {5, 6, 7});
  const auto rotated = make.node("Transpose", {cells}, {{"perm", Integers{0, 2, 3, 1}}});
  const std::int64_t end = std::numeric_limits<std::int64_t>::max();
  const auto slice = [&](const std::string& x, const Integers& starts, const Integers& ends, const Integers& axes,
                         const Integers& steps) {
    make.output(
        make.node("Slice", {x, make.integers(starts), make.integers(ends), make.integers(axes), make.integers(steps)}));
  };
  slice(row, {0}, {40}, {1}, {1});
  slice(row, {40}, {41}, {1}, {1});
  slice(row, {-3}, {end}, {-1}, {1});
  slice(row, {38}, {-42}, {1}, {-3});
  for (const auto& x : {cells, rotated}) {
    slice(x, {1, 2, 0}, {4, 6, end}, {1, 2, 3}, {2, 1, 3});
    slice(x, {-1}, {-100}, {2}, {-1});
    slice(x, {0, 2}, {end, 3}, {0, 3}, {1, 1});
    for (const std::int64_t axis : {1, 2, 3, -1})
      make.output(make.node("Gather", {x, make.integers({2, 0, -1, 3, 2})}, {{"axis", axis}}));
  }
  make.output(make.node("Slice", {row, make.integers({0, 7}), make.integers({end, 9})}));
  make.output(make.node("Gather", {row, make.integers({40, 0, 1, -41, 7})}, {{"axis", std::int64_t{1}}}));
  const std::int64_t fourth = 4;
  make.graph().constants["fourth"] = model::make_tensor(model::DataType::kInt64, {}, std::span(&fourth, 1));
  make.output(make.node("Gather", {cells, "fourth"}, {{"axis", std::int64_t{2}}}));
  expect_within(make, 0);
}

TEST(FloatOperations, MatrixProductsOfRowsAndImages) {
  GraphMaker make(7);
  const auto row = make.input("row", {8});
  model::Tensor order = model::make_tensor({8, 8}, std::vector<float>(64, 0.0F));
  for (std::size_t i = 0; i < 8; ++i) order.as<float>()[i * 8 + (5 * i + 3) % 8] = 1;
  make.graph().constants["order"] = order;
  const auto moved = make.node("MatMul", {row, "order"});
  make.output(moved);
  make.output(make.node("MatMul", {make.input("image", {3, 8}), make.constant({8, 2}, 0, 1)}));
  const auto inputs = random_inputs(make.graph(), 3, 7);
  const auto ours = run_graph(make.graph(), inputs, 2);
  const auto expected = run_reference(make.graph(), inputs);
  EXPECT_EQ(ours[0], expected[0]);
  for (std::size_t i = 0; i < ours[1].size(); ++i) EXPECT_NEAR(ours[1][i], expected[1][i], 1e-5);
  EXPECT_EQ(Program::compile(make.graph())->layers().at(0).kernel, "own:gemm");
}

TEST(FloatOperations, DoNotAllocate) {
  GraphMaker make(8);
  const auto x = make.input("x", {5, 6, 7});
  const auto sums = make.node("ReduceSum", {x, make.integers({1, 3})});
  const auto whole = make.node("Div", {x, make.node("Max", {make.node("Exp", {sums}), number(make, 1e-6F)})});
  make.output(make.node("Slice", {whole, make.integers({1}), make.integers({3}), make.integers({2})}));
  make.output(make.node("Gather", {whole, make.integers({1, 0})}, {{"axis", std::int64_t{3}}}));
  Stream stream(Program::compile(make.graph()));
  const auto inputs = random_inputs(make.graph(), 4, 8);
  std::vector<float> first(4 * 5 * 2 * 7);
  std::vector<float> second(4 * 5 * 6 * 2);
  const std::vector<std::span<const float>> in = {inputs.at("x").as<float>()};
  const std::vector<std::span<float>> out = {first, second};
  const AllocationCount count;
  stream.run(4, in, out);
  EXPECT_EQ(count.calls(), 0);
}

TEST(FloatOperations, TwoConstantsAreRefusedNamingTheLayer) {
  GraphMaker make(9);
  const auto x = make.input("x", {3});
  const auto sum = make.node("Add", {make.constant({1, 3}, 0, 1), make.constant({3}, 0, 1)});
  make.output(make.node("Mul", {x, sum}));
  try {
    static_cast<void>(Program::compile(make.graph()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("Add0"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace octocal::engine::test
