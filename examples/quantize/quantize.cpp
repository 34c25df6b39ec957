// SPDX-License-Identifier: Apache-2.0
// Quantizes a float32 generator, sets both models against Geant4 showers and prints the limits that are missed.
//
//     cmake -S examples/quantize -B /tmp/example -DCMAKE_PREFIX_PATH=/usr/local && cmake --build /tmp/example
//     /tmp/example/quantize models/generator.onnx data/electrons_000.h5 200 mine-int8.onnx
#include <cstdio>
#include <cstdlib>

#include "octocal/base/error.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/quantization.hpp"
#include "octocal/study/validation.hpp"

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fprintf(stderr, "usage: quantize MODEL.onnx GEANT4.h5 SHOWERS OUTPUT.onnx\n");
    return 2;
  }
  octocal::study::QuantizationSettings wanted;
  wanted.model = argv[1];
  wanted.calibration.showers = 64;
  wanted.check_showers = 0;  // the validation below says more
  const auto quantized = octocal::study::quantize(wanted);
  octocal::model::write_onnx(quantized.model.graph, argv[4]);
  std::printf("%s: %zu bytes, float32 has %zu\n", argv[4], quantized.bytes, quantized.source_bytes);

  octocal::study::ValidationSettings settings;
  settings.reference = {argv[2]};
  settings.models = {argv[1], argv[4]};
  settings.showers = std::strtoul(argv[3], nullptr, 10);
  settings.neighbours = false;
  const auto validation = octocal::study::validate(settings);
  for (const auto& sample : validation.samples) {
    const auto& z = sample.result.table3[4];  // rows: mean and width of x, y, z
    std::printf("%s: %s %.3f +- %.3f cells\n", sample.identity.name.c_str(), z.label.c_str(), z.number.value,
                z.number.error);
    for (const auto& verdict : sample.verdicts)
      if (!verdict.pass) std::printf("  %s\n", verdict.sentence.c_str());
  }
  return validation.all_limits_met() ? 0 : 1;
} catch (const octocal::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return error.exit_code();
}
