// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/cli/sample_info_output.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/study/sample_info_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kInfoExamples =
    "  octocal info data/electrons_000.h5\n"
    "  octocal info 'geant4/*.h5' --json sample.json\n"
    "  octocal info generated.h5            (shows model hash, seed and settings of generated files, too)";

struct InfoSettings {
  std::vector<std::string> files;
  std::string json;
};

void run(const InfoSettings& settings) {
  data::ShowerReader reader(data::expand_shower_files(settings.files));
  const auto info = study::read_sample_info(reader);
  write_json(settings.json, study::to_json(info));
  fmt::print("{}", to_table(info));
}

std::function<void()> define_info(App& app) {
  auto settings = std::make_shared<InfoSettings>();
  app.add_inputs("FILE", settings->files, "HDF5 files of showers, or globs; several are one sample")->required();
  add_json(app, settings->json);
  return [settings] { run(*settings); };
}

const Verb info_verb({"info", "tell what is in files of showers", kInfoExamples, define_info});

}  // namespace
}  // namespace octocal::cli
