// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "octocal/base/error.hpp"
#include "octocal/data/packed_showers.hpp"
#include "octocal/data/sample_identity.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/train/training_data.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::train {
namespace {

constexpr data::Geometry kSmall{5, 5, 6};
constexpr std::size_t kStreamedShowers = 203;  // no multiple of any block
constexpr std::int64_t kBlock = 4;

class Streaming : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("octocal_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    files_ = {write_synthetic_showers(folder_ / "a", 120, 1, kSmall),
              write_synthetic_showers(folder_ / "b", kStreamedShowers - 120, 2, kSmall)};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// Memory for a window of `blocks` blocks.
  static StreamSettings stream(std::int64_t blocks, std::uint64_t seed = 7) {
    StreamSettings settings;
    settings.block_showers = kBlock;
    settings.showers_per_step = 2;  // the window moves on every second step
    settings.seed = seed;
    settings.memory_bytes = static_cast<std::size_t>(blocks + ShowerWindow::kAhead + ShowerWindow::kWorking) *
                            static_cast<std::size_t>(kBlock) * kSmall.cells() * 2;
    return settings;
  }

  std::filesystem::path folder_;
  std::vector<std::string> files_;
};

TEST_F(Streaming, GivesTheShowersThatMemoryWouldGive) {
  const auto all = load_training_data(files_, 0.2);
  const auto streamed = load_training_data(files_, 0.2, stream(6));
  ASSERT_TRUE(all.training.in_memory());
  ASSERT_FALSE(streamed.training.in_memory());
  EXPECT_TRUE(at::equal(streamed.training.energy, all.training.energy));
  EXPECT_EQ(streamed.response.coefficients, all.response.coefficients);
  EXPECT_EQ(streamed.hash, all.hash);
  for (std::int64_t step = 0; step < 200; step += 17) {  // inside the window
    const auto rows = streamed.training.rows(BatchDraw(1, step), 5, Purpose::kPairRows);
    EXPECT_TRUE(at::equal(streamed.training.cells_gev(rows), all.training.cells_gev(rows))) << step;
  }
  const auto backwards = at::arange(all.training.size() - 1, -1, -1, at::kLong);  // and anywhere
  EXPECT_TRUE(at::equal(streamed.training.cells_gev(backwards), all.training.cells_gev(backwards)));
  const auto held_out = at::arange(all.validation.size(), at::kLong);
  EXPECT_TRUE(at::equal(streamed.validation.cells_gev(held_out), all.validation.cells_gev(held_out)));
}

TEST_F(Streaming, DrawsTheSameWhereverARunBegins) {
  const auto through = load_training_data(files_, 0.2, stream(6));
  const auto other_seed = load_training_data(files_, 0.2, stream(6, 8));
  bool differs = false;
  for (std::int64_t step = 0; step < 240; ++step) {
    const BatchDraw draw(1, step);
    const auto rows = through.training.rows(draw, 3, Purpose::kPairRows);
    if (step % 40 == 39) {
      const auto resumed = load_training_data(files_, 0.2, stream(6));
      EXPECT_TRUE(at::equal(resumed.training.rows(draw, 3, Purpose::kPairRows), rows)) << step;
      differs = differs || !at::equal(other_seed.training.rows(draw, 3, Purpose::kPairRows), rows);
    }
  }
  EXPECT_TRUE(differs);
}

TEST_F(Streaming, EveryShowerHasItsTurnInEachPassAndMemoryIsKept) {
  const auto data = load_training_data(files_, 0.2, stream(6));
  auto& window = *data.training.window;
  EXPECT_EQ(window.window_blocks(), 6);
  const auto blocks = (data.training.size() + kBlock - 1) / kBlock;
  // Blocks of the first pass leave the window one after the other: what is in it at some step of the pass is all.
  std::set<std::int64_t> seen;
  std::vector<std::int64_t> entered;
  for (std::int64_t step = 0; step < 2 * blocks - 2 * 5; ++step) {
    for (const auto row : window.rows_at(step)) seen.insert(row);
    if (step % 2 == 0) entered.push_back(window.rows_at(step).front());
    window.rows(step, at::full({1}, 0.5, at::kDouble));
  }
  EXPECT_EQ(static_cast<std::int64_t>(seen.size()), data.training.size());
  EXPECT_FALSE(std::is_sorted(entered.begin(), entered.end()));
  EXPECT_LE(window.most_blocks_held(), 6 + ShowerWindow::kAhead);
}

TEST_F(Streaming, RefusesAWindowTooSmallToShuffleAndSaysHowMuchIsNeeded) {
  try {
    load_training_data(files_, 0.2, stream(3));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find("--memory"), std::string::npos) << error.what();
  }
}

// The whole point of the split by hash: whatever files are read together, in whatever order, with whatever copies, a
// shower that was held out once is never trained on.
TEST_F(Streaming, ValidationNeverLeaksOverFilesOrdersAndCopies) {
  const auto copied = (folder_ / "copy.h5").string();
  std::filesystem::copy_file(files_[1], copied);
  const auto packed = (folder_ / "a.pack").string();
  data::ShowerReader reader(files_);
  data::ShowerBatch batch;
  reader.read(0, reader.size(), batch);
  data::PackedWriter writer(packed, kSmall, "x");
  std::vector<std::uint32_t> keys;
  for (std::size_t i = 0; i < batch.size(); ++i) keys.push_back(data::split_key(batch.shower(i), batch.energy_gev[i]));
  writer.append(batch, keys);
  writer.finish();

  std::set<float> held_out, trained;  // energies are random numbers here: they name the showers
  const auto gather = [&](const std::vector<std::string>& files, const StreamSettings& settings) {
    const auto data = load_training_data(files, 0.2, settings);
    const auto add = [](const at::Tensor& energy, std::set<float>& to) {
      to.insert(energy.data_ptr<float>(), energy.data_ptr<float>() + energy.numel());
    };
    add(data.validation.energy, held_out);
    add(data.training.energy, trained);
  };
  gather(files_, {});
  const auto n = held_out.size();
  EXPECT_EQ(n + trained.size(), kStreamedShowers);
  EXPECT_NEAR(static_cast<double>(n) / kStreamedShowers, 0.2, 0.1);
  gather({files_[1], files_[0]}, {});
  gather({files_[1], copied, files_[0]}, stream(6));
  gather({copied}, {});
  gather({packed}, {});
  EXPECT_EQ(held_out.size(), n);
  std::vector<float> both;
  std::set_intersection(held_out.begin(), held_out.end(), trained.begin(), trained.end(), std::back_inserter(both));
  EXPECT_TRUE(both.empty());
}

/// 70 GeV are more than float16 has in units of 1 MeV. The last shower has them: all before it is read anew.
TEST_F(Streaming, KeepsCellsThatFloat16CannotHold) {
  auto batch = make_synthetic_showers(kStreamedShowers, 3, kSmall);
  batch.energy_gev.back() = 499;
  batch.shower(kStreamedShowers - 1)[77] = 70.123F;
  const auto file = (folder_ / "hot.h5").string();
  data::WriterOptions options;
  options.geometry = kSmall;
  data::ShowerWriter writer(file, options);
  writer.append(batch);
  writer.finish();
  const auto all_rows = [](const ShowerSample& sample) { return at::arange(sample.size(), at::kLong); };

  const auto all = load_training_data({file}, 0.2);
  auto twice = stream(6);
  twice.memory_bytes *= 2;
  const auto streamed = load_training_data({file}, 0.2, twice);
  EXPECT_EQ(streamed.training.window->window_blocks(), 6);
  for (const auto* data : {&all, &streamed}) {
    float largest = 0;
    for (const auto* sample : {&data->training, &data->validation}) {
      const auto cells = sample->cells_gev(all_rows(*sample));
      EXPECT_TRUE(at::isfinite(cells).all().item<bool>());
      largest = std::max(largest, cells.max().item<float>());
    }
    EXPECT_FLOAT_EQ(largest, 70.123F);
    for (const auto coefficient : data->response.coefficients) EXPECT_TRUE(std::isfinite(coefficient));
  }
  EXPECT_EQ(all.training.cells.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(all.training.cells_gev(all_rows(all.training)),
                        streamed.training.cells_gev(all_rows(streamed.training))));
  EXPECT_EQ(load_training_data(files_, 0.2).training.cells.scalar_type(), at::kHalf);
}

TEST_F(Streaming, RefusesPackedAndHdf5FilesTogether) {
  const auto packed = (folder_ / "a.pack").string();
  data::PackedWriter(packed, kSmall, "x").finish();
  EXPECT_THROW(load_training_data({packed, files_[0]}, 0.2), Error);
}

}  // namespace
}  // namespace octocal::train
