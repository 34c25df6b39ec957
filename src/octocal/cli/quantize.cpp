// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/quantize_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/quant/provenance.hpp"
#include "octocal/study/quantized_check_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kExamples =
    "  octocal quantize --model models/generator.onnx -o generator-int8.onnx\n"
    "  octocal quantize --model g.onnx -o g-int8.onnx --calibration-data geant4.h5 --keep-float32 final "
    "'branch*/conv1'\n"
    "  octocal quantize --model elsewhere.onnx -o int8.onnx --model-info latent=paper --model-info energy_min=100 "
    "--model-info energy_max=500";

struct Settings {
  std::string model;
  std::string output;
  QuantizeOptions quantize;
  std::vector<std::string> keep_float32;
  std::size_t check_showers = 200;
  EngineOptions engine;
  std::string json;
};

void print_table(const quant::QuantizedModel& model) {
  fmt::print("{:<26} {:>9} {:>23} {:>11} {:>6} {:>10} {:>11}\n", "layer", "precision", "output range", "scale", "zero",
             "weights dB", "correction");
  const auto output = [&](const std::string& name, const std::string& value) -> std::string {
    for (const auto& site : model.sites)
      if (site.name == name || std::find(site.values.begin(), site.values.end(), value) != site.values.end())
        return fmt::format("{:>11.4g} {:>11.4g} {:>11.4g} {:>6}", site.range.low, site.range.high, site.grid.scale,
                           site.grid.zero_point);
    return fmt::format("{:>23} {:>11} {:>6}", "float32", "-", "-");
  };
  const auto correction = [](const quant::QuantizedLayer& layer) -> std::string {
    if (layer.largest_gain > 0) return fmt::format("{:.2g} %", 100 * layer.largest_gain);
    return layer.largest_correction > 0 ? fmt::format("{:.2g}", layer.largest_correction) : "-";
  };
  std::set<std::string> printed;
  for (const auto& layer : model.layers) printed.insert(layer.name);
  for (const auto& site : model.sites)
    if (!printed.contains(site.name))
      fmt::print("{:<26} {:>9} {} {:>10} {:>11}\n", site.name, "-", output(site.name, ""), "-", "-");
  for (const auto& layer : model.layers)
    fmt::print("{:<26} {:>9} {} {:>10} {:>11}\n", layer.name, layer.int8 ? "int8" : "float32",
               output(layer.name, layer.output), layer.int8 ? fmt::format("{:.1f}", layer.weight_sqnr_db) : "-",
               correction(layer));
}

nlohmann::json to_json(const quant::QuantizedModel& model) {
  auto layers = nlohmann::json::array();
  for (const auto& layer : model.layers) {
    nlohmann::json entry = {{"name", layer.name},
                            {"op", layer.op},
                            {"precision", layer.int8 ? "int8" : "float32"},
                            {"macs", layer.macs},
                            {"output", layer.output}};
    if (layer.int8) {
      entry["weight_sqnr_db"] = layer.weight_sqnr_db;
      entry["largest_correction"] = layer.largest_correction;
    }
    if (layer.largest_gain > 0) entry["largest_gain"] = layer.largest_gain;
    layers.push_back(std::move(entry));
  }
  auto sites = nlohmann::json::array();
  for (const auto& site : model.sites)
    sites.push_back({{"name", site.name},
                     {"values", site.values},
                     {"low", site.range.low},
                     {"high", site.range.high},
                     {"scale", site.grid.scale},
                     {"zero_point", site.grid.zero_point},
                     {"type", model::name_of(site.grid.type)}});
  return {{"layers", layers}, {"activations", sites}};
}

void run(const Settings& settings) {
  const auto engine = settings.engine.settings();
  const auto how = settings.quantize.settings();
  const auto source = study::open_model(settings.model, engine.model_info);
  const auto calibration = study::make_calibration(how, source);
  const quant::Quantizer quantizer(source.graph, calibration.showers, how.options, quant::engine_backend(),
                                   source.file);
  auto model = quantizer.build(quant::match_layers(quantizer.layer_names(), settings.keep_float32));
  quant::write_provenance(source.graph, how.options, calibration.record, model);
  if (!settings.engine.model_info.empty() || !source.info.assumed.empty())
    model::write_generator_info(source.info, model.graph);

  std::optional<study::Int8Difference> difference;
  if (settings.check_showers > 0) {
    auto energies = quant::uniform_energies(source.info, settings.check_showers, settings.quantize.seed + 1);
    const study::Float32Showers float32(source, std::move(energies), engine, settings.quantize.seed);
    difference = float32.compare(model.graph);
  }
  model::write_onnx(model.graph, settings.output);

  const auto before = model::serialize_onnx(source.graph).size();
  const auto after = model::serialize_onnx(model.graph).size();
  auto document = to_json(model);
  document["model"] = source.file;
  document["output"] = settings.output;
  document["source_model"] = source.hash;
  document["bytes"] = {{"float32", before}, {"int8", after}};
  document["calibration"] = nlohmann::json::parse(model.graph.metadata.at("octocal.calibration"));
  if (difference) document["int8_against_float32"] = study::to_json(*difference);
  write_json(settings.json, document);

  print_table(model);
  fmt::print("\n{}: {:.2f} MB, float32 was {:.2f} MB; calibrated on {} showers, energies {}\n", settings.output,
             static_cast<double>(after) / 1e6, static_cast<double>(before) / 1e6, calibration.record.showers,
             calibration.record.energies);
  if (difference)
    fmt::print(
        "int8 against float32 on {} fresh showers: ECAL {:+.3f} +- {:.3f} %, cells differ by {:.2f} % of ECAL, "
        "projections' relative MSE {:.2g}\n",
        difference->showers, 100 * difference->ecal_shift, 100 * difference->ecal_shift_error,
        100 * difference->pixel_difference, difference->projection_mse);
}

std::function<void()> define(CLI::App& app) {
  auto settings = std::make_shared<Settings>();
  app.add_option("--model", settings->model, "Float32 generator (ONNX)")->required();
  app.add_option("-o,--output", settings->output, "Quantized model to write (ONNX)")->required();
  add_quantize_options(app, settings->quantize);
  app.add_option("--keep-float32", settings->keep_float32, "Layers that stay in float32; * and ? stand for characters")
      ->type_name("LAYER");
  app.add_option("--check-showers", settings->check_showers,
                 "Fresh showers on which int8 is set against float32; 0: none")
      ->check(CLI::Range(0, 100000));
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  add_json(app, settings->json);
  return [settings] { run(*settings); };
}

const Verb verb({"quantize", "write an int8 model from a float32 one", kExamples, define});

}  // namespace
}  // namespace octocal::cli
