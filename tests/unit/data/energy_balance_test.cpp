// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/energy_balance.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include "octocal/base/error.hpp"
#include "octocal/data/packed_showers.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/shower_writer.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::data {
namespace {

/// Showers of two cells: Ep and the share of it that they leave.
ShowerBatch showers_of(const std::vector<float>& energy_gev, const std::vector<double>& shares) {
  ShowerBatch batch;
  batch.geometry = {1, 1, 2};
  batch.energy_gev = energy_gev;
  for (std::size_t i = 0; i < energy_gev.size(); ++i)
    for (const double part : {0.25, 0.75})
      batch.cells_gev.push_back(static_cast<float>(part * shares[i] * static_cast<double>(energy_gev[i])));
  return batch;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(EnergyBalance, PassesWhatCalorimetersSee) {
  // A sampling calorimeter, a calibrated one, one with a noisy shower at low energy, one that is half empty.
  for (const auto& shares :
       {std::vector<double>{0.028, 0.029, 0.0282}, {0.97, 1.05, 1.01}, {0.03, 8, 0.03}, {0, 0, 0.9}})
    EXPECT_EQ(energy_balance(showers_of({100, 200, 300}, shares)).units, Units::kPossible);
  const auto empty = energy_balance(showers_of({100, 200}, {0, 0}));
  EXPECT_EQ(empty.units, Units::kPossible);
  EXPECT_EQ(empty.empty, 2U);
}

TEST(EnergyBalance, RefusesMoreThanThereIsAndGuessesTheUnit) {
  const auto mev = energy_balance(showers_of({100, 200, 300}, {28, 29, 30}), 7);
  EXPECT_EQ(mev.units, Units::kImpossible);
  EXPECT_EQ(mev.problem,
            "showers leave 29 times the energy that they have (median of 3 showers; shower 9: 9000 GeV of 300 GeV)");
  EXPECT_EQ(mev.guess, "the cells are in MeV and the energies in GeV (then ECAL would be 0.029 Ep)");
  const auto hundredfold = energy_balance(showers_of({100, 200, 300}, {2.8, 2.9, 3.0}));
  EXPECT_EQ(hundredfold.units, Units::kImpossible);
  EXPECT_EQ(hundredfold.guess, "the cells are multiplied by 100 (then ECAL would be 0.029 Ep)");
  const auto scaled = energy_balance(showers_of({1, 2, 3}, {2.8, 2.9, 3.0}));
  EXPECT_TRUE(holds(scaled.guess, "the energies are divided by 100")) << scaled.guess;
  const auto kev = energy_balance(showers_of({100, 200, 300}, {3e4, 3e4, 3e4}));
  EXPECT_TRUE(holds(kev.guess, "keV")) << kev.guess;
  const auto broken = energy_balance(showers_of({100, 200, 300}, {0.03, 11, 0.03}));
  EXPECT_EQ(broken.units, Units::kImpossible);
  EXPECT_TRUE(holds(broken.problem, "(shower 1: 2200 GeV of 200 GeV), while most leave 0.03")) << broken.problem;
}

TEST(EnergyBalance, DoubtsWhatIsHardlyRight) {
  const auto more = energy_balance(showers_of({100, 200, 300}, {1.2, 1.3, 1.4}));
  EXPECT_EQ(more.units, Units::kDoubtful);
  const auto hardly = energy_balance(showers_of({1e4F, 2e4F, 3e4F}, {2.8e-5, 2.9e-5, 3e-5}));
  EXPECT_EQ(hardly.units, Units::kDoubtful);
  EXPECT_EQ(hardly.guess, "the energies are in MeV and the cells in GeV (then ECAL would be 0.029 Ep)");
  const auto all_mev = energy_balance(showers_of({1e5F, 2e5F, 3e5F}, {0.028, 0.029, 0.03}));
  EXPECT_EQ(all_mev.units, Units::kDoubtful);
  EXPECT_EQ(all_mev.guess, "energies and cells are in MeV");
}

class ImpossibleShowers : public ::testing::Test {
 protected:
  template <typename Read>
  std::string refusal_of(Read read) {
    try {
      read();
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "not refused";
  }
  std::string refusal() {
    return refusal_of([&] { ShowerReader({file_}); });
  }
  void write(const ShowerBatch& batch, bool generated) {
    WriterOptions options;
    options.geometry = batch.geometry;
    ShowerWriter writer(file_, options);
    writer.append(batch);
    if (generated) writer.set_attribute("octocal.model", "model.onnx");
    writer.finish();
  }
  const octocal::test::TemporaryFolder folder_;
  const std::string file_ = folder_.file("showers.h5");
  const ShowerBatch mev_ = showers_of({100, 200, 300}, {28, 29, 30});
};

TEST_F(ImpossibleShowers, AreRefusedWhenTheFileIsOpened) {
  write(mev_, false);
  EXPECT_TRUE(holds(refusal(), file_ + ": showers leave 29 times")) << refusal();
  EXPECT_TRUE(holds(refusal(), "likely because the cells are in MeV and the energies in GeV")) << refusal();
  EXPECT_TRUE(holds(refusal(), "; write Ep and cells in GeV")) << refusal();
}

TEST_F(ImpossibleShowers, AreRefusedByNameWhereOthersAreRight) {
  std::vector<float> energies(200, 100.0F);
  std::vector<double> shares(200, 0.03);
  shares[150] = 12;
  write(showers_of(energies, shares), false);
  ShowerReader reader({file_});
  ShowerBatch batch;
  reader.read(0, 150, batch);
  const auto message = refusal_of([&] { reader.read(140, 20, batch); });
  EXPECT_TRUE(holds(message, file_ + ": shower 150 leaves 12 times the energy that it has (1200 GeV of 100 GeV);"))
      << message;
}

TEST_F(ImpossibleShowers, OfAModelAreOnlyWarnedOf) {
  write(mev_, true);
  ::testing::internal::CaptureStderr();
  ShowerReader reader({file_});
  ShowerBatch batch;
  reader.read(0, 3, batch);
  const auto warnings = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(holds(warnings, "warning: " + file_ + ": showers leave 29 times")) << warnings;
  EXPECT_EQ(batch.size(), 3U);
}

TEST_F(ImpossibleShowers, AreRefusedInPackedFilesToo) {
  const auto pack = [&](const ShowerBatch& batch) {
    PackedWriter writer(file_, batch.geometry, "hash");
    writer.append(batch, std::vector<std::uint32_t>(batch.size(), 1));
    writer.finish();
  };
  pack(mev_);
  const auto message = refusal_of([&] { PackedReader{file_}; });
  EXPECT_TRUE(holds(message, file_ + ": showers leave 29 times")) << message;
  pack(showers_of({100, 200}, {0, 0}));
  const auto empty = refusal_of([&] { PackedReader{file_}; });
  EXPECT_TRUE(holds(empty, "all of its 2 showers are empty")) << empty;
}

TEST_F(ImpossibleShowers, CellsOfAnySizeArePackedAsTheyAre) {
  // Far above what float16 holds (65.5 GeV in units of a MeV), and the smallest that counts.
  auto batch = showers_of({500, 4000}, {0.9, 0.9});
  batch.cells_gev = {70.0F, 66000.0F * 1e-3F, 3599.25F, 1e-6F};
  PackedWriter writer(file_, batch.geometry, "hash");
  writer.append(batch, std::vector<std::uint32_t>(2, 1));
  writer.finish();
  std::vector<float> cells(4);
  PackedReader(file_).read(0, 2, cells);
  EXPECT_EQ(cells, batch.cells_gev);
}

TEST_F(ImpossibleShowers, NoiseBelowTheThresholdIsZeroAndLargerIsNot) {
  auto showers = test::right_showers(3);
  showers[0].values[1] = -0.9e-6;
  showers[0].values[2] = 0.9e-6;
  test::write_raw_file(file_, showers);
  ShowerBatch batch;
  ShowerReader({file_}).read(0, 3, batch);
  EXPECT_EQ(batch.shower(0)[0], 0.001F);
  EXPECT_EQ(batch.shower(0)[1], 0.0F);
  EXPECT_EQ(batch.shower(0)[2], 0.0F);
  showers[0].values[1] = -1.1e-6;
  test::write_raw_file(file_, showers);
  EXPECT_TRUE(holds(refusal(),
                    "shower 0: cell (0, 0, 1) is negative (-1.1e-06; cells must be finite and not below "
                    "-1e-06 GeV)"))
      << refusal();
}

/// Sizes that overflow a product, or ask for more memory than there is: files that a fuzzer found.
TEST_F(ImpossibleShowers, SizesThatCannotBeAreRefused) {
  const auto write_sizes = [&](const std::vector<hsize_t>& ecal, const std::vector<hsize_t>& latent) {
    const hid_t made = test::made_by_test(H5Fcreate(file_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    const auto add = [&](const char* name, const std::vector<hsize_t>& shape) {
      const hid_t creation = test::made_by_test(H5Pcreate(H5P_DATASET_CREATE));
      const std::vector<hsize_t> chunk(shape.size(), 1);
      H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
      const hid_t space = test::made_by_test(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
      H5Dclose(test::made_by_test(H5Dcreate2(made, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT)));
      H5Sclose(space);
      H5Pclose(creation);
    };
    add("ECAL", ecal);
    if (!latent.empty()) add("latent", latent);
    H5Fclose(made);
    const hid_t opened = test::made_by_test(H5Fopen(file_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
    const hsize_t rows[] = {ecal[0], 2};
    const std::vector<float> values(2 * ecal[0], 50.0F);
    const hid_t space = test::made_by_test(H5Screate_simple(2, rows, nullptr));
    const hid_t target =
        test::made_by_test(H5Dcreate2(opened, "target", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Dwrite(target, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(target);
    H5Sclose(space);
    H5Fclose(opened);
  };
  const hsize_t one = 1;
  write_sizes({64, (one << 61U) + 1, 1, 1}, {});
  EXPECT_TRUE(holds(refusal(), "shape (64, 2305843009213693953, 1, 1), more than 16777216 cells a shower;"))
      << refusal();
  write_sizes({1, one << 32U, one << 32U, 1}, {});
  EXPECT_TRUE(holds(refusal(), "more than 16777216 cells a shower;")) << refusal();
  write_sizes({4, 2, 2, 3}, {4, one << 62U});
  const auto latents = refusal_of([&] { read_latents(file_); });
  EXPECT_TRUE(holds(latents, "`latent` has shape (4, 4611686018427387904)")) << latents;
}

}  // namespace
}  // namespace octocal::data
