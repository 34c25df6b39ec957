// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/verb_dispatch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::cli {
namespace {

/// What the verb of this test was last told, and what it does.
struct Told {
  std::string name;
  std::int64_t count = 3;
  std::uint64_t seed = 1;
  std::vector<std::string> list;
  std::string json;
  std::string settings;
  bool ran = false;
} told;

std::function<void()> define(CLI::App& app) {
  told = {};
  app.add_option("NAME", told.name, "A name")->required();
  app.add_option("--count", told.count, "A count");
  app.add_option("--list", told.list, "A list");
  add_seed(app, told.seed);
  add_json(app, told.json);
  return [&app] {
    told.ran = true;
    told.settings = settings_toml(app, {"json"});
    if (told.name == "input") throw bad_input("x.h5: problem; remedy");
    if (told.name == "failure") throw run_failed("it failed");
    if (told.name == "interruption") throw Error(ErrorCode::kInterrupted, "interrupted");
    if (told.name == "memory") throw std::bad_alloc();
    if (told.name == "surprise") throw std::logic_error("surprise");
    write_json(told.json, {{"count", told.count}});
  };
}

const Verb verb({"zz-probe", "serve a test", "  octocal zz-probe a\n  octocal zz-probe b", define});

struct Ran {
  int exit_code;
  std::string out, err;
};

Ran run(std::vector<std::string> arguments) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = run_command_line(arguments);
  return {code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

TEST(CommandLine, HelpListsEveryVerbInTheOrderOfTheWayOfTheData) {
  const auto help = run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  std::size_t at = 0;
  for (const char* name : {"info", "inspect", "quantize", "generate"}) {
    const auto found = help.out.find(std::string("\n  ") + name + " ");
    ASSERT_NE(found, std::string::npos) << name;
    EXPECT_GT(found, at) << name;
    at = found;
  }
}

TEST(CommandLine, EveryVerbHasASummaryAndAtLeastTwoExamplesOfItself) {
  std::set<std::string> names;
  for (const auto& definition : verbs()) {
    EXPECT_TRUE(names.insert(definition.name).second) << definition.name;
    EXPECT_STRNE(definition.summary, "") << definition.name;
    const auto help = run({definition.name, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_EQ(help.err, "");
    std::size_t examples = 0;
    const auto call = std::string("  octocal ") + definition.name;
    for (auto at = help.out.find(call); at != std::string::npos; at = help.out.find(call, at + 1)) ++examples;
    EXPECT_GE(examples, 2U) << definition.name;
  }
}

TEST(CommandLine, TurnsEveryFailureIntoOneLineAndAnExitCode) {
  const std::vector<std::tuple<std::string, int, std::string>> cases = {
      {"input", 2, "octocal: x.h5: problem; remedy\n"},
      {"failure", 1, "octocal: it failed\n"},
      {"interruption", 130, "octocal: interrupted\n"},
      {"memory", 1, "octocal: out of memory; try a smaller --batch or fewer --streams\n"},
      {"surprise", 1, "octocal: unexpected failure: surprise\n"}};
  for (const auto& [name, code, line] : cases) {
    const auto ran = run({"zz-probe", name});
    EXPECT_EQ(ran.exit_code, code);
    EXPECT_EQ(ran.err, line);
  }
  EXPECT_EQ(run({"zz-probe", "fine"}).exit_code, 0);
}

TEST(CommandLine, RefusesWhatItDoesNotKnowNamingIt) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "no verb is given; see octocal --help"},
      {{"zz"}, "unknown verb zz; see octocal --help"},
      {{"--zz"}, "unknown option --zz; see octocal --help"},
      {{"zz-probe", "a", "--zz"}, "unknown option --zz; see octocal zz-probe --help"},
      {{"zz-probe", "a", "--zz=5"}, "unknown option --zz=5; see octocal zz-probe --help"},
      {{"zz-probe", "a", "b"}, "unexpected argument b; see octocal zz-probe --help"},
      {{"zz-probe"}, "NAME is missing; see octocal zz-probe --help"},
      {{"zz-probe", "a", "--count", "many"}, "--count: many is not a value it can take; see octocal zz-probe --help"},
      {{"zz-probe", "a", "--count", "99999999999999999999"},
       "--count: 99999999999999999999 is not a value it can take"},
      {{"zz-probe", "a", "--seed", "-1"}, "--seed: -1 is not a value it can take"},
      {{"zz-probe", "a", "--count"}, "--count"}};
  for (const auto& [arguments, part] : cases) {
    const auto ran = run(arguments);
    EXPECT_EQ(ran.exit_code, 2) << part;
    EXPECT_NE(ran.err.find("octocal: " + part), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_FALSE(told.ran && !arguments.empty() && arguments.front() == "zz-probe");
  }
}

TEST(CommandLine, ReadsBackTheSettingsThatItDumps) {
  const test::TemporaryFolder folder;
  const auto dumped = run({"zz-probe", "a name", "--count", "5", "--seed", "9", "--list", "x", "y", "--dump-config"});
  EXPECT_EQ(dumped.exit_code, 0);
  EXPECT_FALSE(told.ran);
  write_text_file(folder.file("probe.toml"), dumped.out);
  EXPECT_EQ(run({"zz-probe", "--config", folder.file("probe.toml")}).err, "");
  EXPECT_EQ(told.name, "a name");
  EXPECT_EQ(told.count, 5);
  EXPECT_EQ(told.seed, 9U);
  EXPECT_EQ(told.list, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(told.settings, dumped.out);  // the command line wins over nothing here: the same settings
  run({"zz-probe", "--config", folder.file("probe.toml"), "--count", "6"});
  EXPECT_EQ(told.count, 6);
}

TEST(CommandLine, DumpsDefaultsEvenWhenSomethingIsMissing) {
  const auto dumped = run({"zz-probe", "--dump-config"});
  EXPECT_EQ(dumped.exit_code, 0);
  EXPECT_NE(dumped.out.find("count=3\n"), std::string::npos) << dumped.out;
  EXPECT_NE(dumped.out.find("seed=1\n"), std::string::npos);
  EXPECT_EQ(dumped.out.find("list"), std::string::npos) << dumped.out;
}

TEST(CommandLine, RefusesWrongConfigFiles) {
  const test::TemporaryFolder folder;
  write_text_file(folder.file("probe.toml"), "count = 4\nspelling = 5\n");
  const auto unknown = run({"zz-probe", "a", "--config", folder.file("probe.toml")});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("spelling"), std::string::npos) << unknown.err;
  const auto missing = run({"zz-probe", "a", "--config", folder.file("absent.toml")});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_NE(missing.err.find("absent.toml"), std::string::npos) << missing.err;
}

TEST(CommandLine, WritesJsonCompleteOrNotAtAll) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(run({"zz-probe", "a", "--json", folder.file("out.json")}).exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(read_text_file(folder.file("out.json"))).at("count"), 3);
  const auto refused = run({"zz-probe", "a", "--json", folder.file("absent/out.json")});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("absent/out.json"), std::string::npos);
}

}  // namespace
}  // namespace octocal::cli
