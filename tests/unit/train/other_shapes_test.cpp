// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/model/network_file.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/train/best_recipe.hpp"
#include "octocal/train/export.hpp"
#include "octocal/train/training.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::train {
namespace {

/// Another calorimeter: its showers and a network for them.
struct Calorimeter {
  data::Geometry geometry;
  model::NetworkSpec network;
};

Calorimeter small() {
  return {{9, 9, 12},
          model::read_network(std::filesystem::path(OCTOCAL_SOURCE_DIR) / "examples" / "networks" / "small.toml")};
}

/// No two axes alike, two branches, other kernels and strides along each axis, an even last kernel.
Calorimeter uneven() {
  return {{8, 9, 13},
          model::parse_network(R"(
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
[discriminator]
branches = ["x"]
hidden = 3
layers = [ { kernel = 3, channels = 4 }, { kernel = [1, 4, 5], channels = 2, padding = "valid" } ]
)",
                               "uneven")};
}

class OtherShapes : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    at::set_num_threads(1);
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::replace(name.begin(), name.end(), '/', '_');
    folder_ = std::filesystem::path(::testing::TempDir()) / ("octocal_other_" + name);
    std::filesystem::remove_all(folder_);
    data_ = write_synthetic_showers(folder_ / "data", 60, 1, calorimeter().geometry);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  virtual Calorimeter calorimeter() const { return GetParam() == std::string("Small") ? small() : uneven(); }

  TrainingSettings tiny(const std::string& name, std::int64_t steps) const {
    TrainingSettings settings;
    settings.network = calorimeter().network;
    settings.data = {data_};
    settings.out = folder_ / name;
    settings.recipe = "paper";
    settings.steps = steps;
    settings.steps_per_epoch = 4;
    settings.batch = 16;  // three steps an epoch: the output is a ReLU from step 9 on
    settings.judged_showers = 16;
    settings.validation_share = 0.2;
    return settings;
  }

  std::filesystem::path folder_;
  std::string data_;
};

/// The cells that the exported graph makes from the given latents are those of libtorch.
void expect_exported_alike(const TrainedGenerator& generator, const data::Geometry& geometry) {
  ExportRecord record;
  record.info.energy_min_gev = 100;
  record.info.energy_max_gev = 500;
  record.info.response = {0, 1};
  const auto graph = model::parse_onnx(model::serialize_onnx(export_graph(generator, record)), "exported");
  const auto info = model::read_generator_info(graph, "exported");
  EXPECT_EQ(info.nx, geometry.nx);
  EXPECT_EQ(info.ny, geometry.ny);
  EXPECT_EQ(info.nz, geometry.nz);
  const std::vector<float> energy = {321, 120};
  const auto columns = generator.spec.latent_size;
  std::vector<float> latent(2 * columns);
  model::make_latents(generator.latent, 3, Draw::kPhysics, 5, energy, latent);
  const auto wanted = generator.generate(at::tensor(energy), 3, 5).contiguous();
  std::map<std::string, model::Tensor> inputs = {
      {"latent", model::make_tensor({2, static_cast<std::int64_t>(columns)}, latent)}};
  if (info.has_energy_input) inputs["energy"] = model::make_tensor({2, 1}, energy);
  const auto outputs = model::reference::evaluate(graph, inputs);
  const auto cells = outputs.at("cells").as<float>();
  ASSERT_EQ(static_cast<std::int64_t>(cells.size()), wanted.numel());
  const auto most = wanted.max().item<float>();
  ASSERT_GT(most, 0);
  for (std::size_t i = 0; i < cells.size(); ++i) ASSERT_NEAR(cells[i], wanted.data_ptr<float>()[i], 2e-4F * most) << i;
}

TEST_P(OtherShapes, BestRecipeTrainsAndExports) {
  const auto [geometry, network] = calorimeter();
  const auto data = load_training_data({data_}, 0.2);
  BestSettings settings;
  settings.generator = network.generator;
  settings.batch = 4;
  settings.steps = 6;
  settings.profile_steps = 5;
  settings.relu_from = settings.image_from = settings.critic_from = 2;
  const auto recipe = make_best_recipe(settings, data);
  for (std::int64_t step = 0; step < 5; ++step)
    for (const auto& [name, loss] : recipe->step(step)) EXPECT_TRUE(std::isfinite(loss)) << name << " of step " << step;
  const auto trained = recipe->trained();
  EXPECT_EQ(trained.generate(at::tensor({100.0F, 200.0F}), 1, 0).sizes(),
            at::IntArrayRef({2, network.generator.network.image.x, network.generator.network.image.y,
                             network.generator.network.image.z}));
  expect_exported_alike(trained, geometry);
}

TEST_P(OtherShapes, PaperRecipeTrainsAndExportsWithItsNetworkInTheCheckpoint) {
  const auto settings = tiny("run", 12);
  train(settings);
  export_checkpoint(settings.out / "last.ckpt", folder_ / "generator.onnx", 0, 1);
  const auto graph = model::read_onnx(folder_ / "generator.onnx");
  const auto info = model::read_generator_info(graph, "generator.onnx");
  EXPECT_EQ(info.nx, calorimeter().geometry.nx);
  EXPECT_EQ(info.ny, calorimeter().geometry.ny);
  EXPECT_EQ(info.nz, calorimeter().geometry.nz);
  EXPECT_EQ(info.latent_size, calorimeter().network.generator.latent_size);
  EXPECT_NE(graph.metadata.at("octocal.training").find("upsample"), std::string::npos) << "the network is recorded";

  auto another = tiny("run", 13);
  another.resume = true;
  another.network.generator.leaky_slope = 0.25;
  EXPECT_THROW(train(another), Error);
}

INSTANTIATE_TEST_SUITE_P(, OtherShapes, ::testing::Values("Small", "Uneven"),
                         [](const auto& test) { return std::string(test.param); });

class OneOtherShape : public OtherShapes {
 protected:
  Calorimeter calorimeter() const override { return small(); }

  void expect_refused(const TrainingSettings& settings, const std::vector<std::string>& words) const {
    try {
      train(settings);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      for (const auto& word : words) EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    }
  }
};

TEST_F(OneOtherShape, RefusesANetworkForAnotherCalorimeter) {
  auto settings = tiny("run", 1);
  settings.network = {};
  expect_refused(settings, {"9x9x12", "25x25x25", data_});
}

TEST_F(OneOtherShape, RefusesTheDiscriminatorThatLeavesNothing) {
  auto settings = tiny("run", 1);
  settings.network.discriminator = model::paper_discriminator();
  expect_refused(settings, {"discriminator", "layer conv3", "4 pixels along x"});
}

TEST_F(OneOtherShape, RefusesTooFewLatentsForRecipeBest) {
  auto settings = tiny("run", 1);
  settings.recipe = "best";
  settings.network.generator.latent_size = 20;
  expect_refused(settings, {"latent = 20", "29 numbers"});
}

}  // namespace
}  // namespace octocal::train
