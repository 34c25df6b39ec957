// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/packed_showers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <utility>

#include "octocal/base/checksum.hpp"
#include "octocal/base/error.hpp"
#include "octocal/base/random.hpp"
#include "octocal/data/sample_identity.hpp"

namespace octocal::data {
namespace {

constexpr std::size_t kPackedShowers = 150;  // two blocks and a part of a third

class PackedFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / "octocal_packed" /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    file_ = (folder_ / "a.pack").string();
    batch_.geometry = {5, 7, 3};  // 105 cells: the last byte of the mask is not full
    batch_.resize(kPackedShowers);
    for (std::size_t i = 0; i < batch_.cells_gev.size(); ++i) {
      const double number = uniform01(3, Draw::kPhysics, i, 0);
      // Empty, sparse, full; numbers over many decades.
      const double filled = static_cast<double>(i / batch_.geometry.cells() % 3) / 2;
      batch_.cells_gev[i] = number < filled ? static_cast<float>(std::pow(10, -6 + 8 * number)) : 0.0F;
    }
    for (std::size_t i = 0; i < kPackedShowers; ++i) {
      batch_.energy_gev[i] = 100 + 0.37F * static_cast<float>(i);
      keys_.push_back(split_key(batch_.shower(i), batch_.energy_gev[i]));
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write() const {
    PackedWriter writer(file_, batch_.geometry, "0123abcd");
    writer.append(batch_, keys_);
    writer.finish();
  }
  std::string bytes() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void expect_refused(const std::string& why) const {
    try {
      PackedReader reader(file_);
      std::vector<float> cells(kPackedShowers * batch_.geometry.cells());
      reader.read(0, kPackedShowers, cells);
      FAIL() << "accepted, expected: " << why;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_NE(std::string(error.what()).find("a.pack"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    }
  }

  std::filesystem::path folder_;
  std::string file_;
  ShowerBatch batch_;
  std::vector<std::uint32_t> keys_;
};

TEST_F(PackedFile, GivesBackEveryBitWhateverRangeIsRead) {
  write();
  PackedReader reader(file_);
  ASSERT_EQ(reader.size(), kPackedShowers);
  EXPECT_EQ(reader.geometry(), batch_.geometry);
  EXPECT_EQ(reader.energies(), batch_.energy_gev);
  EXPECT_EQ(reader.split_keys(), keys_);
  EXPECT_EQ(reader.sample_hash(), "0123abcd");
  const auto n = batch_.geometry.cells();
  for (const auto& [first, count] :
       {std::pair<std::size_t, std::size_t>{0, kPackedShowers}, {63, 2}, {64, 64}, {10, 120}, {149, 1}, {5, 0}}) {
    std::vector<float> cells(count * n, -1.0F);
    reader.read(first, count, cells);
    EXPECT_TRUE(
        std::equal(cells.begin(), cells.end(), batch_.cells_gev.begin() + static_cast<std::ptrdiff_t>(first * n)))
        << first << " " << count;
  }
}

// The layout as the header file describes it, read by hand.
TEST_F(PackedFile, HasTheLayoutThatItDescribes) {
  write();
  const auto all = bytes();
  EXPECT_TRUE(all.starts_with("octocal packed showers 1\nshowers 150\ncells 5 7 3\nunit GeV\n"));
  const auto cells = batch_.shower(0);
  std::uint32_t above = 0;
  for (const float cell : cells) above += cell > 0;
  std::uint32_t stored = 0;
  std::memcpy(&stored, all.data() + 4096, 4);
  EXPECT_EQ(stored, above);
  const auto second = 4096 + 4 + 14 + 4 * above;  // 105 cells: 14 bytes of mask
  std::size_t number = 0;
  for (std::size_t c = 0; c < 105; ++c) {
    const bool set = (static_cast<unsigned char>(all[second + 4 + c / 8]) >> c % 8 & 1) != 0;
    EXPECT_EQ(set, batch_.shower(1)[c] > 0) << c;
    if (!set) continue;
    float value = 0;
    std::memcpy(&value, all.data() + second + 4 + 14 + 4 * number++, 4);
    EXPECT_EQ(value, batch_.shower(1)[c]);
  }
  EXPECT_GT(number, 10u);
}

// With checksums that are right: the writer does not look at its cells, so a test can make such files.
TEST_F(PackedFile, RefusesNumbersThatNobodyCanTrainWith) {
  for (const float bad : {std::nanf(""), -1.0F, 1.0F / 0.0F}) {
    const auto energy = std::exchange(batch_.energy_gev[3], bad);
    write();
    expect_refused("shower 3: its primary energy is ");
    batch_.energy_gev[3] = energy;
  }
  batch_.shower(70)[4] = 1.0F / 0.0F;
  write();
  expect_refused("shower 70: cell 4 is inf");
  // NaN is not above zero, so the writer takes it for an empty cell: the file is changed by hand, with its checksum.
  batch_.shower(70)[4] = 0;
  write();
  auto changed = bytes();
  const float nan = std::nanf("");
  std::uint32_t above = 0;
  std::memcpy(&above, changed.data() + 4096, 4);  // of shower 0, which is empty
  const auto second = 4096 + 4 + 14 + 4 * above;
  std::memcpy(changed.data() + second + 4 + 14, &nan, 4);
  const auto index = std::stoul(changed.substr(changed.find("index_offset ") + 13));
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::memcpy(&offset, changed.data() + index, 8);
  std::memcpy(&size, changed.data() + index + 8, 4);
  const auto crc = [&](std::size_t at, std::size_t count) {
    return crc32(std::as_bytes(std::span(changed).subspan(at, count)));
  };
  const std::uint32_t of_block = crc(offset, size);
  std::memcpy(changed.data() + index + 12, &of_block, 4);
  const auto put_hex = [&](const std::string& key, std::uint32_t value) {
    const auto text = fmt::format("{:08x}", value);
    changed.replace(changed.find(key) + key.size(), 8, text);
  };
  put_hex("index_crc32 ", crc(index, changed.size() - index));
  put_hex("header_crc32 ", crc(0, changed.find("header_crc32 ")));
  std::ofstream(file_, std::ios::binary | std::ios::trunc) << changed;
  expect_refused("shower 1: cell ");
}

TEST_F(PackedFile, RefusesWhatIsTruncatedDamagedOrSomethingElse) {
  write();
  const auto whole = bytes();
  const auto with = [&](std::string changed) { std::ofstream(file_, std::ios::binary) << changed; };
  auto changed = whole;
  changed[4096 + 200] = static_cast<char>(changed[4096 + 200] ^ 1);
  with(changed);
  expect_refused("the checksum of showers 0 and on differs");
  changed = whole;
  changed[30] = '9';  // in the number of showers
  with(changed);
  expect_refused("the header's checksum differs");
  changed = whole;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  with(changed);
  expect_refused("the index' checksum differs");
  with(whole.substr(0, whole.size() - 1));
  expect_refused("truncated");
  with(whole.substr(0, 1000));
  expect_refused("truncated");
  with("CDF5" + whole);
  expect_refused("not a packed file");
  std::filesystem::remove(file_);
  expect_refused("cannot be read");
}

TEST_F(PackedFile, IsAbsentUntilItIsComplete) {
  {
    PackedWriter writer(file_, batch_.geometry, "");
    writer.append(batch_, keys_);
  }
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST(SplitKey, IsAFunctionOfTheShowerAlone) {
  const std::vector<float> a = {0, 1, 2};
  const std::vector<float> b = {0, 1, 3};
  EXPECT_EQ(split_key(a, 100), split_key(std::vector<float>(a), 100));
  EXPECT_NE(split_key(a, 100), split_key(b, 100));
  EXPECT_NE(split_key(a, 100), split_key(a, 101));
}

}  // namespace
}  // namespace octocal::data
