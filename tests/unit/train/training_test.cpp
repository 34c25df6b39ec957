// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/training.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/train/best_recipe.hpp"
#include "octocal/train/checkpoint.hpp"
#include "octocal/train/export.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/journal.hpp"
#include "octocal/train/physics_metrics.hpp"
#include "octocal/train/run_lock.hpp"
#include "octocal/train/training_data.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::train {
namespace {

class Training : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("octocal_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    data_ = write_synthetic_showers(folder_ / "data", 60, 1);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// A run of few steps with two showers each.
  TrainingSettings tiny(const std::string& name, std::int64_t steps) const {
    TrainingSettings settings;
    settings.recipe = "best";
    settings.data = {data_};
    settings.out = folder_ / name;
    settings.steps = steps;
    settings.schedule_steps = 4;
    settings.profile_steps = 5;
    settings.steps_per_epoch = 2;
    settings.batch = 2;
    settings.judged_showers = 4;
    settings.validation_share = 0.2;
    return settings;
  }

  void expect_same_tensors(const std::filesystem::path& a, const std::filesystem::path& b) {
    const auto left = read_checkpoint(a);
    const auto right = read_checkpoint(b);
    ASSERT_EQ(left.tensors.size(), right.tensors.size());
    for (const auto& [name, tensor] : left.tensors) EXPECT_TRUE(at::equal(tensor, right.tensors.at(name))) << name;
  }

  void resumed_equals_uninterrupted(const std::string& recipe) {
    auto whole = tiny("whole", 4);
    whole.recipe = recipe;
    train(whole);
    auto first = tiny("parts", 1);  // stops inside the first epoch
    first.recipe = recipe;
    train(first);
    auto second = tiny("parts", 4);
    second.recipe = recipe;
    second.resume = true;
    train(second);
    expect_same_tensors(whole.out / "last.ckpt", second.out / "last.ckpt");
  }

  std::filesystem::path folder_;
  std::string data_;
};

TEST_F(Training, ResumedBestRunEndsWithTheSameBits) { resumed_equals_uninterrupted("best"); }
TEST_F(Training, ResumedPaperRunEndsWithTheSameBits) { resumed_equals_uninterrupted("paper"); }

TEST_F(Training, WritesALineOfMetricsPerEpoch) {
  train(tiny("run", 4));
  std::ifstream lines(folder_ / "run" / "metrics.jsonl");
  std::string text;
  std::vector<nlohmann::json> records;
  while (std::getline(lines, text)) records.push_back(nlohmann::json::parse(text));
  ASSERT_EQ(records.size(), 3u);  // Geant4, step 2, step 4
  EXPECT_GT(records[0].at("geant4").at("hits").get<double>(), 100);
  EXPECT_EQ(records[2].at("step").get<int>(), 4);
  EXPECT_TRUE(records[2].at("loss").contains("pairs"));
}

TEST_F(Training, RefusesToResumeWithOtherSettingsByName) {
  const std::vector<std::pair<const char*, std::function<void(TrainingSettings&)>>> changes = {
      {"seed", [](auto& settings) { settings.seed = 2; }},
      {"rate", [](auto& settings) { settings.rate = 0.02; }},
      {"judged_showers", [](auto& settings) { settings.judged_showers = 5; }},
      {"data_hash", [&](auto& settings) { settings.data = {write_synthetic_showers(folder_ / "more", 60, 3)}; }}};
  for (const char* recipe : {"best", "paper"}) {
    auto run = tiny(recipe, 1);
    run.recipe = recipe;
    train(run);
    const auto before = read_text_file(run.out / "last.ckpt");
    run.steps = 4;
    run.resume = true;
    for (const auto& [name, change] : changes) {
      auto other = run;
      change(other);
      try {
        train(other);
        ADD_FAILURE() << recipe << ": accepted another " << name;
      } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), 2);
        EXPECT_NE(std::string(error.what()).find(std::string("last.ckpt: ") + name + " was"), std::string::npos)
            << error.what();
      }
    }
    EXPECT_TRUE(read_text_file(run.out / "last.ckpt") == before);
  }
}

TEST_F(Training, RefusesAFolderInWhichAnotherTrainingWrites) {
  auto settings = tiny("run", 1);
  std::filesystem::create_directories(settings.out);
  {
    const RunLock other(settings.out);
    try {
      train(settings);
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_NE(std::string(error.what()).find("process " + std::to_string(::getpid())), std::string::npos)
          << error.what();
    }
    EXPECT_FALSE(std::filesystem::exists(settings.out / "metrics.jsonl"));
  }
  EXPECT_NO_THROW(RunLock{settings.out});
}

TEST_F(Training, AResumedRunSaysWhereTheFirstHadStarted) {
  auto first = tiny("run", 1);
  train(first);
  auto warm = tiny("warm", 1);
  warm.start_from = first.out / "last.ckpt";
  warm.steps = 2;
  train(warm);
  auto resumed = warm;
  resumed.start_from.clear();
  resumed.resume = true;
  resumed.steps = 3;
  train(resumed);
  const auto stored = read_stored_generator(warm.out / "last.ckpt");
  EXPECT_EQ(stored.about.at("started_from"), (first.out / "last.ckpt").string());
  EXPECT_EQ(stored.about.at("steps"), 3);
  EXPECT_EQ(stored.about.at("batch"), 2);
  EXPECT_EQ(stored.about.at("rate"), 0.01);  // the recipe's own, as it is
}

TEST_F(Training, RefusesToExportWhileTheOutputIsStillSoft) {
  train(tiny("run", 1));
  EXPECT_THROW(export_checkpoint(folder_ / "run" / "last.ckpt", folder_ / "g.onnx", 0, 1), Error);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "g.onnx"));
}

TEST_F(Training, HoldsTheSameShowersOutWhateverElseIsRead) {
  const auto other = write_synthetic_showers(folder_ / "other", 40, 2);
  const auto alone = load_training_data({data_}, 0.2);
  const auto both = load_training_data({other, data_}, 0.2);
  const auto n = alone.validation.size();
  EXPECT_EQ(alone.training.size() + n, 60);
  const auto tail = both.validation.energy.narrow(0, both.validation.size() - n, n);
  EXPECT_TRUE(at::equal(tail, alone.validation.energy));
}

/// With every part of the recipe switched on: averaged weights, critic, remembered showers, ReLU.
TEST_F(Training, BestRecipesStateCarriesEverythingItNeeds) {
  const auto data = load_training_data({data_}, 0.2);
  BestSettings settings;
  settings.batch = 2;
  settings.steps = 5;
  settings.profile_steps = 5;
  settings.relu_from = settings.image_from = settings.critic_from = 1;
  const auto whole = make_best_recipe(settings, data);
  const auto begun = make_best_recipe(settings, data);
  const auto resumed = make_best_recipe(settings, data);
  for (std::int64_t step = 0; step < 3; ++step) whole->step(step);
  for (std::int64_t step = 0; step < 2; ++step) begun->step(step);
  resumed->load_state(begun->state());
  const auto losses = resumed->step(2);
  EXPECT_TRUE(losses.contains("critic"));
  EXPECT_EQ(resumed->trained().sharpness, 0);
  const auto wanted = whole->state();
  for (const auto& [name, tensor] : resumed->state()) EXPECT_TRUE(at::equal(tensor, wanted.at(name))) << name;
}

TEST(ExportGraph, EvaluatesToWhatLibtorchComputes) {
  TrainedGenerator generator;
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
  record.info.response = {0, 2.8, -0.01};
  record.training = R"({"steps":1})";
  const auto graph = model::parse_onnx(model::serialize_onnx(export_graph(generator, record)), "exported");
  EXPECT_EQ(graph.metadata.at("octocal.training"), R"({"steps":1})");
  EXPECT_EQ(model::read_generator_info(graph, "exported").latent, model::LatentConvention::kSphere);

  const auto latent = at::sin(at::arange(200, at::kFloat) * 1.7).view({1, 200}) * 3;
  const auto energy = at::tensor({321.0F});
  const auto wanted =
      make_cells(generator.spec, rectify(generator_image(generator.spec, generator.parameters, latent), 0), energy)
          .contiguous();
  const auto values = [](const at::Tensor& tensor) {
    return std::vector<float>(tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel());
  };
  const auto outputs = model::reference::evaluate(graph, {{"latent", model::make_tensor({1, 200}, values(latent))},
                                                          {"energy", model::make_tensor({1, 1}, values(energy))}});
  const auto cells = outputs.at("cells").as<float>();
  ASSERT_EQ(cells.size(), 15625u);
  const auto most = wanted.max().item<float>();
  ASSERT_GT(most, 0);
  for (std::size_t i = 0; i < cells.size(); ++i) ASSERT_NEAR(cells[i], values(wanted)[i], 2e-5F * most) << i;
}

TEST(PhysicsAccumulator, GivesTheNumbersOfAKnownSample) {
  auto cells = at::zeros({4, 25, 25, 25});
  for (int i = 0; i < 4; ++i) {
    cells[i][12][12][10 + i] = 2;
    cells[i][12][14][10 + i] = 2;
    cells[i][0][0][0] = 1e-7;  // below the threshold
  }
  PhysicsAccumulator accumulator(100, 500);
  accumulator.add(cells, at::full({4}, 120.0F));
  const auto summary = accumulator.summary();
  EXPECT_NEAR(summary.y_mean, 13, 1e-6);
  EXPECT_NEAR(summary.y_width, 1, 1e-6);
  EXPECT_NEAR(summary.z_mean, 11.5, 1e-6);
  EXPECT_NEAR(summary.z_centre_spread, std::sqrt(1.25), 1e-6);
  EXPECT_NEAR(summary.hits, 2, 1e-9);
  EXPECT_NEAR(summary.response[0], 4.0 / 120, 1e-6);
  EXPECT_EQ(summary.response[3], 0);
  EXPECT_EQ(physics_score(summary, summary), 0);
}

}  // namespace
}  // namespace octocal::train
