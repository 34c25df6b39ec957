// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/onnx_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "octocal/base/pending_file.hpp"
#include "octocal/model/generator_builder.hpp"
#include "unit/model/expect_error.hpp"

namespace octocal::model {
namespace {

using testing::expect_bad_input;

void expect_same(const Graph& a, const Graph& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.opset, b.opset);
  EXPECT_EQ(a.metadata, b.metadata);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    EXPECT_EQ(a.nodes[i].name, b.nodes[i].name);
    EXPECT_EQ(a.nodes[i].op, b.nodes[i].op);
    EXPECT_EQ(a.nodes[i].inputs, b.nodes[i].inputs);
    EXPECT_EQ(a.nodes[i].outputs, b.nodes[i].outputs);
    ASSERT_EQ(a.nodes[i].attributes.size(), b.nodes[i].attributes.size());
    for (const auto& [name, attribute] : a.nodes[i].attributes) {
      const auto& other = b.nodes[i].attributes.at(name);
      ASSERT_EQ(attribute.index(), other.index());
      if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute)) {
        EXPECT_EQ(*integers, std::get<std::vector<std::int64_t>>(other));
      } else if (const auto* real = std::get_if<float>(&attribute)) {
        EXPECT_EQ(*real, std::get<float>(other));
      } else {
        EXPECT_EQ(std::get<std::int64_t>(attribute), std::get<std::int64_t>(other));
      }
    }
  }
  ASSERT_EQ(a.constants.size(), b.constants.size());
  for (const auto& [name, tensor] : a.constants) {
    EXPECT_EQ(tensor.type, b.constants.at(name).type);
    EXPECT_EQ(tensor.shape, b.constants.at(name).shape);
    EXPECT_EQ(tensor.bytes, b.constants.at(name).bytes) << name;
  }
  const auto same_values = [](const std::vector<Value>& one, const std::vector<Value>& other) {
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(one[i].name, other[i].name);
      EXPECT_EQ(one[i].type, other[i].type);
      EXPECT_EQ(one[i].shape, other[i].shape);
    }
  };
  same_values(a.inputs, b.inputs);
  same_values(a.outputs, b.outputs);
}

Graph generator(std::uint64_t seed = 1) {
  const GeneratorSpec spec;
  return build_generator(spec, random_generator_parameters(spec, seed));
}

class OnnxFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("octocal_onnx_file_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(OnnxFile, GivesBackTheGraphThatWasWritten) {
  Graph graph = generator();
  graph.metadata = {{"octocal.latent", "sphere"}, {"octocal.training", "line 1\nline 2"}};
  const std::string file = folder_ / "generator.onnx";
  write_onnx(graph, file);
  expect_same(graph, read_onnx(file));
}

TEST_F(OnnxFile, WritesTheSameBytesForTheSameGraph) {
  const std::string bytes = serialize_onnx(generator());
  EXPECT_EQ(bytes, serialize_onnx(generator()));
  EXPECT_EQ(bytes, serialize_onnx(parse_onnx(bytes, "generator")));
}

TEST_F(OnnxFile, HashSeesWeightsAndOpsButNotMetadata) {
  const std::string hash = graph_hash(generator());
  EXPECT_EQ(hash.size(), 32U);
  Graph graph = generator();
  graph.metadata["octocal.scores"] = "{}";
  graph.name = "another title";
  EXPECT_EQ(graph_hash(graph), hash);
  graph.constants.at("final.weight").as<float>()[5] += 1e-6F;
  EXPECT_NE(graph_hash(graph), hash);
  graph = generator();
  for (Node& node : graph.nodes) {
    if (node.op == "LeakyRelu") node.attributes["alpha"] = 0.2F;
  }
  EXPECT_NE(graph_hash(graph), hash);
}

TEST_F(OnnxFile, RefusesMissingAndForeignFilesNamingThem) {
  expect_bad_input([&] { read_onnx(folder_ / "absent.onnx"); }, {"absent.onnx"});
  const std::string text = folder_ / "text.onnx";
  write_text_file(text, "not a model at all, but a text of some length\n");
  expect_bad_input([&] { read_onnx(text); }, {text, "not an ONNX model"});
  const std::string empty = folder_ / "empty.onnx";
  write_text_file(empty, "");
  expect_bad_input([&] { read_onnx(empty); }, {empty});
  expect_bad_input([&] { write_onnx(generator(), folder_ / "no" / "folder.onnx"); }, {"folder.onnx"});
}

TEST_F(OnnxFile, DoesNotReadHugeFilesIntoMemory) {
  const std::string file = folder_ / "showers.h5";
  write_text_file(file, "x");
  std::filesystem::resize_file(file, std::uintmax_t{50} << 30);  // sparse
  expect_bad_input([&] { read_onnx(file); }, {file, "53687091200 bytes"});
}

}  // namespace
}  // namespace octocal::model
