// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/network_file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "octocal/base/pending_file.hpp"
#include "unit/model/expect_error.hpp"

namespace octocal::model {
namespace {

using testing::expect_bad_input;

const std::filesystem::path kExamples = std::filesystem::path(OCTOCAL_SOURCE_DIR) / "examples" / "networks";

Shape output_of(const GeneratorSpec& spec) {
  const auto graph = build_generator(spec, random_generator_parameters(spec, 1));
  return infer_shapes(graph, "generator").at("cells").shape;
}

TEST(NetworkFile, SaysThePapersNetworkByDefault) {
  const auto spec = parse_network(network_text({}), "default");
  EXPECT_EQ(spec.generator.network, paper_network());
  EXPECT_EQ(spec.discriminator, paper_discriminator());
  EXPECT_EQ(spec.generator.latent_size, 200u);
  EXPECT_EQ(spec.generator.leaky_slope, 0.3);
  EXPECT_EQ(spec.generator.batch_norm_epsilon, 1e-3);
  EXPECT_EQ(parse_network("", "empty").generator.network, paper_network());
  EXPECT_EQ(read_text_file(kExamples / "paper.toml"), "# SPDX-License-Identifier: Apache-2.0\n" + network_text({}))
      << "examples/networks/paper.toml is what octocal train --dump-network prints, behind the licence";
}

TEST(NetworkFile, SaysOfTheNetworkOfCellsWhatItReads) {
  NetworkSpec spec;
  spec.generator.architecture = Architecture::kCells;
  spec.generator.network.image = {9, 8, 7};
  spec.generator.profile = {9, 2, 0, 12, spec.generator.profile.fitting_rounds};
  spec.generator.cells = {16, 2, 24, 20, 4, 32};
  const auto text = network_text(spec);
  for (const char* key : {"layers", "latent", "leaky_slope", "cube", "discriminator", "fitting_rounds"})
    EXPECT_EQ(text.find(std::string("\n") + key), std::string::npos) << key;
  const auto read = parse_network(text, "written");
  EXPECT_EQ(read.generator.architecture, Architecture::kCells);
  EXPECT_EQ(read.generator.network.image, spec.generator.network.image);
  EXPECT_EQ(read.generator.profile.hidden, 12);
  EXPECT_EQ(read.generator.cells.trunk, 16);
  EXPECT_EQ(read.generator.cells.trunk_layers, 2);
  EXPECT_EQ(read.generator.cells.head, 24);
  EXPECT_EQ(read.generator.cells.local, 20);
  EXPECT_EQ(read.generator.cells.statistics, 4);
  EXPECT_EQ(read.generator.cells.bins, 32);
  EXPECT_TRUE(read.generator.cells.distance);
  EXPECT_EQ(network_text(read), text);
  // Of before there was a choice.
  EXPECT_FALSE(parse_network("architecture = \"cells\"\n[cells]\nbins = 32\n", "former").generator.cells.distance);
  EXPECT_TRUE(parse_network("architecture = \"cells\"\n", "sizes alone").generator.cells.distance);
}

TEST(NetworkFile, GivesBackWhatWasWritten) {
  NetworkSpec spec;
  spec.generator.latent_size = 17;
  spec.generator.leaky_slope = 0.123456789;
  auto& network = spec.generator.network;
  network.image = {8, 9, 10};
  network.cube = {4, 3, 5};
  network.branches = {Axis::kY, Axis::kZ};
  network.final_kernel = 4;
  network.layers = {{LayerOp::kUpsampling, {4, 5, 6}, 7, {2, 3, 2}, true},
                    {LayerOp::kConvolution, {1, 1, 1}, 3, {}, false},
                    {LayerOp::kConvolution, {2, 3, 2}, 0, {}, true}};
  spec.generator.profile = {9, 2, 0, 12, 5};
  spec.discriminator.hidden = 4;
  spec.discriminator.layers = {{LayerOp::kConvolution, {2, 2, 3}, 5, {}, false}};
  const auto text = network_text(spec);
  const auto read = parse_network(text, "written");
  EXPECT_EQ(read.generator.network, network);
  EXPECT_EQ(read.discriminator, spec.discriminator);
  EXPECT_EQ(read.generator.profile.leading, 9);
  EXPECT_EQ(read.generator.profile.leading_couplings, 2);
  EXPECT_EQ(read.generator.profile.mixing_couplings, 0);
  EXPECT_EQ(read.generator.profile.hidden, 12);
  EXPECT_EQ(read.generator.profile.fitting_rounds, 5);
  EXPECT_EQ(read.generator.leaky_slope, spec.generator.leaky_slope);
  EXPECT_EQ(read.generator.latent_size, 17u);
  EXPECT_EQ(network_text(read), text);
}

TEST(NetworkFile, ExamplesBuildGeneratorsOfTheirShape) {
  EXPECT_EQ(output_of(read_network(kExamples / "paper.toml").generator), (Shape{kBatch, 25, 25, 25}));
  EXPECT_EQ(output_of(read_network(kExamples / "deep.toml").generator), (Shape{kBatch, 12, 12, 20}));
  const auto small = read_network(kExamples / "small.toml");
  EXPECT_EQ(output_of(small.generator), (Shape{kBatch, 9, 9, 12}));
  check_discriminator(small.discriminator, small.generator.network.image, "small");
  check_profiles(small.generator, "small");
}

TEST(NetworkFile, GivesEachAxisItsOwnKernelsAndStrides) {
  const auto spec = parse_network(R"(
image = [14, 8, 52]   # no common stride
cube = [4, 3, 5]
branches = [ "x" , "z" ]
layers = [
  { op = "upsample", kernel = [4, 3, 5], channels = 6, stride = [4, 3, 3] },
  { kernel = [3, 2, 3], channels = 5, padding = "valid" }, { op = "conv", kernel = 3, channels = 4 },
  { op = "upsample", kernel = 4, channels = 3, stride = [1, 1, 4] },
  { kernel = [3, 3, 8] },
]
)",
                                  "axes");
  // 4 -> 16 -> 14, 3 -> 9 -> 8, 5 -> 15 -> 13 -> 52
  EXPECT_EQ(output_of(spec.generator), (Shape{kBatch, 14, 8, 52}));
}

TEST(NetworkFile, NamesEachMistakeInOneSentence) {
  const std::string layers =
      "layers = [ { op = \"upsample\", kernel = 5, channels = 4, stride = 5 }, { kernel = 3 } ]\n";
  parse_network(layers, "right");
  struct Mistake {
    std::string text;
    std::vector<std::string> words;
  };
  const std::vector<Mistake> mistakes = {
      {"image = [25, 25, 24]\n", {"layer conv7", "25 pixels along z", "24 cells"}},
      {"image = [24, 25, 25]\ncube = [5, 5, 5]\n", {"layer conv7", "25 pixels along x", "24 cells", "starts with 5"}},
      {"image = [25, 25]\n", {"file:1:", "image is an array", "three whole numbers"}},
      {"\nimage = [25, 25, \"25\"]\n", {"file:2:", "image is a string", "a whole number"}},
      {"image = [25, 25, 0]\n", {"the image has 0 along z"}},
      {"latent = 0\n", {"latent = 0"}},
      {"latent = 2.5\n", {"file:1:", "latent is a number", "a whole number"}},
      {"latent = 20\nlatent = 30\n", {"file:2:", "cannot redefine existing integer 'latent'"}},
      {"latnet = 20\n", {"file:1:", "latnet is no key", "latent"}},
      {"latent 20\n", {"file:1:8: is no TOML", "expected '=', saw '2'"}},
      {"latent = twenty\n", {"file:1:11: is no TOML", "saw 'tw'"}},
      {"latent = 20 30\n", {"file:1:13:", "expected a comment or whitespace, saw '3'"}},
      {"leaky_slope = 2\n", {"file:1:", "leaky_slope is 2", "from 0 to 1"}},
      {"branches = [\"z\", \"z\"]\n", {"branch z stands there twice"}},
      {"branches = []\n", {"0 branches"}},
      {"branches = [\"w\"]\n", {"branches is \"w\"", "\"x\", \"y\" or \"z\""}},
      {"final_kernel = 0\n", {"final_kernel 0"}},
      {"layers = []\n", {"no layers"}},
      {"layers = [ { op = \"conv\" } ]\n", {"file:1:", "layer 1 has no kernel"}},
      {"layers = [\n  { kernel = 3, chanels = 8 },\n]\n", {"file:2:", "layer 1: chanels is no key", "channels"}},
      {"layers = [ { op = \"pool\", kernel = 3 } ]\n", {"layer 1: op is \"pool\"", "\"conv\" or \"upsample\""}},
      {"layers = [ { op = \"upsample\", kernel = 3, channels = 2 } ]\n", {"layer 1 is an upsample without a stride"}},
      {"layers = [ { op = \"upsample\", kernel = 2, channels = 2, stride = 3 }, { kernel = 1 } ]\n",
       {"layer upsample1", "stride 3 with a kernel of 2"}},
      {"layers = [ { op = \"upsample\", kernel = 5, channels = 2, stride = 5 } ]\n",
       {"layer upsample1 ends the branch"}},
      {"layers = [ { kernel = 3, stride = 2, channels = 2 }, { kernel = 1 } ]\n", {"layer conv1: stride 2"}},
      {"layers = [ { kernel = 3 }, { kernel = 3 } ]\n", {"layer conv1: 0 channels"}},
      {"layers = [ { kernel = 6, channels = 3, padding = \"valid\" }, { kernel = 1 } ]\n",
       {"layer conv1", "valid kernel of 6 on 5 pixels along x"}},
      {"layers = [ { op = \"upsample\", kernel = 5, channels = 4, stride = 5 }, { kernel = 3, channels = 24 } ]\n",
       {"layer conv1: 24 channels", "25 cells along z"}},
      {"layers = [ { kernel = 3 }\n", {"file:1:", "parsing array: encountered end-of-file"}},
      {"layers = [ 3 ]\n", {"file:1:12: layer 1 is a number", "a table such as"}},
      {"[discriminator]\nhiden = 3\n", {"file:2:", "discriminator: hiden is no key"}},
      {"[discriminator\n", {"file:1:15:", "parsing table header: expected ']'"}},
      {"image = [25, 25, 25] # \xff\n", {"file:1:", "is no TOML"}},
      {"latent = 1979-05-27\n", {"file:1:10: latent is a date or time; give a whole number"}},
      {"leaky_slope = true\n", {"leaky_slope is true or false", "from 0 to 1"}},
      {"architecture = \"conv4d\"\n", {"architecture is \"conv4d\"", "\"conv2d\" or \"conv3d\""}},
      {"architecture = \"conv3d\"\n" + layers, {"conv3d has its own layers"}},
  };
  for (const auto& [text, words] : mistakes) {
    SCOPED_TRACE(text);
    expect_bad_input([&text = text] { parse_network(text, "file"); }, words);
  }
}

TEST(NetworkFile, IsWhateverTomlCanSay) {
  // Escapes, dotted keys, a table of its own for each layer, hexadecimal numbers with underscores, strings in quotes of
  // either kind, comments anywhere.
  const auto spec = parse_network(R"(
latent = 0x3C                   # 60
"image" = [9, 9, 1_2]           # a key in quotes
cube = [3, 3, 4,]
leaky_slope = 25e-2
branches = ['z', "\u0078", """y"""]
profile.hidden = 7              # a dotted key
)" + std::string(R"(
[[layers]]
op = "upsample"
kernel = 5
channels = 8
stride = 3
[[layers]]
kernel = [
  3, # along x
  3,
  3 ]
[discriminator]
hidden = 3
)"),
                                  "toml");
  EXPECT_EQ(spec.generator.latent_size, 60U);
  EXPECT_EQ(spec.generator.leaky_slope, 0.25);
  EXPECT_EQ(spec.generator.network.image, (AxisSizes{9, 9, 12}));
  EXPECT_EQ(spec.generator.network.branches, (std::vector<Axis>{Axis::kZ, Axis::kX, Axis::kY}));
  ASSERT_EQ(spec.generator.network.layers.size(), 2U);
  EXPECT_EQ(spec.generator.network.layers[0].stride, (AxisSizes{3, 3, 3}));
  EXPECT_EQ(spec.generator.network.layers[1].kernel, (AxisSizes{3, 3, 3}));
  EXPECT_EQ(spec.generator.profile.hidden, 7);
  EXPECT_EQ(spec.discriminator.hidden, 3);
}

TEST(NetworkFile, RefusesADiscriminatorThatEatsTheImage) {
  expect_bad_input(
      [] {
        check_discriminator(paper_discriminator(), {9, 9, 12}, "network: discriminator");
      },
      {"network: discriminator", "layer conv3", "valid kernel of 5 on 4 pixels along x"});
}

TEST(NetworkFile, RefusesProfilesThatDoNotFitTheImage) {
  GeneratorSpec spec;
  check_profiles(spec, "default");
  spec.latent_size = 74;
  expect_bad_input([&] { check_profiles(spec, "network"); },
                   {"latent = 74", "draws 74 numbers", "latent = 75 or more"});
  spec.latent_size = 200;
  spec.profile.leading = 74;
  expect_bad_input([&] { check_profiles(spec, "network"); }, {"profile: leading = 74", "2 to 73"});
  spec.profile = {};
  spec.profile.hidden = 0;
  expect_bad_input([&] { check_profiles(spec, "network"); }, {"profile: hidden = 0"});
  spec.profile = {};
  spec.network.image = {1, 1, 1};
  expect_bad_input([&] { check_profiles(spec, "network"); }, {"an image of 3 cells", "larger image"});
}

}  // namespace
}  // namespace octocal::model
