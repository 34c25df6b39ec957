// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "octocal/model/generator_builder.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::model {
namespace {

/// The default network with numbers that are the same everywhere.
Graph plain_generator(OutputTransform output) {
  GeneratorSpec spec;
  spec.output = output;
  std::map<std::string, Tensor> parameters;
  for (const auto& [name, shape] : generator_parameters(spec)) {
    std::vector<float> numbers(elements(shape));
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i % 7) / 8;
    parameters[name] = make_tensor(shape, numbers);
  }
  return build_generator(spec, parameters);
}

TEST(DefaultGenerator, KeepsItsBytes) {
  // Written down before the network became data: models, checkpoints and precision plans out there name its layers.
  EXPECT_EQ(graph_hash(plain_generator(OutputTransform::kEnergySquare)), "e6a41bf2e299950dc94a241b2a2a0e6a");
  EXPECT_EQ(graph_hash(plain_generator(OutputTransform::kRelu)), "6cd01d9255594d78dd348cc16b0be35d");
}

}  // namespace
}  // namespace octocal::model
