// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/energies.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/data/shower_writer.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::study {
namespace {

std::vector<float> energies_of(const Energies& energies, std::uint64_t first, std::size_t count) {
  std::vector<float> energy_gev(count);
  energies.fill(first, energy_gev);
  return energy_gev;
}

std::string energy_refusal(const std::string& text) {
  try {
    Energies::parse(text, 1);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return {};
}

TEST(Energies, OfARangeAreUniformInIt) {
  const auto energies = Energies::parse("100:500", 7);
  EXPECT_EQ(energies.min_gev(), 100);
  EXPECT_EQ(energies.max_gev(), 500);
  EXPECT_FALSE(energies.count());
  constexpr std::size_t kShowers = 50000;
  double sum = 0;
  double squares = 0;
  for (const float energy : energies_of(energies, 0, kShowers)) {
    ASSERT_GE(energy, 100.0F);
    ASSERT_LE(energy, 500.0F);
    sum += static_cast<double>(energy);
    squares += std::pow(static_cast<double>(energy) - 300, 2);
  }
  EXPECT_NEAR(sum / kShowers, 300, 5 * 400 / std::sqrt(12.0 * kShowers));
  EXPECT_NEAR(std::sqrt(squares / kShowers), 400 / std::sqrt(12.0), 1);
}

TEST(Energies, OfAShowerDoNotDependOnWhichOthersAreMade) {
  const auto energies = Energies::parse("100:500", 7);
  const auto many = energies_of(energies, 0, 100);
  EXPECT_EQ(energies_of(energies, 37, 1).front(), many[37]);
  EXPECT_NE(energies_of(Energies::parse("100:500", 8), 37, 1).front(), many[37]);
}

TEST(Energies, OfOneValueAndOfAListRepeat) {
  EXPECT_EQ(energies_of(Energies::parse("250", 1), 5, 2), (std::vector<float>{250, 250}));
  EXPECT_EQ(energies_of(Energies::parse("100,2e2,300.5", 1), 1, 4), (std::vector<float>{200, 300.5, 100, 200}));
}

TEST(Energies, OfAFileComeInItsOrder) {
  const octocal::test::TemporaryFolder folder;
  data::ShowerBatch batch{{1, 1, 2}, {110, 330, 220}, std::vector<float>(6, 0.5F)};
  data::WriterOptions options;
  options.geometry = batch.geometry;
  data::ShowerWriter writer(folder.file("a.h5"), options);
  writer.append(batch);
  writer.finish();
  const auto energies = Energies::parse(folder.file("a.h5"), 1);
  EXPECT_EQ(energies.count(), 3U);
  EXPECT_EQ(energies.min_gev(), 110);
  EXPECT_EQ(energies.max_gev(), 330);
  EXPECT_EQ(energies_of(energies, 1, 2), (std::vector<float>{330, 220}));
}

TEST(Energies, RefuseWhatIsNoEnergyTellingTheForms) {
  for (const char* text :
       {"500:100", "-100:500", "0", "nan", "inf", "100:inf", "100,-1", "1:2:3", "100:", "1e400", "--5"}) {
    const auto refusal = energy_refusal(text);
    EXPECT_NE(refusal.find(std::string("`energy` ") + text), std::string::npos) << text << ": " << refusal;
    EXPECT_NE(refusal.find("give a range 100:500"), std::string::npos) << text;
  }
  EXPECT_NE(energy_refusal("absent.h5").find("absent.h5: no such file"), std::string::npos);
}

}  // namespace
}  // namespace octocal::study
