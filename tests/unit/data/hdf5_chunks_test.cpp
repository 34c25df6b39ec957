// SPDX-License-Identifier: Apache-2.0
// Chunks that are unpacked by octocal: as HDF5 itself reads them where they are right; refused where HDF5 would read
// beyond its memory.
#include "octocal/data/internal/hdf5_chunks.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <functional>

#include "octocal/base/error.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::data::hdf5 {
namespace {

using test::made_by_test;
using test::right_showers;
using test::write_raw_file;

class Hdf5Chunks : public ::testing::Test {
 protected:
  /// A list of creation properties with chunks of this shape; `add` adds filters.
  static hid_t chunks_of(const std::vector<hsize_t>& shape, const std::function<void(hid_t)>& add) {
    const hid_t creation = made_by_test(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_chunk(creation, static_cast<int>(shape.size()), shape.data());
    add(creation);
    return creation;
  }

  /// 64 showers of 10 x 10 x 10 cells in one chunk with gzip, whose bytes are put there as they are.
  void write_chunk(const std::vector<unsigned char>& bytes, unsigned mask) {
    const hid_t creation = chunks_of({64, 10, 10, 10}, [](hid_t list) { H5Pset_deflate(list, 1); });
    const hsize_t shape[] = {64, 10, 10, 10}, first[] = {0, 0, 0, 0};
    const hid_t file = made_by_test(H5Fcreate(file_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    const hid_t space = made_by_test(H5Screate_simple(4, shape, nullptr));
    const hid_t ecal =
        made_by_test(H5Dcreate2(file, "ECAL", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    made_by_test(H5Dwrite_chunk(ecal, H5P_DEFAULT, mask, first, bytes.size(), bytes.data()));
    H5Dclose(ecal);
    H5Sclose(space);
    H5Pclose(creation);
    H5Fclose(file);
  }

  /// What reading shower 0 of ECAL says.
  std::string refusal() {
    const Lock lock;
    const Handle file(H5Fopen(file_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    const Handle ecal(H5Dopen2(file.get(), "ECAL", H5P_DEFAULT), H5Dclose);
    auto reader = ChunkReader::of(ecal.get(), file_, "ECAL");
    if (!reader) return "not read here";
    std::vector<float> cells(1000);
    try {
      reader->read(ecal.get(), {0, 0, 0, 0}, {1, 10, 10, 10}, cells.data());
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "";
  }

  static std::vector<unsigned char> gzip(const std::vector<unsigned char>& bytes) {
    uLongf size = compressBound(bytes.size());
    std::vector<unsigned char> packed(size);
    EXPECT_EQ(compress2(packed.data(), &size, bytes.data(), bytes.size(), 1), Z_OK);
    packed.resize(size);
    return packed;
  }
  static std::vector<unsigned char> packed_zeros(std::size_t bytes) { return gzip(std::vector<unsigned char>(bytes)); }

  const octocal::test::TemporaryFolder folder_;
  const std::string file_ = folder_.file("chunks.h5");
};

TEST_F(Hdf5Chunks, GiveTheNumbersThatHdf5Gives) {
  const std::vector<std::function<void(hid_t)>> filters = {
      [](hid_t) {},
      [](hid_t list) { H5Pset_deflate(list, 6); },
      [](hid_t list) { H5Pset_shuffle(list), H5Pset_deflate(list, 1); },
      [](hid_t list) { H5Pset_fletcher32(list); },
      [](hid_t list) { H5Pset_shuffle(list), H5Pset_deflate(list, 1), H5Pset_fletcher32(list); },
      [](hid_t list) { H5Pset_fletcher32(list), H5Pset_deflate(list, 1); }};
  for (const hid_t type : {H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_STD_I16BE, H5T_STD_U8LE, H5T_STD_I64LE})
    for (const auto& add : filters)
      for (const std::vector<hsize_t>& shape :
           std::vector<std::vector<hsize_t>>{{4, 2, 2, 3}, {3, 1, 2, 2}, {1, 2, 1, 3}}) {
        auto showers = right_showers(10);
        for (auto& cell : showers[0].values) cell = std::floor(cell * 1000);
        showers[0].type = type;
        showers[0].creation = chunks_of(shape, add);
        write_raw_file(file_, showers);
        H5Pclose(showers[0].creation);
        const Lock lock;
        const Handle file(H5Fopen(file_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
        const Handle ecal(H5Dopen2(file.get(), "ECAL", H5P_DEFAULT), H5Dclose);
        auto reader = ChunkReader::of(ecal.get(), file_, "ECAL");
        ASSERT_TRUE(reader);
        std::vector<float> expected(120), all(120), part(3 * 2 * 2 * 2);
        ASSERT_GE(H5Dread(ecal.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, expected.data()), 0);
        reader->read(ecal.get(), {0, 0, 0, 0}, {10, 2, 2, 3}, all.data());
        EXPECT_EQ(all, expected);
        reader->read(ecal.get(), {2, 0, 0, 1}, {3, 2, 2, 2}, part.data());  // across chunks, a part of each row
        for (std::size_t i = 0; i < part.size(); ++i)
          EXPECT_EQ(part[i], expected[(2 + i / 8) * 12 + i / 2 % 4 * 3 + 1 + i % 2]);
      }
}

TEST_F(Hdf5Chunks, ThatWereNeverWrittenAreTheFillValue) {
  auto showers = right_showers(2);
  const float fill = 0.25F;
  showers[0].creation = chunks_of({1, 2, 2, 3}, [&](hid_t list) { H5Pset_fill_value(list, H5T_NATIVE_FLOAT, &fill); });
  const hid_t creation = showers[0].creation;
  const hid_t file = made_by_test(H5Fcreate(file_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  const hid_t space = made_by_test(H5Screate_simple(4, showers[0].shape.data(), nullptr));
  const Handle ecal(H5Dcreate2(file, "ECAL", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
  std::vector<float> cells(12);
  ChunkReader::of(ecal.get(), file_, "ECAL")->read(ecal.get(), {1, 0, 0, 0}, {1, 2, 2, 3}, cells.data());
  EXPECT_EQ(cells, std::vector<float>(12, fill));
  H5Sclose(space);
  H5Pclose(creation);
  H5Fclose(file);
}

TEST_F(Hdf5Chunks, ThatUnpackToTooFewOrTooManyBytesAreRefused) {
  constexpr std::size_t kBytes = 64 * 1000 * sizeof(float);
  write_chunk(packed_zeros(kBytes), 0);
  EXPECT_EQ(refusal(), "");
  write_chunk(packed_zeros(kBytes - 4), 0);
  EXPECT_NE(refusal().find("at (0, 0, 0, 0) unpacks to 255996 bytes, expected 256000"), std::string::npos) << refusal();
  write_chunk(packed_zeros(2 * kBytes), 0);
  EXPECT_NE(refusal().find("unpacks to more than 256"), std::string::npos) << refusal();
  write_chunk(packed_zeros(400), 0);
  EXPECT_NE(refusal().find("bytes, which cannot unpack to 256000"), std::string::npos) << refusal();
}

TEST_F(Hdf5Chunks, ThatClaimNotToBePackedMustHaveAllBytes) {
  constexpr std::size_t kBytes = 64 * 1000 * sizeof(float);
  write_chunk(std::vector<unsigned char>(kBytes), 1);
  EXPECT_EQ(refusal(), "");
  write_chunk(packed_zeros(kBytes), 1);  // a bit of the index was flipped
  EXPECT_NE(refusal().find("bytes, which cannot unpack to 256000"), std::string::npos) << refusal();
}

TEST_F(Hdf5Chunks, WithAFlippedByteAreRefused) {
  std::vector<unsigned char> numbers(64 * 1000 * sizeof(float));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<unsigned char>(i * i % 251);
  auto bytes = gzip(numbers);
  bytes[bytes.size() / 2] ^= 4;
  write_chunk(bytes, 0);
  EXPECT_NE(refusal().find("cannot be unpacked: "), std::string::npos) << refusal();
  bytes = gzip(numbers);
  bytes.resize(bytes.size() - 3);
  write_chunk(bytes, 0);
  EXPECT_NE(refusal().find("cannot be unpacked: its end is missing"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace octocal::data::hdf5
