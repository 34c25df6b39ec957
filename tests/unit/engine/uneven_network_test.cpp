// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "octocal/engine/program.hpp"
#include "octocal/model/network_file.hpp"
#include "unit/engine/graph_making.hpp"

namespace octocal::engine::test {
namespace {

/// No two axes alike, other kernels and strides along each, channels that fill no vector, an even last kernel.
TEST(Float32Program, AGeneratorOfUnevenAxesIsLikeTheReference) {
  const auto spec = model::parse_network(R"(
image = [8, 9, 13]
cube = [4, 3, 5]
latent = 40
branches = ["y", "z"]
final_kernel = 2
layers = [
  { kernel = 2, channels = 6 },
  { op = "upsample", kernel = [4, 5, 3], channels = 8, stride = [2, 3, 3] },
  { kernel = [1, 1, 3], channels = 7, padding = "valid" },
  { kernel = [3, 2, 4] },
]
)",
                                         "uneven");
  const auto graph = model::build_generator(spec.generator, model::random_generator_parameters(spec.generator, 8));
  auto inputs = random_inputs(graph, 2, 9);
  inputs.at("energy").as<float>()[0] = 300;
  inputs.at("energy").as<float>()[1] = 120;
  const auto program = Program::compile(graph);
  const auto ours = run_program(program, inputs).at(0);
  const auto expected = run_reference(graph, inputs).at(0);
  ASSERT_EQ(ours.size(), 2U * 8 * 9 * 13);
  ASSERT_EQ(expected.size(), ours.size());
  const float largest = *std::max_element(expected.begin(), expected.end());
  ASSERT_GT(largest, 0);
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], expected[i], 1e-5F * largest) << i;
}

}  // namespace
}  // namespace octocal::engine::test
