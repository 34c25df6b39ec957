// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "octocal/base/pending_file.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/cli/validate_small_files.hpp"

namespace octocal::cli {
namespace {

using nlohmann::json;
using test::has;
using test::run;

json compare(const octocal::test::TemporaryFolder& folder, const std::string& a, const std::string& b,
             std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"compare", folder.file(a), folder.file(b), "--json", folder.file("c.json")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto ran = run(arguments);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  const json document = json::parse(read_text_file(folder.file("c.json")));
  EXPECT_TRUE(has(ran.out, document.at("statement").get<std::string>()));
  return document;
}

TEST(Compare, SaysWhenFilesAreIdenticalByteForByte) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("a.h5"), 50, 1);
  std::filesystem::copy_file(folder.file("a.h5"), folder.file("b.h5"));
  const json document = compare(folder, "a.h5", "b.h5");
  EXPECT_TRUE(document.at("identical").get<bool>());
  EXPECT_TRUE(has(document.at("statement"), "identical, byte for byte"));
}

TEST(Compare, SaysWhenShowersAgreeThoughFilesDoNot) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("a.h5"), 50, 1);
  test::write_tiny_showers(folder.file("b.h5"), 50, 1, 1, "some latents");
  const json document = compare(folder, "a.h5", "b.h5");
  EXPECT_TRUE(document.at("identical").get<bool>());
  EXPECT_TRUE(has(document.at("statement"), "the same 50 showers, cell by cell"));
}

TEST(Compare, PairsFilesOfTheSameLatentsOnly) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("a.h5"), 80, 1, 1, "seed 1");
  test::write_tiny_showers(folder.file("b.h5"), 80, 1, 1.5F, "seed 1");
  test::write_tiny_showers(folder.file("c.h5"), 80, 1, 1.5F, "seed 2");
  const json paired = compare(folder, "a.h5", "b.h5");
  EXPECT_FALSE(paired.at("identical").get<bool>());
  EXPECT_NEAR(paired.at("table5").at("relative_to_ecal").at("value"), 0.5, 1e-5);
  EXPECT_NEAR(paired.at("table4").at("relative_mse").at("value"), 0.25, 1e-5);
  EXPECT_EQ(compare(folder, "a.h5", "c.h5").at("table5"), nullptr);
  const json forced = compare(folder, "a.h5", "c.h5", {"--same-latents"});
  EXPECT_NEAR(forced.at("table5").at("relative_to_ecal").at("value"), 0.5, 1e-5);
}

TEST(Compare, RefusesSameLatentsOfOtherEnergies) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("a.h5"), 80, 1);
  test::write_tiny_showers(folder.file("b.h5"), 81, 1);
  const auto ran = run({"compare", folder.file("a.h5"), folder.file("b.h5"), "--same-latents"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_TRUE(has(ran.err, "cannot have the same latents")) << ran.err;
  EXPECT_EQ(run({"compare", folder.file("a.h5"), folder.file("b.h5")}).exit_code, 0);
}

TEST(Compare, RunsTwoModelsOnTheSameLatents) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_model(folder.file("a.onnx"));
  test::write_tiny_model(folder.file("b.onnx"), 0.01);
  test::write_tiny_model(folder.file("c.onnx"), 0, "another version");
  const json document = compare(folder, "a.onnx", "b.onnx", {"--showers", "100", "--streams", "1"});
  EXPECT_FALSE(document.at("identical").get<bool>());
  EXPECT_EQ(document.at("table5").at("showers"), 100);
  EXPECT_NEAR(document.at("table5").at("mean_gev").at("value"), 0.6, 1e-5);
  EXPECT_NEAR(document.at("table5").at("largest_cell_gev"), 0.01, 1e-6);
  const json same = compare(folder, "a.onnx", "c.onnx", {"--showers", "100", "--streams", "1"});
  EXPECT_TRUE(has(same.at("statement"), "hold the same network"));
  EXPECT_EQ(same.at("table5").at("mean_gev").at("value"), 0.0);
}

TEST(Compare, SetsAModelAgainstItsOwnFile) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_model(folder.file("a.onnx"));
  ASSERT_EQ(run({"generate", "--model", folder.file("a.onnx"), "--energy", "150:450", "--showers", "60", "--seed", "7",
                 "-o", folder.file("a.h5")})
                .exit_code,
            0);
  const json document = compare(folder, "a.onnx", "a.h5", {"--streams", "1"});
  EXPECT_TRUE(document.at("identical").get<bool>()) << document.at("statement");
  EXPECT_TRUE(has(document.at("statement"), "the same 60 showers"));
}

TEST(Compare, RefusesWhatIsNeitherShowersNorAModel) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_showers(folder.file("a.h5"), 20, 1);
  write_text_file(folder.file("text"), "neither");
  for (const char* name : {"text", "absent"}) {
    const auto ran = run({"compare", folder.file("a.h5"), folder.file(name)});
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_TRUE(has(ran.err, name)) << ran.err;
  }
}

}  // namespace
}  // namespace octocal::cli
