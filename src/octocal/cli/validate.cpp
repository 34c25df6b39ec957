// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/cli/cell_teller.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/validate_tables.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/report/page_folder.hpp"
#include "octocal/report/result_files.hpp"
#include "octocal/study/formats.hpp"
#include "octocal/study/validation_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kValidateExamples =
    "  octocal validate --reference g4.h5 --model generator.onnx --model generator-int8.onnx --json validation.json\n"
    "  octocal validate --reference 'geant4/*.h5' --showers 5000 --model generator-int8.onnx --strict\n"
    "  octocal validate --reference g4.h5 --model paper.onnx --formats --showers-per-reference 10\n"
    "  octocal validate --reference g4.h5 --sample generated.h5 --report report    (page, figures, tables)\n"
    "  octocal validate --reference test.h5 --model generator.onnx --showers-per-reference 10 --training 'train/*.h5'";

struct ValidateSettings {
  study::ValidationSettings study;
  bool no_classifier = false;
  bool no_neighbours = false;
  bool cell_classifier = false;
  EngineOptions engine;
  bool strict = false;
  std::string json, report;
};

void run(ValidateSettings settings) {
  settings.study.classifier = !settings.no_classifier;
  settings.study.neighbours = !settings.no_neighbours;
  if (settings.cell_classifier) settings.study.tell_by_cells = cell_teller();
  settings.study.engine = settings.engine.settings();
  const auto validation = study::validate(settings.study);
  const auto& samples = validation.samples;
  const auto document =
      settings.json.empty() && settings.report.empty() ? nlohmann::json() : study::validation_json(validation);
  write_json(settings.json, document);
  if (!settings.report.empty()) {
    report::write_page(
        settings.report,
        report::result_files_of(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                                "validation.json"));
    log_info(fmt::format("{}: the report, and in figures/ plots (SVG, PDF) and tables (CSV, LaTeX)", settings.report));
  }

  const auto& range = samples.front().result.response;
  const auto each_energy = settings.study.showers_per_reference;
  const std::string each = each_energy == 1 ? "" : fmt::format(" ({} from each model for every one)", each_energy);
  fmt::print("{} showers of {:.0f} to {:.0f} GeV{}; errors: one standard deviation; floor: between halves of {}\n\n",
             samples.front().result.showers, range.energy_low_gev, range.energy_high_gev, each,
             samples.front().identity.name);
  for (const auto text : {table3_text, table4_text, table5_text, change_text, response_text, spread_text,
                          correlation_text, texture_text, separation_text, likelihood_text, distance_text,
                          classifier_text, neighbour_text, speed_text, limits_text, verdict_text}) {
    if (const std::string part = text(samples); !part.empty()) fmt::print("{}\n", part);
  }
  if (!settings.strict || validation.all_limits_met()) return;
  std::size_t missed = 0;
  for (const auto& sample : samples) missed += physics::count(sample.verdicts).missed;
  throw run_failed(missed > 0 ? "validate: a limit is not met (the lines with FAIL say which); leave out --strict to "
                                "accept it"
                              : "validate: a limit is not judged (the lines with ? say which: too few showers); give "
                                "more showers, or leave out --strict to accept it");
}

std::function<void()> define_validate(App& app) {
  auto settings = std::make_shared<ValidateSettings>();
  app.add_inputs("--reference", settings->study.reference,
                 "Geant4 showers: HDF5 files or globs; several are one sample")
      ->required();
  add_models(app, "-m,--model", settings->study.models,
             "ONNX generator, any number of them; each makes a shower for every energy of the reference, all from "
             "the same latents. Table 5 is counted from the first float32 one");
  app.add_option("--formats", settings->study.formats,
                 fmt::format("Show the first model in these formats, too: {}; none or {}: those of the "
                             "paper's tables, {}",
                             fmt::join(study::format_names(), ", "), study::kAllFormats,
                             fmt::join(study::resolved_formats({study::kAllFormats}), ", ")))
      ->type_name("FORMAT")
      ->delimiter(',')
      ->expected(0, CLI::detail::expected_max_vector_size);
  app.add_inputs("--sample", settings->study.samples, "File of showers to be validated as it is, any number of them");
  app.add_inputs("--training", settings->study.training,
                 "Showers that the models were trained on: HDF5 files or globs. Tells whether a model repeats them "
                 "(nearest neighbours); without it the reference takes their place");
  app.add_option("--showers-per-reference", settings->study.showers_per_reference,
                 "Showers that each model makes at the energy of every reference shower. 10 leave only the reference's "
                 "statistical error, at ten times the time")
      ->type_name("N")
      ->check(from_to(1, 10'000));
  app.add_flag("--no-classifier", settings->no_classifier,
               "Leave out the classifiers on profiles and on numbers of cells, and FPD and KPD");
  app.add_flag(
      "--cell-classifier", settings->cell_classifier,
      "Train a convolutional network to tell each sample from the reference by its cells, too: until its loss falls, a "
      "minute or two for each sample (the first 1,000 showers; needs an octocal with the trainer)");
  app.add_flag("--no-neighbours", settings->no_neighbours, "Leave out the nearest neighbours");
  add_showers(app, settings->study.showers, "Use the first N showers of the reference; 0: all")
      ->check(from_to(0, kMostShowers));
  add_seed(app, settings->study.seed);
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  app.add_flag("--extrapolate", settings->engine.extrapolate, "Accept energies outside a model's range");
  app.add_input("--limits", settings->study.limits, "Judge by the limits of this JSON file (default: those that ship)");
  app.add_flag("--strict", settings->strict, "Exit with 1 unless every limit is judged and met");
  add_json(app, settings->json);
  app.add_output_folder("--report", settings->report,
                        "Write the page of octocal report into this folder, too, with figures (SVG, PDF) and tables "
                        "(CSV, LaTeX) for a paper");
  return [settings] {
    // Without a name CLI11 gives an empty one.
    if (settings->study.formats == std::vector<std::string>{""}) settings->study.formats = {study::kAllFormats};
    run(*settings);
  };
}

const Verb validate_verb({"validate", "set models and samples against Geant4", kValidateExamples, define_validate});

}  // namespace
}  // namespace octocal::cli
