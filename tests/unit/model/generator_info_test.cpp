// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/generator_info.hpp"

#include <gtest/gtest.h>

#include "octocal/model/onnx_file.hpp"
#include "support/graph_maker.hpp"
#include "unit/model/expect_error.hpp"

namespace octocal::model {
namespace {

using testing::expect_bad_input;

/// latent (N, 8) and energy (N, 1) to cells (N, 2, 2, 2).
Graph small_generator() {
  testing::GraphMaker maker;
  const auto shape = [&](const char* name) { return maker.shape(name, {-1, 2, 2, 2}); };
  const auto cells = maker.node("Reshape", {maker.input("latent", {kBatch, 8}), shape("s")});
  const auto energy = maker.node("Reshape", {maker.input("energy", {kBatch, 1}), maker.shape("e", {-1, 1, 1, 1})});
  return maker.finish({maker.node("Mul", {cells, energy})});
}

GeneratorInfo info() {
  GeneratorInfo all;
  all.latent = LatentConvention::kSphere;
  all.energy_min_gev = 100;
  all.energy_max_gev = 499.9;
  all.threshold_gev = 1e-6;
  all.nx = all.ny = all.nz = 2;
  all.response = {0.1, 2.75, -0.0123456789012345};
  return all;
}

TEST(GeneratorInfo, ComesBackFromTheFileToTheLastBit) {
  Graph graph = small_generator();
  write_generator_info(info(), graph);
  graph.metadata["octocal.training"] = "{\"steps\": 20}";
  const Graph read = parse_onnx(serialize_onnx(graph), "m.onnx");
  const GeneratorInfo found = read_generator_info(read, "m.onnx");
  EXPECT_EQ(found.latent, LatentConvention::kSphere);
  EXPECT_EQ(found.energy_min_gev, 100);
  EXPECT_EQ(found.energy_max_gev, 499.9);
  EXPECT_EQ(found.threshold_gev, 1e-6);
  EXPECT_EQ(found.response, info().response);
  EXPECT_EQ(found.nz, 2U);
  EXPECT_EQ(found.latent_size, 8U);
  EXPECT_TRUE(found.has_energy_input);
  EXPECT_EQ(read.metadata.at("octocal.training"), "{\"steps\": 20}");
  EXPECT_EQ(read.metadata.at("octocal.energy_unit"), "GeV");
}

TEST(GeneratorInfo, NamesTheMissingKeyAndTheOptionForIt) {
  expect_bad_input([] { read_generator_info(small_generator(), "foreign.onnx"); },
                   {"foreign.onnx", "octocal.latent", "missing", "`model_info`"});
}

TEST(GeneratorInfo, TakesOverridesForAModelFromElsewhere) {
  const auto found =
      read_generator_info(small_generator(), "foreign.onnx",
                          {{"octocal.latent", "paper"}, {"octocal.energy_min", "50"}, {"octocal.energy_max", "2e2"}});
  EXPECT_EQ(found.latent, LatentConvention::kPaper);
  EXPECT_EQ(found.energy_max_gev, 200);
  EXPECT_EQ(found.threshold_gev, 1e-6);
  EXPECT_EQ(found.nx, 2U);  // from the output's shape
}

/// latent (N, 8) to an output of this shape, without metadata: what another tool writes.
Graph latent_only(const testing::Integers& image) {
  testing::GraphMaker maker;
  return maker.finish({maker.node("Reshape", {maker.input("z", {kBatch, 8}), maker.shape("s", image)})});
}

TEST(GeneratorInfo, AssumesTheAuthorsConventionForAModelOfALatentAlone) {
  const auto found = read_generator_info(latent_only({-1, 2, 2, 2}), "foreign.onnx");
  EXPECT_EQ(found.latent, LatentConvention::kPaper);
  EXPECT_EQ(found.energy_min_gev, 100);
  EXPECT_EQ(found.energy_max_gev, 500);
  EXPECT_EQ(found.assumed,
            (std::vector<std::string>{"octocal.latent=paper", "octocal.energy_min=100", "octocal.energy_max=500"}));
  const auto told = read_generator_info(latent_only({-1, 2, 2, 2}), "foreign.onnx",
                                        {{"octocal.latent", "sphere"}, {"octocal.energy_min", "7"}});
  EXPECT_EQ(told.latent, LatentConvention::kSphere);
  EXPECT_EQ(told.energy_min_gev, 7);
  EXPECT_EQ(told.assumed, std::vector<std::string>{"octocal.energy_max=500"});
}

TEST(GeneratorInfo, TakesAnOutputWithOneChannelInEitherPlace) {
  for (const testing::Integers& shape : {testing::Integers{-1, 1, 4, 2, 1}, {-1, 4, 2, 1, 1}, {-1, 4, 2, 1}}) {
    const auto found = read_generator_info(latent_only(shape), "foreign.onnx");
    EXPECT_EQ(found.nx, 4U);
    EXPECT_EQ(found.ny, 2U);
    EXPECT_EQ(found.nz, 1U);
  }
  expect_bad_input([] { read_generator_info(latent_only({-1, 2, 2, 2, 1, 1}), "m.onnx"); }, {"output", "m.onnx"});
  expect_bad_input(
      [] {
        read_generator_info(latent_only({-1, 2, 2, 2, 1}), "m.onnx", {{"octocal.geometry", "2x2x3"}});
      },
      {"(N, 2, 2, 3)"});
}

TEST(GeneratorInfo, RefusesUnreadableMetadataNamingIt) {
  const std::tuple<const char*, const char*, const char*> bad[] = {
      {"octocal.latent", "gauss", "paper or sphere"}, {"octocal.energy_min", "1oo", "a number"},
      {"octocal.energy_min", "-5", "positive"},       {"octocal.energy_max", "99", "at least"},
      {"octocal.energy_max", "nan", "a number"},      {"octocal.energy_unit", "MeV", "GeV"},
      {"octocal.geometry", "2x2", "25x25x25"},        {"octocal.geometry", "3x2x2", "octocal.geometry"},
      {"octocal.geometry", "2x2x1e99", "25x25x25"},   {"octocal.threshold", "-1", "0 or more"},
      {"octocal.response", "1 two", "coefficients"},
  };
  for (const auto& [key, value, expected] : bad) {
    Graph graph = small_generator();
    write_generator_info(info(), graph);
    graph.metadata[key] = value;
    expect_bad_input([&graph = graph] { read_generator_info(graph, "m.onnx"); }, {"m.onnx", key, expected});
  }
}

TEST(GeneratorInfo, RefusesGraphsThatAreNoGenerators) {
  testing::GraphMaker image;
  const Graph no_latent = image.finish({image.node("Relu", {image.input("image", {kBatch, 3, 4, 4})})});
  expect_bad_input([&] { read_generator_info(no_latent, "m.onnx"); }, {"input image", "(N, 3, 4, 4)", "latent (N, L)"});
  testing::GraphMaker two;
  const auto sum = two.node("Add", {two.input("a", {kBatch, 8}), two.input("b", {kBatch, 8})});
  expect_bad_input([g = two.finish({sum})] { read_generator_info(g, "m.onnx"); }, {"input b", "one too many"});
}

}  // namespace
}  // namespace octocal::model
