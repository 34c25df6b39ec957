// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/energy_range.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "unit/model/expect_error.hpp"

namespace octocal::model {
namespace {

using testing::expect_bad_input;

GeneratorInfo made_for_100_to_500() {
  GeneratorInfo info;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  return info;
}

TEST(EnergyRange, RefusesEnergiesOutsideUnlessExtrapolating) {
  const auto info = made_for_100_to_500();
  EXPECT_NO_THROW(check_energy_range(info, "m.onnx", 100, 500, false));
  EXPECT_NO_THROW(check_energy_range(info, "m.onnx", 50, 600, true));
  expect_bad_input([&] { check_energy_range(info, "m.onnx", 99, 500, false); },
                   {"m.onnx: energies from 99 to 500 GeV"});
  expect_bad_input([&] { check_energy_range(info, "m.onnx", 100, 501, false); },
                   {"m.onnx: energies from 100 to 501 GeV", "(100 to 500 GeV)", "`extrapolate`"});
}

TEST(EnergyRange, AllowsTheRoundingOfFloat32) {
  auto info = made_for_100_to_500();
  info.energy_max_gev = 499.9;  // as float32 this is 499.899994 or, one step up, 499.900024
  EXPECT_TRUE(covers(info, 100, static_cast<double>(std::nextafter(499.9F, 1000.0F))));
  EXPECT_FALSE(covers(info, 100, 499.91));
}

TEST(EnergyRange, RefusesWhatIsNoEnergyAlsoWhenExtrapolating) {
  const auto info = made_for_100_to_500();
  for (const float energy :
       {0.0F, -5.0F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::vector<float> energies{200, 300, energy};
    for (const bool extrapolate : {false, true})
      expect_bad_input([&] { check_energies(info, "m.onnx", energies, extrapolate); },
                       {"m.onnx: a primary energy of", "entry 2", "positive and finite"});
  }
  EXPECT_NO_THROW(check_energies(info, "m.onnx", {}, false));
  EXPECT_NO_THROW(check_energies(info, "m.onnx", std::vector<float>{1000}, true));
  expect_bad_input(
      [&] {
        check_energies(info, "m.onnx", std::vector<float>{120, 80}, false);
      },
      {"energies from 80 to 120 GeV are outside"});
}

}  // namespace
}  // namespace octocal::model
