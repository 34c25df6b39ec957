// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/checkpoint.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::train {
namespace {

class CheckpointFile : public ::testing::Test {
 protected:
  void expect_refused(const std::string& part) {
    try {
      read_checkpoint(file_);
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_NE(std::string(error.what()).find("a.ckpt"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }

  const octocal::test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "a.ckpt";
};

TEST_F(CheckpointFile, ReadsBackWhatWasWritten) {
  const TensorMap tensors{{"a", at::arange(6, at::kFloat).view({2, 3})},
                          {"empty", at::zeros({0, 4})},
                          {"steps", at::tensor({std::int64_t{1} << 40}, at::kLong)},
                          {"transposed", at::arange(6, at::kDouble).view({2, 3}).t()}};
  write_checkpoint({R"({"x":1})", tensors}, file_);
  const auto back = read_checkpoint(file_);
  EXPECT_EQ(back.json, R"({"x":1})");
  ASSERT_EQ(back.tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) EXPECT_TRUE(at::equal(tensor, back.tensors.at(name))) << name;
}

TEST_F(CheckpointFile, RefusesWhatIsTruncatedOrNoCheckpoint) {
  expect_refused("");  // missing
  write_checkpoint({"{}", {{"a", at::zeros({1000})}}}, file_);
  const auto bytes = read_text_file(file_);
  std::filesystem::remove(file_);
  for (const std::size_t length : {std::size_t{3}, std::size_t{12}, std::size_t{40}, bytes.size() - 1}) {
    std::ofstream(file_, std::ios::binary) << bytes.substr(0, length);
    expect_refused(length < 16 ? "not a checkpoint" : "truncated");
  }
  std::ofstream(file_, std::ios::binary) << std::string(4000, 'x');
  expect_refused("not a checkpoint");
}

TEST_F(CheckpointFile, RefusesTensorsOfAnotherShape) {
  TensorMap target{{"a", at::zeros({3})}};
  EXPECT_THROW(copy_values({{"a", at::zeros({4})}}, target), Error);
  EXPECT_THROW(copy_values({{"b", at::zeros({3})}}, target), Error);
  copy_values({{"a", at::ones({3})}}, target);
  EXPECT_EQ(target.at("a").sum().item<float>(), 3);
}

}  // namespace
}  // namespace octocal::train
