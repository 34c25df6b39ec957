// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "octocal/base/pending_file.hpp"
#include "octocal/data/shower_reader.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/cli/validate_small_files.hpp"

namespace octocal::cli {
namespace {

TEST(Generate, MakesTheSameFileFromTheSettingsThatAFileHolds) {
  const octocal::test::TemporaryFolder folder;
  test::write_tiny_model(folder.file("a \"quoted\" name.onnx"));
  const auto made = test::run({"generate", "--model", folder.file("a \"quoted\" name.onnx"), "--energy", "90,200",
                               "--showers", "40", "--seed", "12", "--keep-latents", "--extrapolate", "--model-info",
                               "threshold=1e-5", "--model-info", "energy_max=300", "-o", folder.file("a.h5")});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto settings = data::ShowerReader({folder.file("a.h5")}).attribute("octocal.settings");
  write_text_file(folder.file("a.toml"), settings);
  const auto again = test::run({"generate", "--config", folder.file("a.toml"), "-o", folder.file("b.h5")});
  ASSERT_EQ(again.exit_code, 0) << again.err << settings;
  EXPECT_EQ(read_text_file(folder.file("a.h5")), read_text_file(folder.file("b.h5"))) << settings;
}

}  // namespace
}  // namespace octocal::cli
