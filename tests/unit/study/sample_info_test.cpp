// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/sample_info.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "octocal/data/shower_writer.hpp"
#include "octocal/study/sample_info_json.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::study {
namespace {

/// Showers of 1 x 2 x 4 cells with the given Ep and ECAL/Ep, all of ECAL in two cells: 1e-5 GeV and the rest.
void write_showers(const std::string& file, const std::vector<float>& energy_gev, const std::vector<double>& response) {
  data::WriterOptions options;
  options.geometry = {1, 2, 4};
  data::ShowerBatch batch{options.geometry, energy_gev, std::vector<float>(energy_gev.size() * 8)};
  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    batch.shower(i)[0] = 1e-5F;
    batch.shower(i)[5] = static_cast<float>(response[i] * static_cast<double>(energy_gev[i]) - 1e-5);
  }
  data::ShowerWriter writer(file, options);
  writer.append(batch);
  writer.finish();
}

TEST(SampleInfo, TellsResponseResolutionAndTailPerEnergyQuarter) {
  const octocal::test::TemporaryFolder folder;
  std::vector<float> energies;
  std::vector<double> responses;
  // 101 showers in each quarter of 100..500 GeV; responses 0.020 .. 0.030 evenly: median 0.025, 16 % and 84 % at 0.0216
  // and 0.0284. 0.85 of the median is 0.02125: 13 showers (0.0200 to 0.0212) lie below it.
  for (int quarter = 0; quarter < 4; ++quarter)
    for (int i = 0; i <= 100; ++i) {
      energies.push_back(quarter == 0 && i == 0   ? 100.0F
                         : quarter == 3 && i == 0 ? 500.0F
                                                  : 150.0F + 100.0F * static_cast<float>(quarter));
      responses.push_back(0.020 + 0.0001 * i);
    }
  write_showers(folder.file("a.h5"), energies, responses);
  data::ShowerReader reader({folder.file("a.h5")});
  const auto info = read_sample_info(reader);
  EXPECT_EQ(info.showers, 404U);
  EXPECT_EQ(info.energy_min_gev, 100);
  EXPECT_EQ(info.energy_max_gev, 500);
  ASSERT_EQ(info.quarters.size(), 4U);
  for (const auto& row : info.quarters) {
    EXPECT_EQ(row.showers, 101U);
    EXPECT_EQ(row.energy_high_gev - row.energy_low_gev, 100);
    EXPECT_NEAR(row.shape.mean, 0.025, 1e-8);
    EXPECT_NEAR(row.shape.median, 0.025, 1e-8);
    EXPECT_NEAR(row.shape.core_resolution, 0.0034 / 0.025, 1e-6);
    EXPECT_NEAR(row.shape.std, 0.0001 * std::sqrt((101.0 * 101 - 1) / 12) / 0.025, 1e-6);  // of 0..100
    EXPECT_NEAR(row.shape.tail_share, 13.0 / 101, 1e-9);
  }
  EXPECT_EQ(info.all.showers, 404U);
}

TEST(SampleInfo, TellsHitsAndSparsity) {
  const octocal::test::TemporaryFolder folder;
  write_showers(folder.file("a.h5"), {100, 200, 300, 400}, {0.03, 0.03, 0.03, 0.03});
  data::ShowerReader reader({folder.file("a.h5")});
  const auto info = read_sample_info(reader);
  EXPECT_EQ(info.hits, 2);
  EXPECT_EQ(info.hits_100_kev, 1);
  EXPECT_EQ(info.sparsity, 0.75);
  EXPECT_NEAR(info.cell_max_gev, 12, 1e-4);
  EXPECT_NEAR(info.ecal_mean_gev, 7.5, 1e-6);
  EXPECT_EQ(info.empty_showers, 0U);
  ASSERT_TRUE(info.response);
  EXPECT_NEAR(info.response->ecal_gev(250), 7.5, 1e-5);
}

TEST(SampleInfo, OfOneEnergyHasOneRowAndNoFit) {
  const octocal::test::TemporaryFolder folder;
  write_showers(folder.file("a.h5"), {250, 250, 250}, {0.02, 0.03, 0.04});
  data::ShowerReader reader({folder.file("a.h5")});
  const auto info = read_sample_info(reader);
  EXPECT_EQ(info.quarters.size(), 1U);
  EXPECT_FALSE(info.response);
  const auto document = to_json(info);
  EXPECT_TRUE(document.at("response").at("fit").is_null());
}

TEST(SampleInfo, JsonHoldsTheNumbersOfTheStructure) {
  const octocal::test::TemporaryFolder folder;
  write_showers(folder.file("a.h5"), {100, 200, 300, 400}, {0.03, 0.03, 0.03, 0.03});
  data::ShowerReader reader({folder.file("a.h5")});
  const auto info = read_sample_info(reader);
  const auto document = nlohmann::json::parse(to_json(info).dump());
  EXPECT_EQ(document.at("showers"), 4);
  EXPECT_EQ(document.at("files").at(0).at("name"), folder.file("a.h5"));
  EXPECT_EQ(document.at("geometry").at("nz"), 4);
  EXPECT_EQ(document.at("response").at("by_energy").size(), 4U);
  EXPECT_EQ(document.at("response").at("by_energy").at(1).at("core_resolution"), 0.0);
  EXPECT_TRUE(document.at("response").at("by_energy").at(1).at("std").is_null());  // of one shower
  EXPECT_EQ(document.at("cells").at("sparsity"), 0.75);
}

}  // namespace
}  // namespace octocal::study
