// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "octocal/base/error.hpp"
#include "octocal/base/random.hpp"
#include "octocal/model/internal/rewriting.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/shapes/rules.hpp"
#include "support/graph_maker.hpp"
#include "unit/model/foreign_model.hpp"

// Damaged files: whatever the bytes, the reader gives a graph that was checked, or our sentence.

namespace octocal::model {
namespace {

using testing::GraphMaker;
using testing::Integers;

/// A small network with most ops, attributes of every kind and metadata.
std::string small_model() {
  GraphMaker maker;
  const auto floats = [](const Shape& shape) { return make_tensor(shape, std::vector<float>(elements(shape), 0.5F)); };
  const auto dense = maker.node("Gemm", {maker.input("latent", {kBatch, 6}), maker.constant("w0", floats({6, 8}))});
  auto value = maker.node("Reshape", {dense, maker.shape("shape", {-1, 2, 2, 2})});
  value = maker.node("ConvTranspose",
                     {value, maker.constant("w1", floats({2, 3, 3, 3})), maker.constant("b1", floats({3}))},
                     {{"strides", Integers{2, 2}}});
  value = maker.node("Conv", {value, maker.constant("w2", floats({2, 3, 2, 2}))}, {{"pads", Integers{0, 0, 1, 1}}});
  value = maker.node("LeakyRelu", {value}, {{"alpha", 0.3F}});
  const auto c = [&](const char* name) { return maker.constant(name, floats({2})); };
  value = maker.node("BatchNormalization", {value, c("g"), c("b"), c("m"), c("v")});
  const std::uint8_t zero = 3;
  const auto s = maker.constant("scale", 0.1F);
  const auto z = maker.constant("zero", make_tensor(DataType::kUint8, {}, std::span<const std::uint8_t>(&zero, 1)));
  value = maker.node("DequantizeLinear", {maker.node("QuantizeLinear", {value, s, z}), s, z});
  value = maker.node("Concat", {value, value}, {{"axis", std::int64_t{1}}});
  Graph graph = maker.finish({maker.node("Transpose", {value}, {{"perm", Integers{0, 2, 3, 1}}})});
  graph.metadata["octocal.latent"] = "sphere";
  return serialize_onnx(graph);
}

/// 1 if the bytes give a graph, 0 if they are refused as they should be; anything else fails the test.
int parses(const std::string& bytes) {
  try {
    const Graph graph = parse_onnx(bytes, "damaged.onnx");
    infer_shapes(graph, "damaged.onnx");
    serialize_onnx(graph);
    return 1;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_TRUE(std::string(error.what()).starts_with("damaged.onnx: ") ||
                std::string(error.what()).starts_with("node "))
        << error.what();
    return 0;
  }
}

/// A file with a node of this op alone.
std::string lone_node(const std::string& op, std::size_t inputs, std::size_t outputs) {
  testing::ForeignModel file;
  auto& node = file.node(op, std::vector<std::string>(inputs, "x"), "y");
  if (outputs == 0) node.clear_output();
  return file.bytes();
}

TEST(DamagedOnnx, NodesWithoutInputsOrOutputsAreReadOrRefused) {
  std::size_t refused = 0, tried = 0;
  const auto attempt = [&](std::string_view op) {
    for (std::size_t inputs = 0; inputs < 4; ++inputs) {
      for (std::size_t outputs = 0; outputs < 2; ++outputs) {
        SCOPED_TRACE(std::string(op) + ", " + std::to_string(inputs) + " inputs");
        refused += parses(lone_node(std::string(op), inputs, outputs)) == 0;
        ++tried;
      }
    }
  };
  for (const FileOp* op : all_file_ops()) attempt(op->op);
  for (const shapes::OpRule* rule : shapes::all_rules()) attempt(rule->op);
  EXPECT_GT(refused, tried / 2);
  EXPECT_LT(refused, tried);
}

TEST(DamagedOnnx, EveryTruncationIsReadOrRefused) {
  const std::string whole = small_model();
  ASSERT_EQ(parses(whole), 1);
  int read = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) read += parses(whole.substr(0, size));
  // Cut behind the graph or between metadata entries it still is a model; anywhere else it is not.
  EXPECT_LT(read, 10);
}

TEST(DamagedOnnx, EveryFlippedBitIsReadOrRefused) {
  const std::string whole = small_model();
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      refused += parses(bytes) == 0;
    }
  }
  EXPECT_GT(refused, whole.size());  // of eight times as many; most others are in weights and names
}

TEST(DamagedOnnx, RandomBytesInSeveralPlacesAreReadOrRefused) {
  const std::string whole = small_model();
  for (std::uint64_t round = 0; round < 4000; ++round) {
    std::string bytes = whole;
    for (std::uint32_t i = 0; i < 1 + round % 8; ++i) {
      const auto numbers = philox(1, Draw::kPhysics, round, i);
      bytes[numbers[0] % bytes.size()] = static_cast<char>(numbers[1] & 0xffU);
    }
    parses(bytes);
  }
  std::string noise(4096, '\0');
  for (std::uint32_t i = 0; i < noise.size(); ++i)
    noise[i] = static_cast<char>(philox(2, Draw::kPhysics, 0, i)[0] & 0xffU);
  EXPECT_EQ(parses(noise), 0);
}

}  // namespace
}  // namespace octocal::model
