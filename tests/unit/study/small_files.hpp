// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "octocal/data/shower_writer.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::study::test {

inline constexpr data::Geometry kTiny{3, 4, 5};

/// A generator of 3 x 4 x 5 cells: relu(W latent + bias), with latents z * Ep/100, W of 1e-3 and a bias of 0.05 GeV or
/// more, so that no cell is ever clipped and a shift of the bias is a shift of every cell.
inline void write_tiny_model(const std::string& file, double shift_gev = 0, const std::string& note = "",
                             model::LatentConvention latents = model::LatentConvention::kPaper) {
  constexpr std::int64_t kLatents = 6, kCells = 60;
  std::mt19937 engine(11);
  std::vector<float> weight(kCells * kLatents), bias(kCells);
  for (float& w : weight) w = 1e-3F * (static_cast<float>(engine() % 2001) / 1000.0F - 1);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = 0.05F + 0.001F * static_cast<float>(i % 9);
  for (float& b : bias) b += static_cast<float>(shift_gev);
  model::Graph graph;
  graph.inputs = {{"latent", model::DataType::kFloat32, {model::kBatch, kLatents}}};
  graph.outputs = {{"cells", model::DataType::kFloat32, {model::kBatch, 3, 4, 5}}};
  graph.constants["weight"] = model::make_tensor({kCells, kLatents}, weight);
  graph.constants["bias"] = model::make_tensor({kCells}, bias);
  const std::vector<std::int64_t> shape{-1, 3, 4, 5};
  graph.constants["shape"] = model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(shape));
  graph.nodes = {{"dense", "Gemm", {"latent", "weight", "bias"}, {"dense:out"}, {{"transB", std::int64_t{1}}}},
                 {"relu", "Relu", {"dense:out"}, {"relu:out"}, {}},
                 {"image", "Reshape", {"relu:out", "shape"}, {"cells"}, {}}};
  model::GeneratorInfo info;
  info.latent = latents;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  info.nx = kTiny.nx;
  info.ny = kTiny.ny;
  info.nz = kTiny.nz;
  info.latent_size = kLatents;
  model::write_generator_info(info, graph);
  if (!note.empty()) graph.metadata["octocal.version"] = note;
  model::write_onnx(graph, file);
}

/// The same with an input `noise`, uniform numbers in (0, 1) a cell, of which a hundredth is added to each.
inline void write_tiny_noise_model(const std::string& file) {
  write_tiny_model(file);
  auto graph = model::read_onnx(file);
  graph.inputs.push_back({"noise", model::DataType::kFloat32, {model::kBatch, 3, 4, 5}});
  graph.constants["little"] = model::make_tensor({1}, {0.01F});
  graph.nodes.back().outputs = {"image:out"};
  graph.nodes.push_back({"noise/little", "Mul", {"noise", "little"}, {"noise/little:out"}, {}});
  graph.nodes.push_back({"sum", "Add", {"image:out", "noise/little:out"}, {"cells"}, {}});
  model::write_onnx(graph, file);
}

/// n showers with energies from 100 to 500 GeV in steps and noisy cells of some 1e-4 Ep.
inline void write_tiny_showers(const std::string& file, std::size_t n, unsigned seed, float scale = 1,
                               const std::string& latents = "", data::Geometry geometry = kTiny) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  data::ShowerBatch batch;
  batch.geometry = geometry;
  batch.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    batch.energy_gev[i] = 100 + 400 * static_cast<float>(i * 37 % n) / static_cast<float>(n - 1);
    const float leakage = i % 25 == 12 ? 0.7F : 1.0F;  // a tail of 4 %, as late showers have
    const float common = leakage * (1 + 0.03F * normal(engine));
    for (float& cell : batch.shower(i)) {
      cell = scale * 4e-4F * batch.energy_gev[i] * common * std::max(0.1F, 1 + 0.2F * normal(engine));
    }
    if (i % 3 == 0) batch.shower(i)[0] = 5e-5F;  // below the threshold: numbers of hits have a spread
  }
  data::ShowerWriter writer(file, {geometry});
  writer.append(batch);
  if (!latents.empty()) writer.set_attribute("octocal.latents", latents);
  writer.finish();
}

}  // namespace octocal::study::test
