// SPDX-License-Identifier: Apache-2.0
#include "octocal/trainer/training_options.hpp"

#include <gtest/gtest.h>

namespace octocal::trainer {
namespace {

train::TrainingRequest parsed(std::vector<std::string> arguments) {
  train::TrainingRequest request;
  command_line::App app;
  add_training_options(app, request);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(std::move(arguments));
  return request;
}

TEST(TrainingOptions, PutValuesWhereTheyBelong) {
  const auto request =
      parsed({"--data", "a.pack", "b.pack", "--steps=12", "--rate", "1e-3", "-o", "run", "--no-augment", "--device",
              "cuda:1", "--seed", "18446744073709551615", "--critic-weight", "0"});
  EXPECT_EQ(request.training.data, (std::vector<std::string>{"a.pack", "b.pack"}));
  EXPECT_EQ(request.steps, 12);
  EXPECT_EQ(parsed({"--steps", "10000"}).steps, 10000);  // of a fine-tuning, too
  EXPECT_EQ(parsed({}).steps, std::nullopt);
  EXPECT_EQ(request.training.rate, 1e-3);
  EXPECT_EQ(request.training.critic_weight, 0.0);
  EXPECT_EQ(request.out, "run");
  EXPECT_FALSE(request.training.augment);
  EXPECT_EQ(request.training.device, "cuda:1");
  EXPECT_EQ(request.training.seed, 18446744073709551615ULL);
  EXPECT_TRUE(parsed({"--augment", "--resume"}).training.resume);
  EXPECT_EQ(parsed({"--recipe", "best"}).recipe, "best");
  EXPECT_EQ(parsed({}).recipe, "");  // what it starts from decides, else cells
}

TEST(TrainingOptions, LeaveToTheRecipeWhatIsNotGiven) {
  const auto own = parsed({"--batch", "0", "--rate", "0", "--schedule-steps", "0", "--critic-from", "-1",
                           "--profile-steps", "-5", "--critic-weight", "-0.5"});
  for (const auto& request : {train::TrainingRequest{}, parsed({}), own}) {
    EXPECT_EQ(request.training.batch, std::nullopt);
    EXPECT_EQ(request.training.rate, std::nullopt);
    EXPECT_EQ(request.training.schedule_steps, std::nullopt);
    EXPECT_EQ(request.training.critic_from, std::nullopt);
    EXPECT_EQ(request.training.profile_steps, std::nullopt);
    EXPECT_EQ(request.training.critic_weight, std::nullopt);
  }
  EXPECT_EQ(parsed({"--critic-from", "0"}).training.critic_from, 0);
}

TEST(TrainingOptions, RefuseWhatTheyCannotTake) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"--stops", "3"},
                                                                     {"file"},
                                                                     {"--steps"},
                                                                     {"--steps", "--resume"},
                                                                     {"--steps", "0"},
                                                                     {"--steps", "3x"},
                                                                     {"--batch", "-1"},
                                                                     {"--rate", "2"},
                                                                     {"--recipe", "good"},
                                                                     {"--validation-share", "1"},
                                                                     {"--resume=maybe"}})
    EXPECT_THROW(parsed(arguments), CLI::ParseError) << arguments.front();
}

TEST(TrainingOptions, TellTheirDefaultsInTheHelp) {
  train::TrainingRequest request;
  command_line::App app;
  app.option_defaults()->always_capture_default();
  add_training_options(app, request);
  const auto help = app.help();
  for (const char* part :
       {"--steps-per-epoch INT", "without it 10,000", "--augment,--no-augment", "--batch INT", "=0", "=-1"})
    EXPECT_NE(help.find(part), std::string::npos) << part << "\n" << help;
}

}  // namespace
}  // namespace octocal::trainer
