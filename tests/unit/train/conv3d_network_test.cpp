// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/conv3d_network.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "octocal/model/generator_info.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/train/export.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/training.hpp"
#include "unit/train/synthetic_showers.hpp"

// The three-dimensional baseline in training.

namespace octocal::train {
namespace {

model::GeneratorSpec baseline() {
  model::GeneratorSpec spec;
  spec.architecture = model::Architecture::kConv3d;
  return spec;
}

std::vector<float> values(const at::Tensor& tensor) {
  const auto whole = tensor.contiguous();
  return {whole.data_ptr<float>(), whole.data_ptr<float>() + whole.numel()};
}

TEST(Conv3dNetwork, HasAsManyParametersAsTheIssueSays) {
  EXPECT_EQ(trainable_elements(make_generator(baseline(), 1)), 872808);
}

TEST(Conv3dNetwork, EveryTrainableParameterGetsAGradient) {
  auto generator = make_generator(baseline(), 2);
  const auto image = generator_image(baseline(), generator, at::ones({2, 200}));
  EXPECT_EQ(image.sizes(), at::IntArrayRef({2, 25, 25, 25}));
  torch::autograd::backward({rectify(image, 10).sum()}, {});
  for (const auto& [name, tensor] : generator) {
    if (!tensor.requires_grad()) continue;
    ASSERT_TRUE(tensor.grad().defined()) << name;
    EXPECT_GT(tensor.grad().abs().max().item<float>(), 0) << name;
  }
}

TEST(Conv3dNetwork, ExportEvaluatesToWhatLibtorchComputes) {
  TrainedGenerator generator;
  generator.spec = baseline();
  generator.spec.output_scale = 1e-4;
  generator.parameters = make_generator(generator.spec, 9);
  for (auto& [name, tensor] : generator.parameters) {
    tensor.set_requires_grad(false);
    if (name.ends_with(".mean") || name.ends_with(".beta") || name.ends_with(".bias"))
      tensor += 0.1 * at::sin(at::arange(tensor.numel(), at::kFloat)).view(tensor.sizes());
    if (name.ends_with(".variance")) tensor.fill_(0.8);
  }
  ExportRecord record;
  record.info.energy_min_gev = 100;
  record.info.energy_max_gev = 500;
  const auto graph = model::parse_onnx(model::serialize_onnx(export_graph(generator, record)), "exported");
  const auto latent = at::sin(at::arange(200, at::kFloat) * 1.7).view({1, 200}) * 3;
  const auto energy = at::tensor({321.0F});
  const auto wanted = values(
      make_cells(generator.spec, rectify(generator_image(generator.spec, generator.parameters, latent), 0), energy));
  const auto outputs = model::reference::evaluate(graph, {{"latent", model::make_tensor({1, 200}, values(latent))},
                                                          {"energy", model::make_tensor({1, 1}, values(energy))}});
  const auto cells = outputs.at("cells").as<float>();
  ASSERT_EQ(cells.size(), wanted.size());
  const float most = *std::max_element(wanted.begin(), wanted.end());
  ASSERT_GT(most, 0);
  for (std::size_t i = 0; i < cells.size(); ++i) ASSERT_NEAR(cells[i], wanted[i], 2e-5F * most) << i;
}

TEST(Conv3dNetwork, TrainsAFewStepsAndIsExportedAsItself) {
  const auto folder = std::filesystem::temp_directory_path() / "octocal_conv3d_training";
  std::filesystem::remove_all(folder);
  TrainingSettings settings;
  settings.data = {write_synthetic_showers(folder, 14, 3)};
  settings.out = folder / "run";
  settings.recipe = "paper";
  settings.network.generator.architecture = model::Architecture::kConv3d;
  settings.steps = settings.steps_per_epoch = 4;  // one step a pass over the data: the output is a ReLU from step 3 on
  settings.batch = 8;
  settings.judged_showers = 16;
  settings.validation_share = 0.3;
  train(settings);
  const auto onnx = folder / "generator.onnx";
  export_checkpoint(settings.out / "last.ckpt", onnx, 0, 1);
  const auto graph = model::read_onnx(onnx.string());
  EXPECT_EQ(graph.constant("conv2.weight")->shape, (model::Shape{6, 64, 6, 5, 8}));
  EXPECT_EQ(model::read_generator_info(graph, "exported").nx, 25U);
  const auto cells =
      model::reference::evaluate(graph, {{"latent", model::make_tensor({1, 200}, values(at::ones({200})))}})
          .begin()
          ->second;
  EXPECT_EQ(cells.shape, (model::Shape{1, 25, 25, 25}));
  // It has learnt something: no tensor is as it started.
  const auto start = make_generator(settings.network.generator, settings.seed);
  for (const auto& [name, tensor] : start) {
    if (!tensor.requires_grad()) continue;
    const auto trained = graph.constant(name)->as<float>();
    EXPECT_NE(std::vector<float>(trained.begin(), trained.end()), values(tensor.detach())) << name;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace octocal::train
