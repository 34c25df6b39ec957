// SPDX-License-Identifier: Apache-2.0
// Makes a few showers of 200 GeV with an octocal model and prints what they deposit.
//
//     cmake -S examples/generate -B /tmp/example -DCMAKE_PREFIX_PATH=/usr/local && cmake --build /tmp/example
//     /tmp/example/generate models/generator-int8.onnx
#include <cstdio>
#include <numeric>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/engine/shower_generator.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/onnx_file.hpp"

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: generate MODEL.onnx\n");
    return 2;
  }
  const auto graph = octocal::model::read_onnx(argv[1]);
  const auto info = octocal::model::read_generator_info(graph, argv[1]);
  octocal::engine::GeneratorOptions options;
  options.seed = 7;
  octocal::engine::ShowerGenerator generator(graph, info, options);

  const std::vector<float> energy_gev(4, 200.0F);
  const std::size_t cells = info.nx * info.ny * info.nz;
  std::vector<float> cells_gev(energy_gev.size() * cells);
  generator.generate(0, energy_gev, cells_gev);

  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    const auto* first = cells_gev.data() + i * cells;
    std::printf("shower %zu: Ep %.0f GeV, ECAL %.3f GeV\n", i, static_cast<double>(energy_gev[i]),
                std::accumulate(first, first + cells, 0.0));
  }
  return 0;
} catch (const octocal::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return error.exit_code();
}
