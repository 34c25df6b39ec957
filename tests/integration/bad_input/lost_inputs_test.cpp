// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>

#include "integration/bad_input/bad_input_fixture.hpp"
#include "octocal/base/pending_file.hpp"

namespace octocal::test {
namespace {

namespace fs = std::filesystem;

/// Whatever a verb reads, no output of it may take its place. Each case is a command line whose last word is the output
/// and the input that it would overwrite.
class LostInputs : public BadInput {
 protected:
  LostInputs() { fs::copy_file(showers_, other_); }

  struct Case {
    std::vector<std::string> arguments;
    std::string option, input_option;
  };

  /// Every option of every verb that reads a file, beside every one that writes one.
  std::vector<Case> cases(const std::string& file) const {
    const auto json = [&](std::vector<std::string> arguments, const char* input_option) {
      arguments.insert(arguments.end(), {"--json", file});
      return Case{arguments, "--json", input_option};
    };
    const auto output = [&](std::vector<std::string> arguments, const char* input_option) {
      arguments.insert(arguments.end(), {"-o", file});
      return Case{arguments, "--output", input_option};
    };
    return {
        json({"info", other_, input_}, "FILE"),
        json({"inspect", input_}, "MODEL"),
        output({"pack", "--data", other_, input_}, "--data"),
        output({"quantize", "-m", input_}, "--model"),
        output({"quantize", "-m", model_, "--calibration-data", input_}, "--calibration-data"),
        json({"quantize", "-m", input_, "-o", path("new.onnx")}, "--model"),
        output({"tune", "-m", input_}, "--model"),
        output({"tune", "-m", model_, "--reference", other_, input_}, "--reference"),
        json({"tune", "-m", input_, "-o", path("new.onnx")}, "--model"),
        output({"generate", "-m", input_}, "--model"),
        output({"generate", "-m", model_, "-e", input_}, "--energy"),
        output({"generate", "-m", model_, "--latents", input_}, "--latents"),
        json({"generate", "-m", input_, "-o", path("new.h5")}, "--model"),
        json({"validate", "--reference", input_, "-m", model_}, "--reference"),
        json({"validate", "--reference", other_, "-m", model_, input_}, "--model"),
        json({"validate", "--reference", other_, "--sample", input_}, "--sample"),
        json({"validate", "--reference", other_, "-m", model_, "--training", input_}, "--training"),
        json({"validate", "--reference", other_, "-m", model_, "--limits", input_}, "--limits"),
        json({"compare", input_, other_}, "A"),
        json({"compare", other_, input_}, "B"),
        json({"compare", model_, model_, "--energy", input_}, "--energy"),
        json({"bench", "-m", model_, "-m", input_}, "--model"),
    };
  }

  void expect_all_refused(const std::string& file) {
    for (const auto& one : cases(file))
      expect_refused(one.arguments, {file + ": cannot be written (" + one.option + " would overwrite ",
                                     "hat " + one.input_option + " reads"});  // what, or that
    EXPECT_EQ(read_text_file(input_), bytes_);
  }

  const std::string other_ = path("other.h5");
  const std::string input_ = path("input");
  const std::string bytes_ = "irreplaceable";
};

TEST_F(LostInputs, NoOutputMayBeAnInput) {
  write_text_file(input_, bytes_);
  expect_all_refused(input_);
}

TEST_F(LostInputs, NotEvenUnderAnotherName) {
  write_text_file(input_, bytes_);
  fs::create_hard_link(input_, path("hard"));
  fs::create_symlink("input", path("link"));
  for (const auto& file : {path("hard"), path("link"), path("./input")})
    for (const auto& one : cases(file))
      if (one.arguments[0] == "generate" || one.arguments[0] == "validate")
        expect_refused(one.arguments, {file + ": cannot be written (" + one.option + " would overwrite " + input_ +
                                       ", the same file, which " + one.input_option + " reads"});
  EXPECT_EQ(read_text_file(input_), bytes_);
}

TEST_F(LostInputs, AGlobNamesItToo) {
  expect_refused({"info", path("*.h5"), "--json", showers_}, {showers_ + ": cannot be written", "FILE reads"});
  expect_refused({"pack", "--data", path("sh*"), "-o", showers_}, {showers_ + ": cannot be written", "--data reads"});
  expect_refused({"generate", "-m", model_, "-e", path("sh*"), "-o", showers_}, {"--energy reads"});
}

TEST_F(LostInputs, NorMayItBeTheConfigFile) {
  write_text_file(path("my.toml"), "seed = 5\n");
  expect_refused({"generate", "-m", model_, "--config", path("my.toml"), "-o", path("my.toml")},
                 {"--output would overwrite what --config reads"});
}

TEST_F(LostInputs, NorWhatHoldsAModelsWeights) {
  // The smallest model with weights elsewhere: a graph (field 7) with an initializer (5) whose external data (13) have
  // the key (1) location and the value (2) w.bin.
  const std::string entry = std::string("\n\x08location\x12\x05w.bin", 17);
  const std::string model =
      std::string("\x08\x07\x3a") + char(4 + 17) + std::string("\x2a") + char(2 + 17) + "\x6a" + char(17) + entry;
  write_text_file(path("m.onnx"), model);
  write_text_file(path("w.bin"), bytes_);
  for (const auto& output : {path("w.bin"), path("./w.bin")}) {
    expect_refused({"generate", "-m", path("m.onnx"), "-o", output}, {"would overwrite", "--model reads"});
    expect_refused({"inspect", path("m.onnx"), "--json", output}, {"would overwrite", "MODEL reads"});
    expect_refused({"validate", "--reference", showers_, "-m", path("m.onnx"), "--json", output}, {"--model reads"});
  }
  EXPECT_EQ(read_text_file(path("w.bin")), bytes_);
}

TEST_F(LostInputs, TwoOutputsNeedTwoFiles) {
  for (const auto& json : {path("new"), path("./new")}) {
    const std::string refusal = json + ": cannot be written (--output and --json would both write it)";
    expect_refused({"generate", "-m", model_, "-o", path("new"), "--json", json}, {refusal});
    expect_refused({"quantize", "-m", model_, "-o", path("new"), "--json", json}, {refusal});
    expect_refused({"tune", "-m", model_, "-o", path("new"), "--json", json}, {refusal});
  }
}

TEST_F(LostInputs, AReportDoesNotReplaceTheFolderOfItsSources) {
  fs::create_directory(path("results"));
  write_text_file(path("results/validation.json"), "{}");
  write_text_file(path("bench.json"), "{}");
  expect_refused({"report", path("results/validation.json"), "-o", path("results"), "--force"},
                 {path("results") + ": cannot be written (--output would remove ", "which validation reads"});
  expect_refused({"report", path("bench.json"), "--bench", path("results/validation.json"), "-o", path("results")},
                 {"which --bench reads"});
}

TEST_F(LostInputs, LinksThatAreOutputsLeadToWhatIsReplaced) {
  write_text_file(path("old.json"), "old");
  fs::permissions(path("old.json"), fs::perms(0600));
  fs::create_symlink("old.json", path("link.json"));
  const auto result = run_octocal({"info", showers_, "--json", path("link.json")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::is_symlink(path("link.json")));
  EXPECT_EQ(read_text_file(path("old.json")).substr(0, 1), "{");
  EXPECT_EQ(fs::status(path("old.json")).permissions(), fs::perms(0600));
}

TEST_F(LostInputs, WhatCannotBeWrittenIsSaidBeforeTheInputsAreRead) {
  const std::string absent = path("absent.h5");
  for (const auto& output : {path("absent/out"), folder_.path().string(), std::string("/proc/octocal-out")}) {
    const std::string refusal = output + ": cannot be written (";
    expect_refused({"pack", "--data", absent, "-o", output}, {refusal});
    expect_refused({"quantize", "-m", absent, "-o", output}, {refusal});
    expect_refused({"quantize", "-m", absent, "-o", path("new.onnx"), "--json", output}, {refusal});
    expect_refused({"tune", "-m", absent, "-o", output}, {refusal});
    expect_refused({"tune", "-m", absent, "-o", path("new.onnx"), "--json", output}, {refusal});
    expect_refused({"generate", "-m", absent, "-o", output}, {refusal});
    expect_refused({"generate", "-m", absent, "-o", path("new.h5"), "--json", output}, {refusal});
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"info", absent},
                                                                       {"inspect", absent},
                                                                       {"validate", "--reference", absent},
                                                                       {"compare", absent, absent},
                                                                       {"bench", "-m", absent}}) {
      auto with_json = arguments;
      with_json.insert(with_json.end(), {"--json", output});
      expect_refused(with_json, {refusal});
    }
  }
  expect_refused({"report", absent, "-o", showers_}, {showers_ + ": cannot be written (it exists and is no folder)"});
  expect_refused({"report", absent, "-o", path("absent/report")}, {"no folder " + path("absent")});
}

}  // namespace
}  // namespace octocal::test
