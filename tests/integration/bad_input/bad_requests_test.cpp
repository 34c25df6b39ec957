// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "integration/bad_input/bad_input_fixture.hpp"
#include "octocal/base/pending_file.hpp"

namespace octocal::test {
namespace {

class BadRequests : public BadInput {
 protected:
  std::vector<std::string> generate(std::vector<std::string> more) const {
    std::vector<std::string> command = {"generate", "--model", model_};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
};

TEST_F(BadRequests, UnknownOptionsAndVerbs) {
  expect_refused(generate({"-o", output_, "--shwoers", "5"}),
                 {"unknown option --shwoers (did you mean --showers?)", "octocal generate --help"});
  expect_refused({"info", showers_, "--frobnicate"}, {"unknown option --frobnicate", "octocal info --help"});
  expect_refused({"frobnicate"}, {"unknown verb frobnicate", "octocal --help"});
  expect_refused(generate({}), {"--output is missing", "octocal generate --help"});
}

TEST_F(BadRequests, EnergiesOutsideTheModelsRange) {
  for (const char* energy : {"50", "100:600", "200,501"})
    expect_refused(generate({"--energy", energy, "-o", output_}),
                   {model_ + ": energies from", "(100 to 500 GeV)", "--extrapolate"});
  expect_refused({"validate", "--reference", showers_, "--model", model_, "--model-info", "energy_max=300", "--json",
                  path("out.json")},
                 {model_ + ": ", "--extrapolate"});
  const auto result =
      run_octocal(generate({"--energy", "600", "--extrapolate", "--showers", "2", "--streams", "1", "-o", output_}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("warning"), std::string::npos) << result.err;
}

TEST_F(BadRequests, WhatIsNoEnergy) {
  for (const char* energy : {"-5", "0", "nan", "500:100", "1:2:3"})
    expect_refused(generate({"--energy=" + std::string(energy), "-o", output_}), {"--energy " + std::string(energy)});
}

TEST_F(BadRequests, AbsurdCountsOfStreamsShowersAndBatches) {
  for (const char* streams : {"0", "-3", "100000", "99999999999999999999", "many"})
    expect_refused(generate({"--streams=" + std::string(streams), "-o", output_}), {"--streams", "auto"});
  for (const char* showers : {"0", "-1", "99999999999999999", "99999999999999999999999", "1e99", "many"})
    expect_refused(generate({"--showers=" + std::string(showers), "-o", output_}), {"--showers"});
  for (const char* batch : {"0", "-1", "1000000"})
    expect_refused(generate({"--batch=" + std::string(batch), "-o", output_}), {"--batch"});
  expect_refused(generate({"--energy", showers_, "--showers", "9", "-o", output_}),
                 {showers_ + " holds only 8 showers"});
}

TEST_F(BadRequests, OutputThatCannotBeWritten) {
  expect_refused(generate({"-o", path("absent/out.h5")}), {path("absent/out.h5") + ": cannot be written"});
  expect_refused(generate({"-o", folder_.path().string()}), {"it is a folder"});
  expect_refused(generate({"-o", "/proc/out.h5"}), {"/proc/out.h5: cannot be written"});
  expect_refused(generate({"-o", "/dev/full"}), {"/dev/full: cannot be written"});
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  expect_refused({"info", showers_, "--json", "/proc/out.json"}, {"/proc/out.json: cannot be written"});
}

TEST_F(BadRequests, FullDisk) {
  // 64 showers of random weights are some megabytes. The limit counts for stderr and stdout, too, which are short.
  ProgramOptions full;
  full.largest_file_bytes = 100'000;
  expect_failed(generate({"--showers", "64", "--streams", "1", "--quiet", "-o", output_}),
                {output_ + ": could not be written whole (File too large)"}, full);
  full.largest_file_bytes = 300;
  expect_failed({"info", showers_, "--json", path("out.json")},
                {path("out.json") + ": could not be written whole (File too large)"}, full);
}

TEST_F(BadRequests, StandardOutputThatCannotBeWritten) {
  ProgramOptions full;
  full.standard_output = "/dev/full";
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--version"}, {"--help"}, {"inspect", model_}, {"info", showers_}, {"compare", showers_, showers_, "-q"}})
    expect_failed(arguments, {"standard output (No space left on device)"}, full);
}

TEST_F(BadRequests, ClosedStandardStreamsDoNotEndInTheOutput) {
  ProgramOptions closed;
  closed.standard_output = "";
  EXPECT_EQ(run_octocal({"info", showers_, "--json", path("out.json")}, closed).exit_code, 0);
  EXPECT_EQ(read_text_file(path("out.json")).substr(0, 2), "{\n");
}

TEST_F(BadRequests, AnOldOutputSurvivesAFailedRun) {
  write_text_file(output_, "old");
  expect_refused(generate({"--energy", "900", "-o", output_}), {"--extrapolate"});
  ProgramOptions full;
  full.largest_file_bytes = 100'000;
  expect_failed(generate({"--showers", "64", "--streams", "1", "-o", output_}), {"could not be written whole"}, full);
  EXPECT_EQ(read_text_file(output_), "old");
}

}  // namespace
}  // namespace octocal::test
