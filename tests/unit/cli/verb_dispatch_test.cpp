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
  std::size_t few = 2;
  double share = 0.25;
  std::vector<std::string> list;
  std::string json;
  std::string settings;
  bool ran = false;
} told;

std::function<void()> define(App& app) {
  told = {};
  app.add_option("NAME", told.name, "A name")->required();
  app.add_option("--count", told.count, "A count");
  app.add_option("--list", told.list, "A list");
  app.add_option("--share", told.share, "A share")->check(from_to(0.0, 0.5));
  app.add_option("--any", told.share, "A number");
  app.add_option("--few", told.few, "A few")->type_name("N")->check(from_to(1, 7));
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

Ran ask(std::vector<std::string> arguments) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = run_command_line(arguments);
  return {code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

TEST(CommandLine, HelpListsEveryVerbInTheOrderOfTheWayOfTheData) {
  const auto help = ask({"--help"});
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
    const auto help = ask({definition.name, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_EQ(help.err, "");
    if (std::string(definition.summary).find("left out of this build") != std::string::npos) continue;
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
    const auto ran = ask({"zz-probe", name});
    EXPECT_EQ(ran.exit_code, code);
    EXPECT_EQ(ran.err, line);
  }
  EXPECT_EQ(ask({"zz-probe", "fine"}).exit_code, 0);
}

TEST(CommandLine, RefusesWhatItDoesNotKnowNamingIt) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"zz"}, "unknown verb zz; see octocal --help"},
      {{"generat"}, "unknown verb generat (did you mean generate?); see octocal --help"},
      {{"--zz"}, "unknown option --zz; see octocal --help"},
      {{"--versoin"}, "unknown option --versoin (did you mean --version?); see octocal --help"},
      {{"help", "zz"}, "unknown verb zz; see octocal --help"},
      {{"zz-probe", "a", "--cuont", "5"},
       "unknown option --cuont (did you mean --count?); see octocal zz-probe --help"},
      {{"zz-probe", "a", "--sede=5"}, "unknown option --sede=5 (did you mean --seed?); see octocal zz-probe --help"},
      {{"zz-probe", "a", "--share", "nan"}, "--share: nan is not from 0 to 0.5; see octocal zz-probe --help"},
      {{"zz-probe", "a", "--share", "0.6"}, "--share: 0.6 is not from 0 to 0.5"},
      {{"zz-probe", "a", "--share", "1e400"}, "--share: 1e400 is not from 0 to 0.5"},
      {{"zz-probe", "a", "--few", "0"}, "--few: 0 is not from 1 to 7"},
      {{"zz-probe", "a", "--few", "-1"}, "--few: -1 is not from 1 to 7"},
      {{"zz-probe", "a", "--few", "2.5"}, "--few: 2.5 is not from 1 to 7"},
      {{"zz-probe", "a", "--any", "inf"}, "--any: inf is not a value it can take"},
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
    const auto ran = ask(arguments);
    EXPECT_EQ(ran.exit_code, 2) << part;
    EXPECT_NE(ran.err.find("octocal: " + part), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_FALSE(told.ran && !arguments.empty() && arguments.front() == "zz-probe");
  }
}

TEST(CommandLine, WithoutAVerbShowsItsHelpAndFails) {
  const auto ran = ask({});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.out, ask({"--help"}).out);
  EXPECT_EQ(ran.err, "octocal: no verb is given; see octocal --help\n");
}

TEST(CommandLine, HelpOfAVerbIsTheVerbsHelp) {
  const auto ran = ask({"help", "zz-probe"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, ask({"zz-probe", "--help"}).out);
  EXPECT_NE(ran.out.find("--few N:1..7"), std::string::npos) << ran.out;
}

TEST(CommandLine, ReadsBackTheSettingsThatItDumps) {
  const octocal::test::TemporaryFolder folder;
  const auto dumped = ask({"zz-probe", "a name", "--count", "5", "--seed", "9", "--list", "x", "y", "--dump-config"});
  EXPECT_EQ(dumped.exit_code, 0);
  EXPECT_FALSE(told.ran);
  write_text_file(folder.file("probe.toml"), dumped.out);
  EXPECT_EQ(ask({"zz-probe", "--config", folder.file("probe.toml")}).err, "");
  EXPECT_EQ(told.name, "a name");
  EXPECT_EQ(told.count, 5);
  EXPECT_EQ(told.seed, 9U);
  EXPECT_EQ(told.list, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(told.settings, dumped.out);  // the command line wins over nothing here: the same settings
  ask({"zz-probe", "--config", folder.file("probe.toml"), "--count", "6"});
  EXPECT_EQ(told.count, 6);
}

TEST(CommandLine, DumpsDefaultsEvenWhenSomethingIsMissing) {
  const auto dumped = ask({"zz-probe", "--dump-config"});
  EXPECT_EQ(dumped.exit_code, 0);
  EXPECT_NE(dumped.out.find("count=3\n"), std::string::npos) << dumped.out;
  EXPECT_NE(dumped.out.find("seed=1\n"), std::string::npos);
  EXPECT_EQ(dumped.out.find("list"), std::string::npos) << dumped.out;
}

TEST(CommandLine, RefusesWrongConfigFiles) {
  const octocal::test::TemporaryFolder folder;
  write_text_file(folder.file("probe.toml"), "count = 4\nspelling = 5\n");
  const auto unknown = ask({"zz-probe", "a", "--config", folder.file("probe.toml")});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("--config: unknown setting spelling;"), std::string::npos) << unknown.err;
  write_text_file(folder.file("probe.toml"), "cuont = 4\n");
  const auto mistyped = ask({"zz-probe", "a", "--config", folder.file("probe.toml")});
  EXPECT_NE(mistyped.err.find("unknown setting cuont (did you mean count?)"), std::string::npos) << mistyped.err;
  const auto missing = ask({"zz-probe", "a", "--config", folder.file("absent.toml")});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_NE(missing.err.find("absent.toml"), std::string::npos) << missing.err;
}

TEST(CommandLine, WritesJsonCompleteOrNotAtAll) {
  const octocal::test::TemporaryFolder folder;
  EXPECT_EQ(ask({"zz-probe", "a", "--json", folder.file("out.json")}).exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(read_text_file(folder.file("out.json"))).at("count"), 3);
  const auto refused = ask({"zz-probe", "a", "--json", folder.file("absent/out.json")});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("absent/out.json"), std::string::npos);
}

}  // namespace
}  // namespace octocal::cli
