// SPDX-License-Identifier: Apache-2.0
// What the verbs of the program do, as functions that return the verbs' JSON documents.
#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/run_files.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/model/onnx_beside.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/comparison_json.hpp"
#include "octocal/study/convert_json.hpp"
#include "octocal/study/generate_json.hpp"
#include "octocal/study/merge_json.hpp"
#include "octocal/study/quantization_json.hpp"
#include "octocal/study/sample_info_json.hpp"
#include "octocal/study/tuning_json.hpp"
#include "octocal/study/validation_json.hpp"

namespace py = pybind11;

namespace octocal::python {
namespace {

using Metadata = std::map<std::string, std::string>;

/// Runs a job without Python's lock and gives its document as dicts and lists. Ctrl-C ends it between two chunks.
template <typename Job>
py::object document_of(Job job) {
  nlohmann::json document;
  {
    const py::gil_scoped_release unlocked;
    const InterruptScope interrupts;
    document = job();
  }
  return to_python(document);
}

/// Refuses an output that is an input, or cannot be written, before the work.
void claim(const std::string& model, const std::string& output, const Names& calibration_data, const Names& reference) {
  RunFiles files;
  files.reads("`model`", model);
  files.reads("`model`", model::onnx_files_beside(model));
  files.reads("`calibration_data`", data::expand_shower_files(calibration_data));
  files.reads("`reference`", data::expand_shower_files(reference));
  files.writes("`output`", output);
  files.claim();
}

study::EngineSettings engine_of(int streams, std::size_t batch, const Metadata& metadata, bool extrapolate = false) {
  study::EngineSettings engine;
  engine.streams = streams;
  engine.batch = batch;
  engine.model_info = metadata;
  engine.extrapolate = extrapolate;
  return engine;
}

/// Options of quantize and tune that change those of a preset; None: the preset's own.
struct Schemes {
  std::optional<std::string> activations, weights, ranges, last_layer;
  std::optional<bool> bias_correction, equalization;
  std::optional<double> percentile;
};

quant::QuantizeOptions options_of(const std::string& preset, const Schemes& schemes) {
  auto options = study::preset_options(preset.empty() ? "octocal" : preset);
  const auto named = study::quantize_options(schemes.activations.value_or(quant::name_of(options.activations)),
                                             schemes.weights.value_or(quant::name_of(options.weights)),
                                             schemes.bias_correction.value_or(options.bias_correction));
  options.activations = named.activations;
  options.weights = named.weights;
  options.bias_correction = named.bias_correction;
  if (schemes.ranges) options.ranges = study::range_method(*schemes.ranges);
  if (schemes.last_layer) {
    options.last_layer = model::parse_precision(*schemes.last_layer);
    if (!model::is_integer(options.last_layer))
      throw bad_input("`last_layer` " + *schemes.last_layer + ": must be int8 or int16x8");
  }
  options.equalization = schemes.equalization.value_or(options.equalization);
  options.percentile = schemes.percentile.value_or(options.percentile);
  if (!(options.percentile >= 50 && options.percentile <= 100))
    throw bad_input("`percentile` " + std::to_string(options.percentile) + ": must be from 50 to 100");
  return options;
}

study::CalibrationSettings calibration_of(const quant::QuantizeOptions& options, const Names& data, std::size_t showers,
                                          std::uint64_t seed) {
  study::CalibrationSettings settings;
  settings.options = options;
  settings.data = data;
  settings.showers = showers;
  settings.seed = seed;
  return settings;
}

py::object info(const Names& files) {
  return document_of([&] {
    data::ShowerReader reader(data::expand_shower_files(files));
    return study::to_json(study::read_sample_info(reader));
  });
}

py::object generate_to_file(const Name& model, const Name& output, const std::string& energy,
                            std::optional<std::int64_t> showers, std::optional<std::uint64_t> seed, const Name& latents,
                            bool keep_latents, bool extrapolate, std::int64_t first_shower,
                            const std::string& compression, int streams, std::size_t batch, const Metadata& metadata) {
  study::GenerateSettings settings;
  settings.first_shower = first_shower;
  settings.compression = data::Compression::parse(compression);
  settings.model = model;
  settings.output = output;
  settings.energy = energy;
  settings.showers = showers;
  settings.seed = seed;
  settings.latents = latents;
  settings.keep_latents = keep_latents;
  settings.engine = engine_of(streams, batch, metadata, extrapolate);
  return document_of([&] { return study::generate_json(study::generate_to_file(settings), settings); });
}

py::object merge_samples(const Names& parts, const Name& output, const std::string& compression) {
  study::MergeSettings settings;
  settings.parts = data::expand_shower_files(parts);
  settings.output = output;
  settings.compression = data::Compression::parse(compression);
  return document_of([&] { return study::merge_json(study::merge_samples(settings), settings); });
}

py::object convert(const Names& inputs, const Name& output, const Name& binning, const std::string& compression) {
  study::ConversionSettings settings;
  settings.inputs = data::expand_shower_files(inputs);
  settings.output = output;
  settings.binning = binning;
  settings.compression = data::Compression::parse(compression);
  return document_of([&] { return study::conversion_json(study::convert_showers(settings), settings); });
}

py::object quantize(const Name& model, const Name& output, const std::string& precision, const std::string& preset,
                    const Name& plan, const std::optional<std::string>& activations,
                    const std::optional<std::string>& weights, std::optional<bool> bias_correction,
                    const std::optional<std::string>& ranges, std::optional<double> percentile,
                    std::optional<bool> equalization, const std::optional<std::string>& last_layer,
                    const Names& calibration_data, std::size_t calibration_showers, const Names& keep_float32,
                    std::size_t check_showers, double max_shift, const std::string& rounding, std::uint64_t seed,
                    int streams, std::size_t batch, const Metadata& metadata) {
  study::QuantizationSettings settings;
  settings.model = model;
  settings.calibration = calibration_of(
      options_of(preset, {activations, weights, ranges, last_layer, bias_correction, equalization, percentile}),
      calibration_data, calibration_showers, seed);
  settings.calibration.options.rounding = study::rounding_named(rounding);
  settings.precision = study::quantize_precision(precision);
  settings.form = study::form_of(preset);
  if (settings.form != study::RewriteForm::kLayers && settings.precision)
    throw bad_input("`preset` says what is computed in; leave out `precision`");
  if (!plan.empty()) settings.plan = study::read_plan(plan);
  settings.keep_float32 = keep_float32;
  settings.check_showers = check_showers;
  settings.max_shift = max_shift;
  settings.engine = engine_of(streams, batch, metadata);
  return document_of([&] {
    claim(model, output, calibration_data, {});
    const auto result = study::quantize(settings);
    model::write_onnx(result.model.graph, output);
    return study::quantization_json(result, output);
  });
}

py::object tune(const Name& model, const Name& output, const Names& reference, const Names& criteria,
                std::optional<double> tolerance, const std::string& objective, const std::string& strategy,
                const py::object& budget, const Names& precisions, std::size_t showers, const Name& history,
                const Name& plan, const std::string& preset, const std::optional<std::string>& activations,
                const std::optional<std::string>& weights, std::optional<bool> bias_correction,
                const std::optional<std::string>& ranges, std::optional<double> percentile,
                std::optional<bool> equalization, const std::optional<std::string>& last_layer,
                const Names& calibration_data, std::size_t calibration_showers, std::size_t check_showers,
                double max_shift, std::uint64_t seed, int streams, std::size_t batch, const Metadata& metadata) {
  study::TuningSettings settings;
  settings.model = model;
  settings.reference = reference;
  settings.criteria = criteria;
  settings.tolerance = tolerance;
  const auto budget_text = py::str(budget).cast<std::string>();
  settings.showers = showers;
  settings.history = history;
  settings.plan = plan;
  settings.check_showers = check_showers;
  settings.max_shift = max_shift;
  settings.engine = engine_of(streams, batch, metadata);
  return document_of([&] {
    if (!criteria.empty() && tolerance)
      throw bad_input("`tolerance` is the criterion score<=tolerance; give it or `criteria`");
    settings.objective = study::parse_objective(objective, settings.shares);
    settings.strategy = quant::parse_strategy(strategy);
    settings.budget = study::parse_budget(budget_text);
    if (study::form_of(preset) != study::RewriteForm::kLayers)
      throw bad_input("`preset` " + preset + ": has no precisions to choose; give octocal or ilot");
    settings.calibration = calibration_of(
        options_of(preset, {activations, weights, ranges, last_layer, bias_correction, equalization, percentile}),
        calibration_data, calibration_showers, seed);
    if (!precisions.empty()) settings.rungs.clear();
    for (const auto& name : precisions) settings.rungs.push_back(model::parse_precision(name));
    std::sort(settings.rungs.begin(), settings.rungs.end());
    claim(model, output, calibration_data, reference);
    const auto tuning = study::tune(settings);
    model::write_onnx(tuning.model.graph, output);
    throw_if_interrupted();  // the best so far is written
    return study::tuning_json(tuning, settings);
  });
}

py::object validate(const Names& reference, const Names& models, const Names& formats, const Names& samples,
                    const Names& training, std::size_t showers, std::size_t showers_per_reference, bool classifier,
                    bool neighbours, std::uint64_t seed, bool extrapolate, const Name& limits, int streams,
                    std::size_t batch, const Metadata& metadata) {
  study::ValidationSettings settings;
  settings.reference = reference;
  settings.models = models;
  settings.formats = formats;
  settings.samples = samples;
  settings.training = training;
  settings.showers = showers;
  settings.showers_per_reference = showers_per_reference;
  settings.classifier = classifier;
  settings.neighbours = neighbours;
  settings.seed = seed;
  settings.limits = limits;
  settings.engine = engine_of(streams, batch, metadata, extrapolate);
  return document_of([&] { return study::validation_json(study::validate(settings)); });
}

py::object compare(const Name& a, const Name& b, const std::string& energy, std::size_t showers,
                   std::optional<std::uint64_t> seed, bool same_latents, bool extrapolate, int streams,
                   std::size_t batch, const Metadata& metadata) {
  study::ComparisonSettings settings;
  settings.files = {a, b};
  settings.energy = energy;
  settings.showers = showers;
  settings.seed = seed;
  settings.same_latents = same_latents;
  settings.engine = engine_of(streams, batch, metadata, extrapolate);
  return document_of([&] { return study::comparison_json(study::compare(settings), ""); });
}

}  // namespace

py::object to_python(const nlohmann::json& document) {
  return py::module_::import("json").attr("loads")(document.dump());
}

void add_studies(py::module_& module) {
  const Names none;
  const Metadata no_metadata;
  module.def("info", &info, py::arg("files"), "What files of showers hold: the document of octocal info --json.");
  module.def("generate_to_file", &generate_to_file, py::arg("model"), py::arg("output"), py::kw_only(),
             py::arg("energy") = "", py::arg("showers") = py::none(), py::arg("seed") = py::none(),
             py::arg("latents") = "", py::arg("keep_latents") = false, py::arg("extrapolate") = false,
             py::arg("first_shower") = 0, py::arg("compression") = data::Compression{}.text(), py::arg("streams") = 0,
             py::arg("batch") = 8, py::arg("metadata") = no_metadata,
             "Makes showers and writes them with their provenance, as octocal generate does; its --json document.");
  module.def("merge", &merge_samples, py::arg("parts"), py::arg("output"), py::kw_only(),
             py::arg("compression") = data::Compression{}.text(),
             "Checks and joins parts of one generated sample, as octocal merge does; its --json document.");
  module.def("convert", &convert, py::arg("inputs"), py::arg("output"), py::kw_only(), py::arg("binning"),
             py::arg("compression") = data::Compression{}.text(),
             "Turns files of CaloChallenge (MeV) into a file of showers (GeV), or back, as octocal convert does; its\n"
             "--json document. binning: CaloChallenge's XML of a regular cylinder.");
  module.def("quantize", &quantize, py::arg("model"), py::arg("output"), py::kw_only(), py::arg("precision") = "auto",
             py::arg("preset") = "", py::arg("plan") = "", py::arg("activations") = py::none(),
             py::arg("weights") = py::none(), py::arg("bias_correction") = py::none(), py::arg("ranges") = py::none(),
             py::arg("percentile") = py::none(), py::arg("equalization") = py::none(),
             py::arg("last_layer") = py::none(), py::arg("calibration_data") = none,
             py::arg("calibration_showers") = 256, py::arg("keep_float32") = none, py::arg("check_showers") = 200,
             py::arg("max_shift") = study::kMostShift, py::arg("rounding") = "nearest", py::arg("seed") = 1,
             py::arg("streams") = 0, py::arg("batch") = 8, py::arg("metadata") = no_metadata,
             "Writes a model of lower precision from a float32 one, as octocal quantize does; its --json document.");
  module.def(
      "tune", &tune, py::arg("model"), py::arg("output"), py::kw_only(), py::arg("reference") = none,
      py::arg("criteria") = none, py::arg("tolerance") = py::none(), py::arg("objective") = "speed",
      py::arg("strategy") = "octocal", py::arg("budget") = "10m", py::arg("precisions") = none,
      py::arg("showers") = 2000, py::arg("history") = "", py::arg("plan") = "", py::arg("preset") = "",
      py::arg("activations") = py::none(), py::arg("weights") = py::none(), py::arg("bias_correction") = py::none(),
      py::arg("ranges") = py::none(), py::arg("percentile") = py::none(), py::arg("equalization") = py::none(),
      py::arg("last_layer") = py::none(), py::arg("calibration_data") = none, py::arg("calibration_showers") = 256,
      py::arg("check_showers") = 2000, py::arg("max_shift") = study::kMostShift, py::arg("seed") = 1,
      py::arg("streams") = 0, py::arg("batch") = 8, py::arg("metadata") = no_metadata,
      "Chooses each layer's precision so that criteria hold, as octocal tune does; its --json document.");
  module.def("validate", &validate, py::arg("reference"), py::kw_only(), py::arg("models") = none,
             py::arg("formats") = none, py::arg("samples") = none, py::arg("training") = none, py::arg("showers") = 0,
             py::arg("showers_per_reference") = 1, py::arg("classifier") = true, py::arg("neighbours") = true,
             py::arg("seed") = 1, py::arg("extrapolate") = false, py::arg("limits") = "", py::arg("streams") = 0,
             py::arg("batch") = 8, py::arg("metadata") = no_metadata,
             "Sets models and samples against Geant4; the document of docs/validation_json.md.");
  module.def("compare", &compare, py::arg("a"), py::arg("b"), py::kw_only(), py::arg("energy") = "",
             py::arg("showers") = 0, py::arg("seed") = py::none(), py::arg("same_latents") = false,
             py::arg("extrapolate") = false, py::arg("streams") = 0, py::arg("batch") = 8,
             py::arg("metadata") = no_metadata,
             "Tells how two samples or models differ, as octocal compare does; its --json document.");
}

}  // namespace octocal::python
