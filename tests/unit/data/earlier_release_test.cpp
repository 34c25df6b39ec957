// SPDX-License-Identifier: Apache-2.0
// Files that octocal 0.1.0 wrote (tests/compatibility) are read for good. Expected numbers: h5py's.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "octocal/data/packed_showers.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::data {
namespace {

const std::string kFolder = std::string(OCTOCAL_SOURCE_DIR) + "/tests/compatibility/0.1.0/";

double sum_of(std::span<const float> cells) { return std::accumulate(cells.begin(), cells.end(), 0.0); }

TEST(EarlierRelease, ShowersAndLatentsAreRead) {
  ShowerReader reader({kFolder + "showers.h5"});
  ShowerBatch batch;
  ASSERT_TRUE(reader.next(batch, 10));
  ASSERT_EQ(batch.size(), 2U);
  EXPECT_EQ(batch.geometry, Geometry{});
  EXPECT_EQ(batch.energy_gev, (std::vector<float>{435.38907F, 395.8388F}));
  EXPECT_NEAR(sum_of(batch.shower(0)), 11.92653657, 1e-7);
  EXPECT_NEAR(sum_of(batch.shower(1)), 11.22061824, 1e-7);
  EXPECT_EQ(batch.shower(0)[(12 * 25 + 12) * 25 + 11], 0.41647562F);
  EXPECT_EQ(reader.attribute("octocal.seed"), "7");
  const auto latents = read_latents(kFolder + "showers.h5");
  ASSERT_EQ(latents.values.size(), 2U * 200U);
  EXPECT_EQ(latents.values[0], 0.97135895F);
  EXPECT_EQ(latents.values[2], -1.8817171F);
}

TEST(EarlierRelease, PackedFilesAreRead) {
  PackedReader packed(kFolder + "showers.pack");
  ASSERT_EQ(packed.size(), 2U);
  EXPECT_EQ(packed.energies(), (std::vector<float>{435.38907F, 395.8388F}));
  std::vector<float> cells(2 * 15625);
  packed.read(0, 2, cells);
  EXPECT_NEAR(sum_of(std::span(cells).first(15625)), 11.92653657, 1e-7);
  EXPECT_NEAR(sum_of(std::span(cells).subspan(15625)), 11.22061824, 1e-7);
  EXPECT_EQ(std::count_if(cells.begin(), cells.end(), [](float cell) { return cell > 0; }), 2323 + 2333);
}

}  // namespace
}  // namespace octocal::data
