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

TEST_F(BadRequests, ValuesThatAreMissingDoubledOrEmpty) {
  expect_refused(generate({"-o"}), {"--output: its value is missing", "octocal generate --help"});
  expect_refused(generate({"-o", output_, "-n"}), {"--showers: its value is missing"});
  expect_refused(generate({"-o", output_, "-n", "1", "-n", "2"}), {"--showers is given several times"});
  expect_refused(generate({"-o", output_, "-q", "-v"}), {"exclude each other"});
  expect_refused(generate({"-o", output_, "-e", "200", "--latents", showers_}), {"exclude each other"});
  expect_refused(generate({"-o", "-q"}), {"--output: -q is an option, not a file"});
  expect_refused(generate({"-o", ""}), {"--output: its file name is empty"});
  expect_refused({"generate", "-m", "", "-o", output_}, {"--model: its file name is empty"});
  expect_refused({"validate", "--reference", "", "-m", model_}, {"--reference: its file name is empty"});
}

TEST_F(BadRequests, OptionsThatWouldDoNothing) {
  expect_refused({"compare", showers_, showers_, "--energy", "200"}, {"--energy 200: is for two models", showers_});
  expect_refused({"compare", model_, showers_, "--energy", "200"}, {"--energy 200: is for two models", showers_});
}

TEST_F(BadRequests, NumbersThatAreNone) {
  for (const char* number : {"nan", "inf", "-1", "1e400", "much"})
    expect_refused({"tune", "-m", model_, "-o", path("tuned.onnx"), "--tolerance=" + std::string(number)},
                   {"--tolerance: ", "is not from 0 to"});
  for (const char* number : {"nan", "-1", "0", "1e3", "2.5", "10 apples"})
    expect_refused({"tune", "-m", model_, "-o", path("tuned.onnx"), "--budget=" + std::string(number)},
                   {"--budget", number, "must be trials"});
  for (const char* number : {"nan", "-1", "1e400", "1e3", "2.5", "99999999999999999999"})
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"quantize", "-m", model_, "-o", path("new.onnx"), "--check-showers"},
                                               {"tune", "-m", model_, "-o", path("new.onnx"), "--check-showers"},
                                               {"bench", "-m", model_, "--repeats"},
                                               {"validate", "--reference", showers_, "--showers-per-reference"},
                                               {"compare", showers_, showers_, "--showers"}}) {
      auto with_number = command;
      with_number.back() += "=" + std::string(number);
      expect_refused(with_number, {command.back() + ": " + number + " is not from"});
    }
}

TEST_F(BadRequests, ResultFilesAndLimitsThatAreNone) {
  const std::vector<std::string> texts = {"",
                                          "{}",
                                          "[]",
                                          "null",
                                          "[1e400]",
                                          "{\"format\": 1e400}",
                                          "{\"format\": \"\xff\"}",
                                          std::string(100000, '['),
                                          "{\"name\": \"x\", \"sigmas\": -1, \"limits\": []}"};
  for (const auto& text : texts) {
    write_text_file(path("bad.json"), text);
    expect_refused({"report", path("bad.json"), "-o", path("report")}, {path("bad.json") + ": "});
    expect_refused({"validate", "--reference", showers_, "--limits", path("bad.json")}, {path("bad.json") + ": "});
  }
  expect_refused({"report", "/dev/zero", "-o", path("report")}, {"/dev/zero: is a device"});
  expect_refused({"report", folder_.path().string(), "-o", path("report")}, {"is a folder"});
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

// Names of files are bytes, JSON is UTF-8.
TEST_F(BadRequests, NamesThatAreNoUtf8CostNobodyTheNumbers) {
  const auto odd = path("showers\xff\x1b.h5");
  std::filesystem::copy_file(showers_, odd);
  const auto result = run_octocal({"info", odd, "--json", path("out.json")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(read_text_file(path("out.json")).find("showers\xef\xbf\xbd\\u001b.h5"), std::string::npos);
  std::filesystem::remove(odd);
  const auto refused = run_octocal({"info", odd});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("showers\xff\\x1b.h5: no such file; "), std::string::npos) << refused.err;
}

TEST_F(BadRequests, AnOldOutputSurvivesAFailedRun) {
  write_text_file(output_, "old");
  expect_refused(generate({"--energy", "900", "-o", output_}), {"--extrapolate"});
  ProgramOptions full;
  full.largest_file_bytes = 100'000;
  expect_failed(generate({"--showers", "64", "--streams", "1", "--quiet", "-o", output_}),
                {"could not be written whole"}, full);
  EXPECT_EQ(read_text_file(output_), "old");
}

}  // namespace
}  // namespace octocal::test
