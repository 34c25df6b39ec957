// SPDX-License-Identifier: Apache-2.0
// Files with flipped bytes in superblock, headers, heaps and trees: this process lives on and says a sentence, or reads
// numbers that are all right. scripts/damage_test.py does the same with more files.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "octocal/base/error.hpp"
#include "octocal/base/random.hpp"
#include "octocal/data/shower_reader.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::data {
namespace {

TEST(DamagedHdf5, IsRefusedOrReadWhateverByteIsFlipped) {
  const octocal::test::TemporaryFolder folder;
  const auto right = folder.file("right.h5"), damaged = folder.file("damaged.h5");
  const hid_t creation = test::made_by_test(H5Pcreate(H5P_DATASET_CREATE));
  const hsize_t chunk[] = {2, 2, 2, 3};
  H5Pset_chunk(creation, 4, chunk);
  H5Pset_shuffle(creation);
  H5Pset_deflate(creation, 1);
  auto showers = test::right_showers(5);
  for (auto& cell : showers[0].values) cell *= 1000;
  showers[0].creation = creation;
  test::write_raw_file(right, showers);
  H5Pclose(creation);
  std::ifstream in(right, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  int refused = 0;
  constexpr int kFiles = 80;
  for (std::uint64_t file = 0; file < kFiles; ++file) {
    auto changed = bytes;
    // The first 2,048 bytes are superblock, object headers, heaps and the tree of names.
    const auto at = static_cast<std::size_t>(uniform01(1, Draw::kPhysics, file, 0) * 2048);
    const auto bit = static_cast<unsigned>(uniform01(1, Draw::kPhysics, file, 1) * 8);
    changed[at] = static_cast<char>(changed[at] ^ (1U << bit));
    std::ofstream(damaged, std::ios::binary | std::ios::trunc) << changed;
    try {
      ShowerReader reader({damaged});
      ShowerBatch batch;
      while (reader.next(batch, 2))
        for (const float cell : batch.cells_gev) EXPECT_TRUE(cell >= 0 && cell < 1e6F);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2) << error.what();
      EXPECT_EQ(std::string(error.what()).find(damaged), 0U) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 5);
  EXPECT_LT(refused, kFiles);
}

}  // namespace
}  // namespace octocal::data
