// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/base/text_table.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/quantize_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/quantization_json.hpp"
#include "octocal/study/tuning.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kQuantizeExamples =
    "  octocal quantize --model models/generator.onnx -o generator-int8.onnx\n"
    "  octocal quantize --model g.onnx -o g-int8.onnx --calibration-data geant4.h5 --keep-float32 final "
    "'branch*/conv1'\n"
    "  octocal quantize --model g.onnx -o g-bfloat16.onnx --precision bfloat16\n"
    "  octocal quantize --model elsewhere.onnx -o int8.onnx --model-info latent=paper --model-info energy_min=100 "
    "--model-info energy_max=500";

struct QuantizeSettings {
  study::QuantizationSettings study;
  std::string precision = "auto";
  std::string rounding = "nearest";
  std::string plan;
  std::string output;
  QuantizeOptions quantize;
  EngineOptions engine;
  std::string json;
};

using quant::QuantizedLayer;
using quant::QuantizedModel;

/// Range, scale and zero point of what a site or a layer puts out; of floats the type in which it is stored.
std::vector<std::string> grid_cells(const QuantizedModel& model, const std::string& name, const std::string& value,
                                    const std::string& stored_as) {
  for (const auto& site : model.sites)
    if (site.name == name || std::find(site.values.begin(), site.values.end(), value) != site.values.end())
      return {fmt::format("{:.4g}", site.range.low), fmt::format("{:.4g}", site.range.high),
              fmt::format("{:.4g}", site.grid.scale), std::to_string(site.grid.zero_point)};
  return {"", stored_as, "-", "-"};
}

std::string correction_text(const QuantizedLayer& layer) {
  if (layer.largest_gain > 0) return fmt::format("{:.2g} %", 100 * layer.largest_gain);
  return layer.largest_correction > 0 ? fmt::format("{:.2g}", layer.largest_correction) : "-";
}

/// What learned rounding made of a layer's error.
std::string learned_text(const QuantizedLayer& layer) {
  if (!layer.learned_error || !(*layer.nearest_error > 0)) return "-";
  return fmt::format("{:.1f} %", 100 * (*layer.learned_error / *layer.nearest_error - 1));
}

std::string layer_table(const QuantizedModel& model) {
  const bool learned =
      std::any_of(model.layers.begin(), model.layers.end(), [](const auto& l) { return l.learned_error.has_value(); });
  std::vector<TextColumn> columns{{"layer", true}, {"precision"}, {"from"},       {"to (output)"},
                                  {"scale"},       {"zero"},      {"weights dB"}, {"correction"}};
  if (learned) columns.push_back({"sums' error"});
  TextTable table(columns);
  std::map<std::string, std::string> stored_as;  // what a layer puts out
  const auto add = [&](const std::string& name, const std::string& value, const std::string& precision,
                       const std::string& weights, const std::string& correction, const std::string& error) {
    std::vector<std::string> cells{name, precision};
    for (auto& cell : grid_cells(model, name, value, stored_as[name])) cells.push_back(std::move(cell));
    cells.insert(cells.end(), {weights, correction});
    if (learned) cells.push_back(error);
    table.add(std::move(cells));
  };
  std::set<std::string> layers;
  for (const auto& layer : model::summarize(model.graph, "the new model").layers)
    stored_as[layer.name] = layer.output_type;
  for (const auto& layer : model.layers) layers.insert(layer.name);
  for (const auto& site : model.sites)
    if (!layers.contains(site.name)) add(site.name, "", "-", "-", "-", "-");
  for (const auto& layer : model.layers)
    add(layer.name, layer.output, model::name_of(layer.precision),
        model::is_integer(layer.precision) ? fmt::format("{:.1f}", layer.weight_sqnr_db) : "-", correction_text(layer),
        learned_text(layer));
  return table.text();
}

void run(QuantizeSettings settings) {
  settings.study.calibration = settings.quantize.settings();
  settings.study.calibration.options.rounding = study::rounding_named(settings.rounding);
  settings.study.engine = settings.engine.settings();
  settings.study.precision = study::quantize_precision(settings.precision);
  settings.study.form = study::form_of(settings.quantize.preset);
  if (settings.study.form != study::RewriteForm::kLayers && settings.precision != "auto")
    throw bad_input(
        fmt::format("--preset {} says what is computed in; leave out --precision", settings.quantize.preset));
  if (!settings.plan.empty()) settings.study.plan = study::read_plan(settings.plan);
  const auto result = study::quantize(settings.study);
  model::write_onnx(result.model.graph, settings.output);
  write_json(settings.json, study::quantization_json(result, settings.output));

  const auto calibration =
      result.calibration.showers == 0
          ? std::string("weights stored in float16, computed in float32")
          : fmt::format("calibrated on {}, energies {}", count_text(result.calibration.showers, "shower"),
                        result.calibration.energies);
  if (result.calibration.showers > 0) fmt::print("{}\n", layer_table(result.model));
  fmt::print("{}: {:.2f} MB, float32 was {:.2f} MB; {}\n", settings.output, static_cast<double>(result.bytes) / 1e6,
             static_cast<double>(result.source_bytes) / 1e6, calibration);
  if (result.difference) fmt::print("{}\n", study::difference_text(*result.difference, result.precisions));
  if (result.nearest_difference)
    fmt::print("with weights rounded to nearest: {}\n",
               study::difference_text(*result.nearest_difference, result.precisions));
}

std::function<void()> define_quantize(App& app) {
  auto settings = std::make_shared<QuantizeSettings>();
  add_model(app, "-m,--model", settings->study.model, "Float32 generator (ONNX)")->required();
  app.add_output("-o,--output", settings->output, "Quantized model to write (ONNX)")->required();
  add_quantize_options(app, settings->quantize, study::preset_names());
  app.add_option(
         "--precision", settings->precision,
         "Of all layers: int8; int16x8, int16x12 (activations in 16 bits, weights in 8 or 12); bfloat16; float16; "
         "auto: the first of them that meets tune's criteria on the checked showers")
      ->check(CLI::IsMember({"auto", "int8", "int16x8", "int16x12", "bfloat16", "float16"}));
  app.add_option("--rounding", settings->rounding,
                 "Of the weights of integer layers: nearest; learned: so that each layer's sums change least on the "
                 "calibration showers (about a minute)")
      ->check(CLI::IsMember({"nearest", "learned"}));
  app.add_input("--plan", settings->plan,
                "Precision of each layer: JSON as tune writes it (--plan-out, or --json); others stay in float32");
  app.add_option("--keep-float32", settings->study.keep_float32,
                 "Layers that stay in float32; * and ? stand for characters")
      ->type_name("LAYER");
  app.add_option("--check-showers", settings->study.check_showers,
                 "Fresh showers on which int8 is set against float32; 0: none")
      ->type_name("N")
      ->check(from_to(0, 100000));
  add_max_shift(app, settings->study.max_shift);
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  add_json(app, settings->json);
  return [settings] { run(*settings); };
}

const Verb quantize_verb({"quantize", "write a model of lower precision from a float32 one", kQuantizeExamples,
                          define_quantize});

}  // namespace
}  // namespace octocal::cli
