// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/number_text.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/study/merge_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kMergeExamples =
    "  octocal generate -m models/cells-int8.onnx --first-shower 0 --showers 1000 -o part0.h5      (on one machine)\n"
    "  octocal generate -m models/cells-int8.onnx --first-shower 1000 --showers 1000 -o part1.h5   (on another)\n"
    "  octocal merge sample.h5 part0.h5 part1.h5\n"
    "  octocal merge sample.h5 'parts/*.h5' --json sample.json";

struct MergeOptions {
  study::MergeSettings study;
  std::string compression = data::Compression{}.text();
  std::string json;
};

void run(MergeOptions& options) {
  auto& settings = options.study;
  settings.parts = data::expand_shower_files(settings.parts);
  settings.compression = data::Compression::parse(options.compression);
  const auto result = study::merge_samples(settings);
  write_json(options.json, study::merge_json(result, settings));
  const auto from = result.first_shower == 0 ? "" : fmt::format(" from shower {} on", result.first_shower);
  fmt::print("{}: {}{} of {}, showers hash {}\n", settings.output, count_text(result.showers, "shower"), from,
             count_text(result.parts.size(), "file"), result.showers_hash);
}

std::function<void()> define_merge(App& app) {
  auto options = std::make_shared<MergeOptions>();
  app.add_output("OUT", options->study.output, "HDF5 file to write; it is complete or absent")->required();
  app.add_inputs("IN", options->study.parts, "Parts that octocal generate made, or globs of them, in any order")
      ->required();
  add_compression(app, options->compression);
  add_json(app, options->json);
  return [options] { run(*options); };
}

const Verb merge_verb({"merge", "check and join parts of a generated sample", kMergeExamples, define_merge});

}  // namespace
}  // namespace octocal::cli
