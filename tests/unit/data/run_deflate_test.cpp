// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/run_deflate.hpp"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <bit>
#include <cmath>

#include "octocal/base/random.hpp"
#include "octocal/data/cell_packer.hpp"
#include "octocal/data/internal/huffman_code.hpp"

namespace octocal::data {
namespace {

/// The numbers of a stream, unpacked by libdeflate, which checks its checksum, and put together again.
std::vector<float> unpacked(const std::vector<std::byte>& stream, std::size_t all) {
  std::vector<std::byte> planes(sizeof(float) * all);
  auto* const decompressor = libdeflate_alloc_decompressor();
  std::size_t size = 0;
  const auto result =
      libdeflate_zlib_decompress(decompressor, stream.data(), stream.size(), planes.data(), planes.size(), &size);
  libdeflate_free_decompressor(decompressor);
  EXPECT_EQ(result, LIBDEFLATE_SUCCESS);
  EXPECT_EQ(size, planes.size());
  std::vector<float> cells(all);
  for (std::size_t i = 0; i < all; ++i) {
    std::uint32_t bits = 0;
    for (std::size_t p = 0; p < sizeof(float); ++p)
      bits |= std::to_integer<std::uint32_t>(planes[p * all + i]) << 8 * p;
    cells[i] = std::bit_cast<float>(bits);
  }
  return cells;
}

void expect_round_trip(const std::vector<float>& cells, std::size_t all, const std::string& what) {
  RunDeflater deflater;
  std::vector<std::byte> stream;
  ASSERT_TRUE(deflater.deflate(cells, all, stream)) << what;
  EXPECT_LT(stream.size(), sizeof(float) * all) << what;
  auto expected = cells;
  expected.resize(all, 0.0F);
  EXPECT_EQ(unpacked(stream, all), expected) << what;
}

TEST(RunDeflater, UnpacksToTheSameCellsWithRunsOfEveryLength) {
  std::vector<float> cells;
  for (std::size_t run = 0; run < 800; ++run) {
    cells.insert(cells.end(), run, 0.0F);
    cells.push_back(static_cast<float>(uniform01(1, Draw::kTraining, run, 0)));
  }
  expect_round_trip(cells, cells.size(), "a filled cell last");
  for (const std::size_t behind : {1U, 2U, 3U, 4U, 257U, 258U, 259U, 260U, 261U, 262U, 100'000U})
    expect_round_trip(cells, cells.size() + behind, std::to_string(behind) + " zeros behind");
}

TEST(RunDeflater, UnpacksToTheSameCellsWhereASymbolIsTheOnlyOne) {
  expect_round_trip({}, 1000, "nothing");
  expect_round_trip({}, 100'000, "much of nothing");
  expect_round_trip({1.0F}, 1000, "one");  // two of its bytes are zero
  expect_round_trip(std::vector<float>(5000, std::bit_cast<float>(0x01010101U)), 5000, "one byte all through");
  expect_round_trip(std::vector<float>(5000, 0.1F), 5000, "one number");
}

TEST(RunDeflater, TakesLessWhereCellsAreLikeAShowers) {
  std::vector<float> cells(16 * 15'625, 0.0F);
  std::size_t filled = 0;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (uniform01(2, Draw::kTraining, i, 0) < 0.13) {
      cells[i] = static_cast<float>(std::exp(8 * uniform01(2, Draw::kTraining, i, 1) - 10));
      ++filled;
    }
  RunDeflater deflater;
  std::vector<std::byte> stream;
  ASSERT_TRUE(deflater.deflate(cells, cells.size(), stream));
  EXPECT_EQ(unpacked(stream, cells.size()), cells);
  PackedCells gzip;
  CellPacker({25, 25, 25}, Compression::parse("gzip:1")).pack(cells, gzip);
  EXPECT_LT(stream.size(), gzip.bytes.size());
  EXPECT_GT(8 * stream.size(), (23 + 4) * filled);  // random bits, and H(0.13) / 0.13 to say where
  // Again the same bytes, whatever was packed before.
  std::vector<std::byte> again;
  ASSERT_TRUE(deflater.deflate(std::vector<float>(70, 1.0F), 5000, again));
  ASSERT_TRUE(deflater.deflate(cells, cells.size(), again));
  EXPECT_EQ(again, stream);
}

TEST(RunDeflater, SaysSoWhereItWouldTakeMore) {
  std::vector<float> cells(4000);
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = std::bit_cast<float>(philox(5, Draw::kTraining, i, 0)[0]);
  RunDeflater deflater;
  std::vector<std::byte> stream;
  EXPECT_FALSE(deflater.deflate(cells, cells.size(), stream));
  EXPECT_FALSE(deflater.deflate({}, 8, stream));  // the description of the code is longer
}

TEST(HuffmanCode, IsThatOfTheStandardsExample) {
  const std::vector<std::uint8_t> lengths = {3, 3, 3, 3, 3, 2, 4, 4};  // RFC 1951, 3.2.2
  std::vector<std::uint16_t> codes(8);
  huffman_codes(lengths, codes);
  // 010 011 100 101 110 00 1110 1111, read backwards
  EXPECT_EQ(codes, (std::vector<std::uint16_t>{0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111}));
}

TEST(HuffmanCode, GivesTheLengthsOfACodeMadeByHand) {
  std::vector<std::uint8_t> lengths(6);
  huffman_lengths(std::vector<std::uint32_t>{5, 0, 1, 1, 2, 9}, 15, lengths);
  EXPECT_EQ(lengths, (std::vector<std::uint8_t>{2, 0, 4, 4, 3, 1}));
  huffman_lengths(std::vector<std::uint32_t>{0, 0, 0, 7, 0, 0}, 15, lengths);
  EXPECT_EQ(lengths, (std::vector<std::uint8_t>{0, 0, 0, 1, 0, 0}));
}

TEST(HuffmanCode, KeepsToTheLongestCodeAndStaysComplete) {
  std::vector<std::uint32_t> counts = {1, 1};  // Fibonacci's numbers make the deepest tree
  while (counts.size() < 30) counts.push_back(counts[counts.size() - 1] + counts[counts.size() - 2]);
  for (const unsigned longest : {5U, 7U, 13U, 29U}) {
    std::vector<std::uint8_t> lengths(counts.size());
    huffman_lengths(counts, longest, lengths);
    double kraft = 0;
    for (std::size_t s = 0; s < counts.size(); ++s) {
      EXPECT_LE(lengths[s], longest);
      EXPECT_GE(lengths[s], 1);
      if (s > 0) {
        EXPECT_LE(lengths[s], lengths[s - 1]);
      }
      kraft += std::pow(2.0, -static_cast<double>(lengths[s]));
    }
    EXPECT_EQ(kraft, 1.0) << longest;
  }
}

}  // namespace
}  // namespace octocal::data
