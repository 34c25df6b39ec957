// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/model/generator_info.hpp"
#include "support/graph_maker.hpp"

namespace octocal::testing {

/// A generator of 8 x 8 x 8 cells, 8 latents and 100 to 500 GeV that does not survive 8 bits: most cells are the
/// difference of two channels that float32 makes equal, minus a little, behind a ReLU, so they are zero. Quantized, the
/// channels are rounded apart, and half of those cells get energy.
///
///     a = LeakyRelu(z),  b = LeakyRelu(0.37 z);  cells of layer 0 = relu(0.01 a),  of the others
///     relu(3.7 a - 10 b - 0.0005) = 0
inline model::Graph ruinous_generator() {
  GraphMaker maker;
  const auto latent = maker.input("latent", {model::kBatch, 8});
  std::vector<float> weights(64 * 8);
  normals(7, Draw::kTraining, 0, weights);
  const auto w = maker.constant("w", model::make_tensor({8, 64}, weights));
  const auto image = maker.node("Reshape", {maker.node("MatMul", {latent, w}), maker.shape("s", {-1, 1, 8, 8})});
  const auto pair = maker.constant("pair", model::make_tensor({2, 1, 1, 1}, {1, 0.37F}));
  const auto channels = maker.node("LeakyRelu", {maker.node("Conv", {image, pair})}, {{"alpha", 0.3F}});
  std::vector<float> last = {0.01F, 0}, bias = {0};
  for (int layer = 1; layer < 8; ++layer) {
    last.insert(last.end(), {3.7F, -10});
    bias.push_back(-0.0005F);
  }
  const auto cells = maker.node("Conv", {channels, maker.constant("last", model::make_tensor({8, 2, 1, 1}, last)),
                                         maker.constant("bias", model::make_tensor({8}, bias))});
  auto graph = maker.finish({maker.node("Relu", {cells})});
  model::GeneratorInfo info;
  info.latent = model::LatentConvention::kPaper;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  info.nx = info.ny = info.nz = 8;
  info.latent_size = 8;
  model::write_generator_info(info, graph);
  return graph;
}

}  // namespace octocal::testing
