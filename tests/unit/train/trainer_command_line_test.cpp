// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "octocal/base/error.hpp"
#include "octocal/trainer/command_line.hpp"

namespace octocal::trainer {
namespace {

train::TrainingRequest parsed(const std::vector<std::string>& arguments) {
  train::TrainingRequest request;
  parse_command_line(arguments, train::training_options(request));
  return request;
}

TEST(TrainerCommandLine, PutsValuesWhereTheyBelong) {
  const auto request =
      parsed({"--data", "a.pack", "b.pack", "--steps=12", "--rate", "1e-3", "-o", "run", "--no-augment",
              "--critic-from", "-1", "--device", "cuda:1", "--seed", "18446744073709551615"});
  EXPECT_EQ(request.training.data, (std::vector<std::string>{"a.pack", "b.pack"}));
  EXPECT_EQ(request.training.steps, 12);
  EXPECT_EQ(request.training.rate, 1e-3);
  EXPECT_EQ(request.out, "run");
  EXPECT_FALSE(request.training.augment);
  EXPECT_EQ(request.training.critic_from, -1);
  EXPECT_EQ(request.training.device, "cuda:1");
  EXPECT_EQ(request.training.seed, 18446744073709551615ULL);
  EXPECT_TRUE(parsed({"--augment", "--resume"}).training.resume);
}

TEST(TrainerCommandLine, RefusesWhatItCannotTakeNamingTheOption) {
  for (const auto& [arguments, part] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{{{"--stops", "3"}, "--stops"},
                                                                     {{"file"}, "file"},
                                                                     {{"--steps"}, "--steps"},
                                                                     {{"--steps", "--resume"}, "--steps"},
                                                                     {{"--steps", "0"}, "--steps"},
                                                                     {{"--steps", "3x"}, "3x"},
                                                                     {{"--rate", "nan"}, "--rate"},
                                                                     {{"--recipe", "good"}, "good"},
                                                                     {{"--resume=yes"}, "--resume"}}) {
    try {
      parsed(arguments);
      FAIL() << "accepted " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(TrainerCommandLine, HelpNamesEveryOptionAndItsDefault) {
  train::TrainingRequest request;
  const auto options = train::training_options(request);
  const auto help = help_text(options);
  EXPECT_NE(help.find("--steps-per-epoch"), std::string::npos);
  EXPECT_NE(help.find("[10000]"), std::string::npos);
  EXPECT_NE(help.find("--augment,--no-augment"), std::string::npos);
}

}  // namespace
}  // namespace octocal::trainer
