// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "integration/bad_input/program_run.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/random.hpp"
#include "octocal/model/onnx_file.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNetwork = R"(
image = [9, 9, 12]
cube = [3, 3, 4]
latent = 20
layers = [
  { op = "conv", kernel = 3, channels = 4 },
  { op = "upsample", kernel = 5, channels = 4, stride = 3 },
  { op = "conv", kernel = 3 },
]
[discriminator]
layers = [
  { op = "conv", kernel = 5, channels = 4 },
  { op = "conv", kernel = 4, channels = 4, padding = "valid" },
  { op = "conv", kernel = 3, channels = 4, padding = "valid" },
]
)";
constexpr int kSteps = 120;

class TrainVerb : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              (std::string("octocal_train_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    data_ = train::write_synthetic_showers(folder_, 60, 1, {9, 9, 12});
    network_ = (folder_ / "network.toml").string();
    write_text_file(network_, kNetwork);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<std::string> arguments(const std::string& data, const std::string& out,
                                     const std::vector<std::string>& more = {}, int steps = kSteps) const {
    std::vector<std::string> all = {"train",
                                    "--data",
                                    data,
                                    "--out",
                                    (folder_ / out).string(),
                                    "--network",
                                    network_,
                                    "--recipe",
                                    "paper",
                                    "--steps",
                                    std::to_string(steps),
                                    "--steps-per-epoch",
                                    "2",
                                    "--batch",
                                    "4",
                                    "--judged-showers",
                                    "16",
                                    "--quiet",
                                    "--validation-share",
                                    "0.2"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  /// The same without --recipe.
  static std::vector<std::string> with_recipes_own(std::vector<std::string> all) {
    const auto at = std::find(all.begin(), all.end(), "--recipe");
    all.erase(at, at + 2);
    return all;
  }
  std::string bytes(const fs::path& file) const { return read_text_file(folder_ / file); }

  /// Steps and scores of a run's epochs.
  std::vector<std::pair<int, double>> epochs(const std::string& out) const {
    std::ifstream in(folder_ / out / "metrics.jsonl");
    std::vector<std::pair<int, double>> all;
    for (std::string text; std::getline(in, text);) {
      const auto line = nlohmann::json::parse(text, nullptr, false);
      if (line.contains("score")) all.emplace_back(line.at("step"), line.at("score"));
    }
    return all;
  }

  fs::path folder_;
  std::string data_, network_;
};

TEST_F(TrainVerb, KilledTenTimesEndsWithTheSameBytes) {
  ASSERT_EQ(run_octocal(arguments(data_, "whole")).exit_code, 0);
  const auto last = folder_ / "parts" / "last.ckpt";
  int killed = 0;
  for (std::uint32_t round = 0; round < 10; ++round) {
    const auto before = epochs("parts").size();
    // The first time at once, before anything is saved; then some time after it has gone on, at a random moment.
    const std::size_t wanted = round == 0 ? 0 : before + 1 + round % 3;
    const auto pause = std::chrono::milliseconds(static_cast<int>(120 * uniform01(1, Draw::kPhysics, round, 0)));
    ProgramOptions options;
    options.while_it_runs = [&](pid_t program) {
      for (int i = 0; i < 4000 && epochs("parts").size() < wanted; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::this_thread::sleep_for(pause);
      ::kill(program, SIGKILL);
    };
    const std::vector<std::string> resume(fs::exists(last) ? 1 : 0, "--resume");
    const auto result = run_octocal(arguments(data_, "parts", resume), options);
    if (result.exit_code == 128 + SIGKILL)
      ++killed;
    else
      ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  EXPECT_GE(killed, 8);
  const auto result = run_octocal(arguments(data_, "parts", {"--resume"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(epochs("parts"), epochs("whole"));
  EXPECT_EQ(epochs("parts").size(), static_cast<std::size_t>(kSteps / 2));
  EXPECT_TRUE(bytes("parts/last.ckpt") == bytes("whole/last.ckpt"));
  EXPECT_TRUE(bytes("parts/best.ckpt") == bytes("whole/best.ckpt"));
}

TEST_F(TrainVerb, APackedFileTrainsToTheSameBytes) {
  const auto packed = (folder_ / "a.pack").string();
  ASSERT_EQ(run_octocal({"pack", "--data", data_, "--out", packed}).exit_code, 0);
  ASSERT_EQ(run_octocal(arguments(data_, "hdf5", {}, 4)).exit_code, 0);
  const auto result = run_octocal(arguments(packed, "packed", {}, 4));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(bytes("packed/last.ckpt") == bytes("hdf5/last.ckpt"));
}

TEST_F(TrainVerb, ExportsItsRecordAndStartsFromAnExportedModel) {
  const auto model = (folder_ / "g.onnx").string();
  auto result = run_octocal(arguments(data_, "first", {"--export", model, "--calibration-showers", "0"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto graph = model::read_onnx(model);
  const auto training = nlohmann::json::parse(graph.metadata.at("octocal.training"));
  EXPECT_EQ(training.at("recipe"), "paper");
  EXPECT_EQ(training.at("augment"), true);
  EXPECT_EQ(training.at("data_hash"), graph.metadata.at("octocal.training_data"));
  const auto scores = nlohmann::json::parse(graph.metadata.at("octocal.scores"));
  EXPECT_EQ(scores.at("step"), training.at("step"));
  const auto log = training.at("log").back();  // [step, score, error] of the chosen epoch: the last one it knows
  EXPECT_EQ(log.at(0), scores.at("step"));
  EXPECT_EQ(log.at(1), scores.at("score"));
  EXPECT_GT(scores.at("score_error").get<double>(), 0);
  EXPECT_GT(scores.at("geant4").at("hits").get<double>(), 0);

  // A rate so small that the weights stay as they are: what is exported again is the model.
  const auto again = (folder_ / "again.onnx").string();
  result = run_octocal(arguments(data_, "second",
                                 {"--init", model, "--rate", "1e-30", "--first-step", std::to_string(kSteps - 1),
                                  "--export", again, "--calibration-showers", "0"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto copy = model::read_onnx(again);
  for (const auto& [name, tensor] : graph.constants) EXPECT_TRUE(copy.constants.at(name).bytes == tensor.bytes) << name;

  // Whose recipe it is the model says itself.
  result = run_octocal(with_recipes_own(arguments(data_, "own", {"--init", model}, 1)));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(bytes("own/metrics.jsonl").find("\"recipe\":\"paper\""), std::string::npos);

  result = run_octocal(arguments(data_, "third", {"--init", data_}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("showers.h5"), std::string::npos) << result.err;
}

TEST_F(TrainVerb, StopsWithTheNameOfAGoodCheckpointWhenTheLossIsNoNumber) {
  const auto result = run_octocal(arguments(data_, "wild", {"--rate", "1"}, 4000));
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_NE(result.err.find("training: "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("wild/"), std::string::npos) << result.err;
  EXPECT_NE(bytes("wild/training.html").find("class=\"stopped\""), std::string::npos);
}

TEST_F(TrainVerb, EndsWhenThePhysicsGetsNoBetter) {
  const auto result = run_octocal(arguments(data_, "patient", {"--rate", "1e-30", "--patience", "3"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto all = epochs("patient");
  EXPECT_LT(all.size(), static_cast<std::size_t>(kSteps / 2));
  // Nothing changes, so the first epoch that counts is the best one and three more follow.
  const auto state = nlohmann::json::parse(
      std::string_view(bytes("patient/metrics.jsonl"))
          .substr(bytes("patient/metrics.jsonl").rfind('\n', bytes("patient/metrics.jsonl").size() - 2) + 1));
  EXPECT_EQ(all.back().first, state.at("best_step").get<int>() + 6);
}

TEST_F(TrainVerb, RefusesLossesAndLateFailuresBeforeItBegins) {
  const auto before = bytes("showers.h5");
  fs::create_symlink(data_, folder_ / "link.h5");
  fs::create_directory(folder_ / "old");
  write_text_file(folder_ / "old" / "best.ckpt", "a checkpoint");
  struct Case {
    std::vector<std::string> more;
    const char* part;
  };
  for (const auto& [more, part] : std::vector<Case>{{{"--export", data_}, "--data"},
                                                    {{"--export", (folder_ / "link.h5").string()}, "--data"},
                                                    {{"--export", network_}, "--network"},
                                                    {{"--export", (folder_ / "no" / "g.onnx").string()}, "no folder"},
                                                    {{"--export", (folder_ / "new" / "last.ckpt").string()}, "--out"},
                                                    {{"--export", folder_.string()}, "folder"}}) {
    const auto result = run_octocal(arguments(data_, "new", more, 2));
    EXPECT_EQ(result.exit_code, 2) << more.back() << ": " << result.err;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(folder_ / "new")) << more.back();
  }
  const auto result = run_octocal(arguments(data_, "old", {"--from", (folder_ / "old" / "best.ckpt").string()}, 2));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("--from"), std::string::npos) << result.err;
  EXPECT_EQ(bytes("old/best.ckpt"), "a checkpoint");
  EXPECT_TRUE(bytes("showers.h5") == before);
}

TEST_F(TrainVerb, RefusesToResumeWithAnotherRateAndSaysWhichToGive) {
  ASSERT_EQ(run_octocal(arguments(data_, "run", {}, 2)).exit_code, 0);
  auto result = run_octocal(arguments(data_, "run", {"--resume", "--rate", "1e-3"}, 4));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("last.ckpt: rate was 0.0005 then and is 0.001 now"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("give --rate 0.0005"), std::string::npos) << result.err;
  result = run_octocal(arguments(data_, "run", {"--resume", "--rate", "5e-4"}, 4));  // the recipe's own, said aloud
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(TrainVerb, TakesTheRecipeOfWhatItStartsFrom) {
  ASSERT_EQ(run_octocal(arguments(data_, "run", {}, 2)).exit_code, 0);
  auto result = run_octocal(with_recipes_own(arguments(data_, "run", {"--resume"}, 4)));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto last = (folder_ / "run" / "last.ckpt").string();
  result = run_octocal(with_recipes_own(arguments(data_, "warm", {"--from", last}, 6)));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(bytes("warm/metrics.jsonl").find("\"recipe\":\"paper\""), std::string::npos);
  // Another one cannot go on with it, by either option.
  for (const char* option : {"--from", "--resume"}) {
    const bool resumes = option == std::string("--resume");
    auto other = with_recipes_own(arguments(data_, resumes ? "run" : "other", {}, 8));
    other.insert(other.end(), {"--recipe", "cells", option});
    if (!resumes) other.push_back(last);
    result = run_octocal(other);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("recipe"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("give --recipe paper"), std::string::npos) << result.err;
  }
  // Nor another network, whose numbers are others.
  auto wider = std::string(kNetwork);
  write_text_file(network_, wider.replace(wider.find("latent = 20"), 11, "latent = 24"));
  result = run_octocal(arguments(data_, "net", {"--from", last}, 8));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find(last + ": tensor "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("give the --network"), std::string::npos) << result.err;
}

TEST_F(TrainVerb, TrainsRecipeCellsWhereNothingSaysOtherwise) {
  const auto printed = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "--dump-network"});
    const auto result = run_octocal(more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const auto cells = printed({});
  EXPECT_NE(cells.find("architecture = \"cells\""), std::string::npos) << cells;
  EXPECT_NE(cells.find("[cells]"), std::string::npos) << cells;
  EXPECT_EQ(printed({"--recipe", "cells"}), cells);
  const auto file = (folder_ / "cells.toml").string();
  write_text_file(file, cells);
  EXPECT_EQ(printed({"--network", file}), cells);
  const auto papers = read_text_file(fs::path(OCTOCAL_SOURCE_DIR) / "examples" / "networks" / "paper.toml");
  EXPECT_EQ(printed({"--recipe", "best"}), papers.substr(papers.find('\n') + 1));  // behind the licence
  // A file of another network is for the recipe that trains it.
  EXPECT_NE(printed({"--network", network_}).find("layers"), std::string::npos);

  for (const auto& idle : std::vector<std::vector<std::string>>{
           {"--critic-from", "5"}, {"--critic-weight", "0.1"}, {"--recipe", "cells", "--architecture", "conv2d"}}) {
    auto all = idle;
    all.insert(all.begin(), {"train", "--data", data_, "--out", (folder_ / "idle").string(), "--steps", "1"});
    const auto result = run_octocal(all);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("recipe cells does not have it"), std::string::npos) << result.err;
  }
}

// To load it takes longer than most verbs do: octocal-torch does, which octocal starts for what needs it.
TEST(Program, IsNotLinkedToLibtorch) {
  const auto bytes = read_text_file(OCTOCAL_PROGRAM);
  for (const char* library : {"libtorch.so", "libtorch_cpu.so", "libc10.so"})
    EXPECT_EQ(bytes.find(library), std::string::npos) << library;
}

/// A calorimeter with cells that float16 does not hold in units of 1 MeV.
TEST_F(TrainVerb, TrainsOnCellsAboveWhatFloat16Holds) {
  auto batch = train::make_synthetic_showers(60, 1, {9, 9, 12});
  for (std::size_t i = 0; i < 60; i += 7) batch.shower(i)[9 * 12 * 4 + 12 * 4 + 5] = 70;
  const auto file = (folder_ / "hot.h5").string();
  data::WriterOptions options;
  options.geometry = {9, 9, 12};
  data::ShowerWriter writer(file, options);
  writer.append(batch);
  writer.finish();
  const auto result = run_octocal(arguments(file, "hot", {}, 6));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(epochs("hot").size(), 3u);
}

TEST_F(TrainVerb, RefusesADeviceThatIsNotThere) {
  const auto result = run_octocal(arguments(data_, "gpu", {"--device", "hip"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("--device hip"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(folder_ / "gpu"));
}

TEST_F(TrainVerb, SaysThatTheDiskIsFull) {
  ProgramOptions full;
  full.largest_file_bytes = 20'000;  // less than a checkpoint and its page
  const auto result = run_octocal(arguments(data_, "full", {}, 10), full);
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_NE(result.err.find(": could not be written whole (File too large); free some space"), std::string::npos)
      << result.err;
}

}  // namespace
}  // namespace octocal::test
