// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

// Integer convolutions of few channels, whose taps along x are laid side by side as channels.

namespace octocal::engine::test {
namespace {

model::Graph few_channels(const ConvolutionCase& c, int zero_point) {
  GraphMaker make(7, Numbers::kExact);
  auto value = make.fake_quantize(make.input("x", {c.in, c.height, c.width}), 0.125F, zero_point);
  value = make.leaky_relu(make.int8_convolution(value, c, true));
  make.output(make.fake_quantize(value, 0.0625F, zero_point));
  return make.graph();
}

TEST(JoinedTaps, GiveTheReferencesBytesOnEveryInstructionSet) {
  const ConvolutionCase cases[] = {{3, 16, 5, 9, 11, 2, 2, 2}, {3, 33, 5, 9, 12, 2, 1, 2}, {1, 16, 5, 7, 25, 2, 2, 1},
                                   {2, 20, 8, 9, 9, 1, 3, 4},  {4, 16, 4, 8, 9, 3, 0, 2},  {4, 17, 3, 5, 6, 1, 1, 1},
                                   {3, 16, 3, 4, 5, 1, 0, 0},  {1, 32, 8, 8, 8, 4, 7, 7},  {1, 16, 5, 25, 25, 2, 2, 1},
                                   {1, 18, 5, 3, 4, 1, 4, 4},  {2, 16, 4, 9, 8, 3, 3, 0},  {1, 16, 3, 1, 9, 1, 2, 2}};
  for (const auto& c : cases)
    for (const int zero_point : {0, 78}) {
      const auto graph = few_channels(c, zero_point);
      const auto inputs = random_inputs(graph, 3, 5, Numbers::kExact);
      const auto expected = run_reference(graph, inputs);
      EXPECT_EQ(run_graph(graph, inputs, 2), expected) << c << ", zero point " << zero_point;
      for (const char* isa : {"baseline", "avx2", "avx512"}) {
        const CappedIsa capped(isa);
        EXPECT_EQ(run_graph(graph, inputs, 2), expected) << c << ", zero point " << zero_point << " " << isa;
      }
    }
}

TEST(JoinedTaps, AreThoseOfConvolutionsThatGain) {
  const auto kernel_of = [](const ConvolutionCase& c) {
    return first_convolution(*Program::compile(few_channels(c, 100))).kernel;
  };
  EXPECT_NE(kernel_of({3, 32, 5, 9, 9, 1, 2, 2}).find("join_taps"), std::string::npos);
  EXPECT_EQ(kernel_of({5, 32, 3, 9, 9}).find("join_taps"), std::string::npos) << "five channels";
  EXPECT_EQ(kernel_of({3, 8, 5, 9, 9, 1, 2, 2}).find("join_taps"), std::string::npos) << "few outputs";
  EXPECT_EQ(kernel_of({4, 32, 5, 9, 9, 1, 2, 2}).find("join_taps"), std::string::npos) << "twenty bytes";
}

}  // namespace
}  // namespace octocal::engine::test
