// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/number_text.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/export_form.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kExportExamples =
    "  octocal export --model models/generator-int8.onnx -o for-onnxruntime.onnx\n"
    "  octocal export -m tuned.onnx -o for-onnxruntime.onnx --json export.json";

struct ExportOptions {
  study::ExportSettings study;
  std::string output;
  EngineOptions engine;
  std::string json;
};

void run(ExportOptions& options) {
  options.study.engine = options.engine.settings();
  const auto result = study::export_form(options.study);
  model::write_onnx(result.form.graph, options.output);
  write_json(options.json, nlohmann::json::parse(study::export_json(result, options.output)));
  const auto& form = result.form;
  fmt::print(
      "{}: {} as they are in int8, {} with sums of 8 bits in front of the activation, {} with sums as they are\n",
      options.output, count_text(form.straight.size(), "layer"), form.rounded.size(), form.exact.size());
  if (!form.left.empty())
    fmt::print("not int8 with kernels elsewhere, so in float32 there: {}\n", fmt::join(form.left, ", "));
  if (!result.compared) return;
  const auto number = [&](const char* name) {
    const auto& found = result.compared->numbers.at(name);
    return number_text(100 * found.value, 100 * found.error, {.plus_sign = false, .unit = " %"});
  };
  fmt::print("it changes the showers of {} by {} of ECAL in cells, {} in ECAL ({})\n", options.study.model,
             number("cells"), number("ecal"), count_text(result.compared->showers, "shower"));
}

std::function<void()> define_export(App& app) {
  auto options = std::make_shared<ExportOptions>();
  add_model(app, "-m,--model", options->study.model, "Quantized generator, of quantize or tune (ONNX)")->required();
  app.add_output("-o,--output", options->output, "Model for other runtimes to write (ONNX)")->required();
  app.add_option("--calibration-showers", options->study.calibration_showers,
                 "Showers that give the ranges of sums in front of activations")
      ->type_name("N")
      ->check(from_to(1, 1000000));
  app.add_option("--check-showers", options->study.check_showers,
                 "Fresh showers on which the new model is set against the old one; 0: none")
      ->type_name("N")
      ->check(from_to(0, 100000));
  add_seed(app, options->study.seed);
  add_streams(app, options->engine);
  add_model_info(app, options->engine);
  add_json(app, options->json);
  return [options] { run(*options); };
}

const Verb export_verb({"export", "write a quantized model in the form that other runtimes compute in integers",
                        kExportExamples, define_export});

}  // namespace
}  // namespace octocal::cli
