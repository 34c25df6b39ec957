// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/calibration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using testing::reference_backend;
using testing::small_generator;
using testing::small_info;
using testing::small_showers;

TEST(MinMaxObserver, SeesAStreamAsAWhole) {
  MinMaxObserver observer;
  EXPECT_TRUE(observer.range().empty());
  observer.observe(std::vector<float>{3, 4});
  observer.observe({});
  observer.observe(std::vector<float>{5, 2.5F});
  EXPECT_EQ(observer.range().low, 2.5F);
  EXPECT_EQ(observer.range().high, 5);
  observer.observe(std::vector<float>{-7});
  EXPECT_EQ(observer.range().low, -7);
}

TEST(ChannelMeanObserver, AveragesShowersAndPixelsOfEachChannel) {
  ChannelMeanObserver observer(2);
  observer.observe(2, std::vector<float>{1, 2, 10, 20, 3, 4, 30, 40});  // (2 showers, 2 channels, 2 pixels)
  observer.observe(1, std::vector<float>{5, 6, 50, 60});
  EXPECT_EQ(observer.means(), (std::vector<double>{3.5, 35}));
}

TEST(StatisticsObserver, SeesChannelsAndMeansOfBatches) {
  StatisticsObserver observer(2);
  observer.observe(2, std::vector<float>{1, 2, -10, 20, 3, 4, 30, 40});  // (2 showers, 2 channels, 2 pixels)
  observer.observe(1, std::vector<float>{5, 6, 50, -60});
  const auto statistics = observer.statistics();
  EXPECT_EQ(statistics.channels[0].low, 1);
  EXPECT_EQ(statistics.channels[0].high, 6);
  EXPECT_EQ(statistics.channels[1].low, -60);
  EXPECT_EQ(statistics.channels[1].high, 50);
  EXPECT_DOUBLE_EQ(statistics.mean_square[0], 91.0 / 6);
  EXPECT_EQ(statistics.moving.low, -35);  // of -10 and -60
  EXPECT_EQ(statistics.moving.high, 45);  // of 40 and 50
  EXPECT_EQ(statistics.range().low, -60);
}

TEST(UniformEnergies, FillTheModelsRange) {
  const auto energies = uniform_energies(small_info(), 4000, 1);
  const auto [low, high] = std::minmax_element(energies.begin(), energies.end());
  EXPECT_GE(*low, 100);
  EXPECT_LT(*low, 101);
  EXPECT_LE(*high, 500);
  EXPECT_GT(*high, 499);
  double sum = 0;
  for (const float energy : energies) sum += static_cast<double>(energy);
  EXPECT_NEAR(sum / 4000, 300, 4 * 115.5 / 63.2);  // four standard errors of the mean
  // A shower's energy does not depend on how many there are, but on the seed.
  EXPECT_EQ(uniform_energies(small_info(), 3, 1)[2], energies[2]);
  EXPECT_NE(uniform_energies(small_info(), 3, 2)[2], energies[2]);
}

TEST(SpreadEnergies, TakesEvenlySpacedOnes) {
  const std::vector<float> energies = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(spread_energies(energies, 3), (std::vector<float>{1, 4, 7}));
  EXPECT_EQ(spread_energies(energies, 100), energies);
  EXPECT_TRUE(spread_energies({}, 3).empty());
}

TEST(ObserveRanges, AreThoseOfAllShowersWhateverTheChunks) {
  const auto graph = small_generator();
  const auto showers = small_showers(21);  // two whole chunks and a part of one
  const std::string value = "branch1/conv2/batch_norm:out";
  // Oracle: all showers at once.
  const auto latents = model::make_tensor({21, 8}, showers.latents);
  const auto all = model::reference::evaluate(graph, {{"latent", latents}}, {value});
  const auto numbers = all.at(value).as<float>();
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  const auto ranges = observe_statistics(graph, {value, "latent"}, showers, reference_backend(), "test");
  EXPECT_EQ(ranges.at(value).range().low, *low);
  EXPECT_EQ(ranges.at(value).range().high, *high);
  EXPECT_EQ(ranges.at("latent").range().high, *std::max_element(showers.latents.begin(), showers.latents.end()));
}

/// Gives one shower of the whole sample an infinite value.
class BrokenRunner : public Runner {
 public:
  void run(std::size_t, std::span<const std::span<const float>>, std::span<const std::span<float>> outputs) override {
    outputs[0].back() = std::numeric_limits<float>::infinity();
  }
};

TEST(ObserveRanges, RefusesValuesThatAreNotFiniteNamingThem) {
  const Backend broken = [](const model::Graph&, std::size_t) { return std::make_unique<BrokenRunner>(); };
  try {
    observe_statistics(small_generator(), {"branch0/conv1:out"}, small_showers(3), broken, "g.onnx");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find("g.onnx: value branch0/conv1:out"), std::string::npos) << error.what();
  }
}

TEST(RunShowers, RefusesLatentsOfAnotherLength) {
  auto showers = small_showers(2);
  showers.latents.resize(2 * 7);
  EXPECT_THROW(observe_statistics(small_generator(), {"cube:out"}, showers, reference_backend(), "g.onnx"), Error);
}

}  // namespace
}  // namespace octocal::quant
