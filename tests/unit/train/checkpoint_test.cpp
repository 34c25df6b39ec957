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

TEST_F(CheckpointFile, RefusesEveryFlippedByte) {
  write_checkpoint({R"({"x":1})", {{"a", at::arange(4, at::kFloat)}, {"b", at::zeros({2, 1})}}}, file_);
  const auto bytes = read_text_file(file_);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << changed;
    EXPECT_THROW(read_checkpoint(file_), Error) << "byte " << at;
  }
}

/// A file as octocal 0.1.0 wrote them: no checksum at its end.
void write_unchecked(const std::filesystem::path& file, const std::string& header, const std::string& numbers) {
  const std::uint64_t length = header.size();
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << "OCTOCKPT" << std::string(reinterpret_cast<const char*>(&length), sizeof length) << header << numbers;
}

TEST_F(CheckpointFile, ReadsOlderFilesWithoutAChecksum) {
  const std::string numbers("\0\0\x80\x3f\0\0\0\x40", 8);  // 1 and 2
  write_unchecked(file_, R"({"state":"{}","tensors":{"a":{"type":"float32","shape":[2],"offset":0}}})", numbers);
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(at::equal(read_checkpoint(file_).tensors.at("a"), at::tensor({1.0F, 2.0F})));
  const auto said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("warning: " + file_.string() + ": has no checksum"), std::string::npos) << said;
}

TEST_F(CheckpointFile, RefusesShapesThatCannotBe) {
  const auto with_shape = [&](const std::string& shape) {
    write_unchecked(file_, R"({"state":"{}","tensors":{"a":{"type":"float32","offset":0,"shape":)" + shape + "}}}",
                    std::string(16, '\0'));
  };
  with_shape("[-1, 4]");
  expect_refused("tensor a: shape (-1, 4), no extent can be negative");
  with_shape("[4611686018427387905, 4]");  // times 4 bytes: 16 if it wraps
  expect_refused("truncated");
  with_shape("[4294967296, 4294967296]");
  expect_refused("truncated");
  with_shape("[5]");
  expect_refused("truncated");
  with_shape("[1e30]");
  expect_refused("");
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
