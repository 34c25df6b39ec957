// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/number_text.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/study/convert_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kConvertExamples =
    "  octocal convert --binning binning_dataset_2.xml dataset_2_1.hdf5 -o dataset_2_1.h5    (from CaloChallenge)\n"
    "  octocal convert --binning binning_dataset_2.xml generated.h5 -o generated.hdf5        (to CaloChallenge)\n"
    "  octocal convert --binning binning_dataset_3.xml 'dataset_3_[12].hdf5' -o training.h5";

struct ConvertOptions {
  study::ConversionSettings study;
  std::string compression = data::Compression{}.text();
  std::string json;
};

void run(ConvertOptions& options) {
  auto& settings = options.study;
  settings.inputs = data::expand_shower_files(settings.inputs);
  settings.compression = data::Compression::parse(options.compression);
  const auto result = study::convert_showers(settings);
  write_json(options.json, study::conversion_json(result, settings));
  const auto& binning = result.binning;
  fmt::print("{}: {} in {}, {} layers x {} angles x {} radii\n", settings.output, count_text(result.showers, "shower"),
             result.to_voxels ? "MeV, as CaloChallenge has them" : "GeV", binning.layers, binning.angles,
             binning.radii);
}

std::function<void()> define_convert(App& app) {
  auto options = std::make_shared<ConvertOptions>();
  app.add_inputs("IN", options->study.inputs,
                 "Files of CaloChallenge (incident_energies, showers) or of octocal (ECAL, target), or globs of them")
      ->required();
  app.add_input("--binning", options->study.binning, "CaloChallenge's XML of the calorimeter: a regular cylinder")
      ->required();
  app.add_output("-o,--output,--out", options->study.output, "HDF5 file of the other kind to write")->required();
  add_compression(app, options->compression);
  add_json(app, options->json);
  return [options] { run(*options); };
}

const Verb convert_verb({"convert", "turn files of CaloChallenge into files of showers, or back", kConvertExamples,
                         define_convert});

}  // namespace
}  // namespace octocal::cli
