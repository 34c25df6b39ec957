// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/shower_writer.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/in_order.hpp"
#include "octocal/base/parallel_jobs.hpp"
#include "octocal/base/random.hpp"
#include "octocal/data/shower_reader.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::data {
namespace {

constexpr Geometry kSmall{3, 4, 5};

/// Random showers first .. first + n - 1, about a third of the cells zero.
ShowerBatch random_showers(std::size_t first, std::size_t n) {
  ShowerBatch batch{kSmall, {}, {}};
  batch.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    normals(1, Draw::kLatent, first + i, batch.shower(i));
    for (float& cell : batch.shower(i)) cell = cell < -0.4F ? 0 : cell * cell;
    batch.energy_gev[i] = static_cast<float>(100 + 400 * uniform01(1, Draw::kEnergy, first + i, 0));
  }
  return batch;
}

void write(const std::string& file, std::size_t showers, std::size_t chunk, const std::string& compression = "runs") {
  WriterOptions options;
  options.geometry = kSmall;
  options.compression = Compression::parse(compression);
  ShowerWriter writer(file, options);
  for (std::size_t first = 0; first < showers; first += chunk)
    writer.append(random_showers(first, std::min(chunk, showers - first)));
  writer.set_attribute("octocal.seed", "1");
  writer.finish();
}

TEST(ShowerWriter, RefusesWhatNobodyCouldReadNamingTheShower) {
  const octocal::test::TemporaryFolder folder;
  WriterOptions options;
  options.geometry = kSmall;
  for (const bool in_cells : {true, false}) {
    ShowerWriter writer(folder.file("a.h5"), options);
    writer.append(random_showers(0, 20));
    auto batch = random_showers(20, 3);
    (in_cells ? batch.cells_gev[2 * kSmall.cells() + 5] : batch.energy_gev[2]) = std::nanf("");
    try {
      writer.append(batch);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_NE(std::string(error.what()).find("a.h5: shower 22 holds nan"), std::string::npos) << error.what();
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder.file("a.h5")));
}

TEST(ShowerWriter, WritesWhatTheReaderReads) {
  const octocal::test::TemporaryFolder folder;
  for (const auto* compression : {"none", "runs", "gzip:1", "gzip:12"}) {
    write(folder.file("a.h5"), 100, 7, compression);
    ShowerReader reader({folder.file("a.h5")});
    ASSERT_EQ(reader.size(), 100U);
    EXPECT_EQ(reader.geometry(), kSmall);
    ShowerBatch batch;
    reader.read(0, 100, batch);
    auto expected = random_showers(0, 100);
    for (float& cell : expected.cells_gev)
      if (cell < kCellThresholdGev) cell = 0;
    EXPECT_EQ(batch.energy_gev, expected.energy_gev);
    EXPECT_EQ(batch.cells_gev, expected.cells_gev);
    EXPECT_EQ(reader.attribute("octocal.seed"), "1");
  }
}

TEST(ShowerWriter, SetsCellsBelowTheThresholdToZero) {
  const octocal::test::TemporaryFolder folder;
  ShowerBatch batch{{1, 1, 3}, {100}, {0.9e-6F, -1.0F, 2e-6F}};
  WriterOptions options;
  options.geometry = batch.geometry;
  ShowerWriter writer(folder.file("a.h5"), options);
  writer.append(batch);
  writer.finish();
  ShowerReader({folder.file("a.h5")}).read(0, 1, batch);
  EXPECT_EQ(batch.cells_gev, (std::vector<float>{0, 0, 2e-6F}));
}

TEST(ShowerWriter, WritesTheSameBytesWhateverTheBatchesAndTheTime) {
  const octocal::test::TemporaryFolder folder;
  write(folder.file("a.h5"), 100, 100);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // HDF5 would stamp objects with whole seconds
  write(folder.file("b.h5"), 100, 1);
  write(folder.file("c.h5"), 100, 33);
  EXPECT_EQ(hash_file(folder.file("a.h5")), hash_file(folder.file("b.h5")));
  EXPECT_EQ(hash_file(folder.file("a.h5")), hash_file(folder.file("c.h5")));
}

TEST(ShowerWriter, WritesTheSameBytesWhoeverPacks) {
  const octocal::test::TemporaryFolder folder;
  for (const auto* compression : {"runs", "gzip:2", "none"}) {
    write(folder.file("a.h5"), 100, 100, compression);
    WriterOptions options;
    options.geometry = kSmall;
    options.compression = Compression::parse(compression);
    ShowerWriter writer(folder.file("b.h5"), options);
    const std::size_t in_chunk = showers_in_chunk(kSmall);
    ASSERT_EQ(in_chunk, 16U);
    for (std::size_t first = 0; first < 100; first += in_chunk) {
      auto batch = random_showers(first, std::min(in_chunk, 100 - first));
      ASSERT_TRUE(drop_small_cells(batch.cells_gev));
      PackedCells packed;
      CellPacker(kSmall, options.compression).pack(batch.cells_gev, packed);
      writer.append_packed(batch.energy_gev, packed);
    }
    const PackedCells any;
    EXPECT_THROW(writer.append_packed(std::vector<float>(1, 100.0F), any), Error);  // behind a chunk that is not full
    writer.set_attribute("octocal.seed", "1");
    writer.finish();
    EXPECT_EQ(hash_file(folder.file("a.h5")), hash_file(folder.file("b.h5"))) << compression;
  }
}

TEST(ShowerWriter, WritesTheSameBytesWhenManyThreadsPackAndWriteInTurn) {
  const octocal::test::TemporaryFolder folder;
  constexpr std::size_t kShowers = 400;
  write(folder.file("a.h5"), kShowers, 100);
  const std::size_t in_chunk = showers_in_chunk(kSmall), chunks = (kShowers + in_chunk - 1) / in_chunk;
  for (const int threads : {2, 5}) {
    WriterOptions options;
    options.geometry = kSmall;
    ShowerWriter writer(folder.file("b.h5"), options);
    InOrder order(2 * static_cast<std::size_t>(threads));
    struct Place {
      ShowerBatch batch;
      CellPacker packer{kSmall, Compression{}};
      PackedCells packed;
    };
    std::vector<Place> places(order.places());
    parallel_jobs(chunks, threads, [&](std::size_t chunk) {
      EXPECT_TRUE(order.begin(chunk));
      auto& place = places[chunk % places.size()];
      place.batch = random_showers(chunk * in_chunk, std::min(in_chunk, kShowers - chunk * in_chunk));
      EXPECT_TRUE(drop_small_cells(place.batch.cells_gev));
      place.packer.pack(place.batch.cells_gev, place.packed);
      order.finish(chunk, [&](std::size_t turn) {
        const auto& ready = places[turn % places.size()];
        writer.append_packed(ready.batch.energy_gev, ready.packed);
      });
    });
    EXPECT_EQ(writer.written(), kShowers);
    writer.set_attribute("octocal.seed", "1");
    writer.finish();
    EXPECT_EQ(hash_file(folder.file("a.h5")), hash_file(folder.file("b.h5"))) << threads;
  }
}

TEST(ShowerWriter, KeepsChunksThatPackingWouldNotMakeSmaller) {
  const octocal::test::TemporaryFolder folder;
  for (const auto* compression : {"runs", "gzip:6"}) {
    WriterOptions options;
    options.geometry = {2, 2, 2};
    options.compression = Compression::parse(compression);
    ShowerBatch batch{options.geometry, {}, {}};
    batch.resize(16);
    for (std::size_t i = 0; i < batch.cells_gev.size(); ++i)  // random bits all through, above 1 and finite
      batch.cells_gev[i] = static_cast<float>(std::exp2(126 * uniform01(3, Draw::kTraining, i, 0)));
    for (auto& energy : batch.energy_gev) energy = 100;
    PackedCells packed;
    CellPacker(options.geometry, options.compression).pack(batch.cells_gev, packed);
    EXPECT_EQ(packed.filters_left_out, 3U) << compression;
    ShowerWriter writer(folder.file("a.h5"), options);
    writer.append(batch);
    writer.set_attribute("octocal.model", "a.onnx");  // whose showers may leave more than they have
    writer.finish();
    ShowerBatch read;
    ShowerReader({folder.file("a.h5")}).read(0, 16, read);
    EXPECT_EQ(read.cells_gev, batch.cells_gev) << compression;
  }
}

TEST(ShowerWriter, TakesFewerShowersToAChunkWhereTheyAreLarge) {
  EXPECT_EQ(showers_in_chunk({25, 25, 25}), 16U);
  EXPECT_EQ(showers_in_chunk({50, 50, 25}), 4U);
  EXPECT_EQ(showers_in_chunk({256, 256, 256}), 1U);
}

TEST(Compression, ReadsWhatItWritesAndRefusesTheRest) {
  for (const auto* text : {"none", "runs", "gzip:1", "gzip:12"}) EXPECT_EQ(Compression::parse(text).text(), text);
  for (const auto* text : {"", "gzip", "gzip:", "gzip:0", "gzip:13", "gzip:1x", "zstd"}) {
    try {
      Compression::parse(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_NE(std::string(error.what()).find(std::string("`compression` ") + text + ": "), std::string::npos);
    }
  }
}

TEST(ShowerWriter, KeepsLatents) {
  const octocal::test::TemporaryFolder folder;
  WriterOptions options;
  options.geometry = kSmall;
  options.latent_columns = 2;
  ShowerWriter writer(folder.file("a.h5"), options);
  std::vector<float> latents;
  for (std::size_t i = 0; i < 40; ++i) latents.push_back(static_cast<float>(i));
  writer.append(random_showers(0, 20), latents);
  EXPECT_EQ(writer.written(), 20U);
  EXPECT_THROW(writer.append(random_showers(20, 1)), Error);  // without its latents
  writer.finish();
  const auto read = read_latents(folder.file("a.h5"));
  EXPECT_EQ(read.columns, 2U);
  EXPECT_EQ(read.values, latents);
  EXPECT_EQ(read.energy_gev, random_showers(0, 20).energy_gev);
}

TEST(ShowerWriter, KeepsLongAttributes) {
  const octocal::test::TemporaryFolder folder;
  const std::string text(200'000, 'x');  // more than the 64 KiB of an object header
  WriterOptions options;
  options.geometry = kSmall;
  ShowerWriter writer(folder.file("a.h5"), options);
  writer.append(random_showers(0, 1));
  writer.set_attribute("octocal.layers", text);
  writer.finish();
  ShowerReader reader({folder.file("a.h5")});
  EXPECT_EQ(reader.attribute("octocal.layers"), text);
}

TEST(ShowerWriter, LeavesNothingBehindWithoutFinish) {
  const octocal::test::TemporaryFolder folder;
  {
    WriterOptions options;
    options.geometry = kSmall;
    ShowerWriter writer(folder.file("a.h5"), options);
    writer.append(random_showers(0, 50));
  }
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(ShowerWriter, TellsOfAFullDiskAndLeavesNothingBehind) {
  const octocal::test::TemporaryFolder folder;
  // A limit on the size of files plays the full disk.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t most : {200U, 20'000U, 60'000U}) {
    rlimit limit = before;
    limit.rlim_cur = most;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    try {
      write(folder.file("a.h5"), 1000, 10, "none");
      ADD_FAILURE() << "240 kB fitted into " << most;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 1);
      EXPECT_NE(std::string(error.what()).find("a.h5: could not be written whole ("), std::string::npos)
          << error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(folder.entries(), 0U) << most;
  }
  ::signal(SIGXFSZ, old_handler);
}

}  // namespace
}  // namespace octocal::data
