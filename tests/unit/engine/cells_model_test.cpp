// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "octocal/engine/shower_generator.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/onnx_file.hpp"
#include "unit/engine/capped_isa.hpp"

// The shipped models that draw their cells.

namespace octocal::engine::test {
namespace {

const std::string kShippedCells = std::string(OCTOCAL_SOURCE_DIR) + "/models/cells.onnx";
const std::string kShippedCellsInt8 = std::string(OCTOCAL_SOURCE_DIR) + "/models/cells-int8.onnx";

std::vector<float> showers(const std::string& file, int streams, std::size_t batch) {
  const auto graph = model::read_onnx(file);
  GeneratorOptions options;
  options.streams = streams;
  options.batch = batch;
  options.seed = 7;
  options.origin = file;
  ShowerGenerator generator(graph, model::read_generator_info(graph, file), options);
  const std::vector<float> energies = {100, 180, 260, 340, 420, 500};
  std::vector<float> cells(energies.size() * 15625);
  generator.generate(3, energies, cells);
  return cells;
}

double sum_of(const std::vector<float>& cells) {
  double sum = 0;
  for (const float cell : cells) sum += static_cast<double>(cell);
  return sum;
}

TEST(ShippedCells, Int8HasTheSameBytesOnEveryInstructionSetInAnyBatchAndStreams) {
  const auto wanted = showers(kShippedCellsInt8, 1, 8);
  EXPECT_EQ(showers(kShippedCellsInt8, 2, 1), wanted);
  for (const char* isa : {"baseline", "avx2"}) {
    const CappedIsa capped(isa);
    EXPECT_EQ(showers(kShippedCellsInt8, 1, 4), wanted) << isa;
  }
}

TEST(ShippedCells, Int8HoldsFloat32sEnergy) {
  // ECAL is the profile network's, which stays in float32; 1.8 TeV of electrons leave 2.75 % of it.
  const auto float32 = sum_of(showers(kShippedCells, 1, 8));
  EXPECT_NEAR(float32, 0.0275 * 1800, 0.05 * 0.0275 * 1800);
  EXPECT_NEAR(sum_of(showers(kShippedCellsInt8, 1, 8)), float32, 1e-4 * float32);
}

}  // namespace
}  // namespace octocal::engine::test
