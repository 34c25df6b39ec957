// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "octocal/quant/calibration.hpp"
#include "octocal/quant/quantizer.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using testing::reference_backend;
using testing::small_generator;
using testing::small_showers;

TEST(EngineBackend, SeesTheRangesOfTheReference) {
  const auto graph = small_generator(3, true);
  const auto showers = small_showers(21);
  std::vector<std::string> values;
  for (const auto& site : find_structure(graph, "test").sites)
    values.insert(values.end(), site.values.begin(), site.values.end());
  const auto expected = observe_statistics(graph, values, showers, reference_backend(), "test");
  for (const auto& [value, seen] : observe_statistics(graph, values, showers, engine_backend(), "test")) {
    // The largest of 21 showers' values: float32 sums of some 50 terms, relative to the range.
    const auto wanted = expected.at(value).range();
    const float tolerance = 1e-5F * (wanted.high - wanted.low);
    EXPECT_NEAR(seen.range().low, wanted.low, tolerance) << value;
    EXPECT_NEAR(seen.range().high, wanted.high, tolerance) << value;
  }
}

TEST(EngineBackend, SeesTheChannelMeansOfQuantizedLayers) {
  const auto showers = small_showers(21);
  const auto model = Quantizer(small_generator(3, true), showers, {}, reference_backend(), "test").build_int8();
  // Values without a QuantizeLinear behind them in the part that is run, in the middle and at the end.
  for (const std::string value : {"branch0/upsample1:out", "branch1/conv2/batch_norm:out", "cells"}) {
    const auto expected = observe_channel_means(model.graph, {value}, showers, reference_backend(), "test").at(value);
    const auto means = observe_channel_means(model.graph, {value}, showers, engine_backend(), "test").at(value);
    ASSERT_EQ(means.size(), expected.size());
    double size = 0;
    for (const double mean : expected) size = std::max(size, std::abs(mean));
    // A value next to a tie may fall to the other step, one in some ten thousand of the values in front: about one
    // here, which is a percent of a pixel's value, and a channel is a mean of some thousand pixels.
    const double tolerance = value == "cells" ? 1e-3 : 1e-4;  // the cells have two layers more in front
    for (std::size_t c = 0; c < means.size(); ++c) EXPECT_NEAR(means[c], expected[c], tolerance * size) << value;
  }
}

}  // namespace
}  // namespace octocal::quant
