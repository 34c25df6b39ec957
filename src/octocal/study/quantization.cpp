// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/quantization.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/precision_words.hpp"
#include "octocal/study/every_op.hpp"
#include "octocal/study/paired_showers.hpp"
#include "octocal/study/stored_weights.hpp"
#include "octocal/study/tuning_criteria.hpp"

namespace octocal::study {
namespace {

using quant::RangeMethod;
constexpr RangeMethod kRangeMethods[] = {RangeMethod::kMinMax,  RangeMethod::kMovingAverage, RangeMethod::kPercentile,
                                         RangeMethod::kEntropy, RangeMethod::kMse,           RangeMethod::kCells};

/// What `auto` tries where int8 misses a criterion, in this order.
constexpr std::array kFinerThanInt8 = {model::Precision::kInt16x8, model::Precision::kInt16x12,
                                       model::Precision::kBfloat16, model::Precision::kFloat16};

/// The scheme of two that has this name.
template <typename Scheme>
Scheme scheme_named(const char* setting, const std::string& name, Scheme first, Scheme second) {
  for (const auto scheme : {first, second})
    if (name == quant::name_of(scheme)) return scheme;
  throw bad_input(
      fmt::format("`{}` {}: must be {} or {}", setting, name, quant::name_of(first), quant::name_of(second)));
}

/// What of tune's default criteria a model misses, in words; "" if nothing.
std::string missed_criterion(const PairedShowers::Comparison& compared, const model::Graph& graph) {
  quant::Evaluation evaluation;
  evaluation.showers = compared.showers;
  evaluation.quantities = judged(compared.numbers, parse_criteria(default_criteria(graph)));
  if (evaluation.within()) return {};
  const auto& worst = evaluation.worst();
  if (worst.name == "nats")
    return fmt::format("loses {} nats of a shower's likelihood (at most {:.3g} is wanted)",
                       number_text(worst.value, worst.error, {.plus_sign = false, .unit = ""}), worst.limit);
  return fmt::format("changes {} by {} (at most {:.3g} % is wanted)", worst.name,
                     number_text(100 * worst.value, 100 * worst.error, {.plus_sign = false, .unit = " %"}),
                     100 * worst.limit);
}

/// The precision of each layer.
model::PrecisionPlan plan_of(const quant::QuantizedModel& model) {
  model::PrecisionPlan plan;
  for (const auto& layer : model.layers) plan[layer.name] = layer.precision;
  return plan;
}

/// Float32 showers to check with.
PairedShowers checked_showers(const QuantizationSettings& settings, const OpenModel& source) {
  const auto seed = settings.calibration.seed;
  PairedShowers showers(source, quant::uniform_energies(source.info, settings.check_showers, seed + 1), settings.engine,
                        seed);
  showers.tell_nats();
  return showers;
}

std::string precisions_of(const quant::QuantizedModel& model) {
  std::set<model::Precision> precisions;
  for (const auto& layer : model.layers) precisions.insert(layer.precision);
  return model::words_for(precisions);
}

}  // namespace

std::optional<model::Precision> quantize_precision(const std::string& name) {
  if (name == "auto") return std::nullopt;
  for (const auto precision : model::kPrecisions)
    if (precision != model::Precision::kFloat32 && name == model::name_of(precision)) return precision;
  throw bad_input(fmt::format("`precision` {}: must be auto, int8, int16x8, int16x12, bfloat16 or float16", name));
}

std::vector<std::string> preset_names() { return {"octocal", "ilot", "tflite-float16", "tflite-int8"}; }

RewriteForm form_of(const std::string& preset) {
  if (preset == "tflite-float16") return RewriteForm::kFloat16Weights;
  if (preset == "tflite-int8") return RewriteForm::kEveryOp;
  const auto names = preset_names();
  if (!preset.empty() && std::find(names.begin(), names.end(), preset) == names.end())
    throw bad_input(fmt::format("`preset` {}: must be one of {}", preset, fmt::join(names, ", ")));
  return RewriteForm::kLayers;
}

quant::QuantizeOptions quantize_options(const std::string& activations, const std::string& weights,
                                        bool bias_correction) {
  using quant::ActivationScheme, quant::WeightScheme;
  return {scheme_named("activations", activations, ActivationScheme::kU8, ActivationScheme::kS8),
          scheme_named("weights", weights, WeightScheme::kPerChannel, WeightScheme::kPerTensor), bias_correction};
}

quant::QuantizeOptions preset_options(const std::string& name) {
  quant::QuantizeOptions options;
  if (name == "octocal" || name == "tflite-float16") return options;
  form_of(name);
  options.bias_correction = false;
  options.ranges = RangeMethod::kMinMax;
  options.last_layer = model::Precision::kInt8;
  options.equalization = false;
  if (name == "ilot") {
    options.weights = quant::WeightScheme::kPerTensor;
    options.transposed = false;
  }
  return options;
}

quant::Rounding rounding_named(const std::string& name) {
  return scheme_named("rounding", name, quant::Rounding::kNearest, quant::Rounding::kLearned);
}

std::vector<std::string> range_method_names() {
  std::vector<std::string> names;
  for (const auto method : kRangeMethods) names.emplace_back(quant::name_of(method));
  return names;
}

quant::RangeMethod range_method(const std::string& name) {
  for (const auto method : kRangeMethods)
    if (name == quant::name_of(method)) return method;
  throw bad_input(fmt::format("`ranges` {}: must be one of {}", name, fmt::join(range_method_names(), ", ")));
}

Calibration make_calibration(const CalibrationSettings& settings, const OpenModel& model) {
  std::vector<float> energies;
  std::string source;
  if (settings.data.empty()) {
    energies = quant::uniform_energies(model.info, settings.showers, settings.seed);
    source = fmt::format("{}:{}", model.info.energy_min_gev, model.info.energy_max_gev);
  } else {
    const auto files = data::expand_shower_files(settings.data);
    data::ShowerReader reader(files);
    energies = quant::spread_energies(reader.energies(), settings.showers);
    const auto [low, high] = std::minmax_element(energies.begin(), energies.end());
    check_energy_range(model, static_cast<double>(*low), static_cast<double>(*high), false);
    source = fmt::format("{}", fmt::join(files, ","));
  }
  Calibration calibration;
  calibration.record = {energies.size(), settings.seed, source};
  calibration.showers = quant::make_inputs(model.info, std::move(energies), settings.seed);
  return calibration;
}

quant::QuantizedModel build_quantized(const quant::Quantizer& quantizer, model::Precision precision,
                                      const std::set<std::string>& keep_float32, const OpenModel& source,
                                      const quant::QuantizeOptions& options,
                                      const quant::CalibrationRecord& calibration) {
  return build_quantized(quantizer, quantizer.plan(precision, keep_float32), source, options, calibration);
}

quant::QuantizedModel build_quantized(const quant::Quantizer& quantizer, const model::PrecisionPlan& plan,
                                      const OpenModel& source, const quant::QuantizeOptions& options,
                                      const quant::CalibrationRecord& calibration) {
  auto model = quantizer.build(plan);
  quant::write_provenance(source.graph, options, calibration, model);
  // What the source's file does not say but its user does has to be said by the new file.
  if (source.info_given || !source.info.assumed.empty()) model::write_generator_info(source.info, model.graph);
  return model;
}

void finish_quantization(const QuantizationSettings& settings, Quantization& result) {
  result.source_bytes = model::serialize_onnx(result.source.graph).size();
  result.bytes = model::serialize_onnx(result.model.graph).size();
  if (settings.check_showers == 0) {
    if (settings.warn_unchecked)
      log_warning(fmt::format("{}: what {} changes was not checked; validate the new model before it is used",
                              settings.model, result.precisions));
    return;
  }
  if (!result.difference)
    result.difference = difference_of(checked_showers(settings, result.source).compare(result.model.graph));
  judge_shift(*result.difference, result.precisions, settings.max_shift, settings.model);
}

Quantization quantize(const QuantizationSettings& settings) {
  const bool floats =
      settings.form == RewriteForm::kFloat16Weights || (settings.precision && !model::is_integer(*settings.precision));
  if (floats && settings.calibration.options.rounding == quant::Rounding::kLearned)
    throw bad_input("`rounding` learned: there are no weights of integers; leave it out, or ask for int8 or int16x8");
  if (settings.form != RewriteForm::kLayers && settings.plan)
    throw bad_input("`plan` says every layer's precision; leave out `preset`");
  if (settings.form == RewriteForm::kFloat16Weights) return store_weights_in_float16(settings);
  if (settings.form == RewriteForm::kEveryOp) return quantize_every_op(settings);
  Quantization result;
  result.source = open_model(settings.model, settings.engine.model_info);
  if (settings.plan && (settings.precision || !settings.keep_float32.empty()))
    throw bad_input("`plan` says every layer's precision; leave out `precision` and `keep_float32`");
  // First the names: calibration takes its time.
  const auto keep_float32 =
      quant::match_layers(quant::layer_names(result.source.graph, settings.model), settings.keep_float32);
  const auto calibration = make_calibration(settings.calibration, result.source);
  result.calibration = calibration.record;
  const auto& options = settings.calibration.options;
  const quant::Quantizer quantizer(result.source.graph, calibration.showers, options,
                                   quant::engine_backend(result.source.file), settings.model);
  const auto build = [&](const model::PrecisionPlan& plan) {
    result.model = build_quantized(quantizer, plan, result.source, options, calibration.record);
    result.precisions = precisions_of(result.model);
  };
  const auto precision = settings.precision.value_or(model::Precision::kInt8);
  build(settings.plan ? *settings.plan : quantizer.plan(precision, keep_float32));
  if (!settings.plan && !settings.precision && settings.check_showers > 0) {
    auto pairs = checked_showers(settings, result.source);
    const auto missed_by_model = [&] {
      const auto compared = pairs.compare(result.model.graph);
      result.difference = difference_of(compared);
      return missed_criterion(compared, result.source.graph);
    };
    auto missed = missed_by_model();
    for (const auto finer : kFinerThanInt8) {
      if (missed.empty()) break;
      const auto coarser = result.precisions;
      try {
        build(quantizer.plan(finer, keep_float32));
      } catch (const Error& error) {
        // Of values that float16 cannot hold: what came before it is the finest there is.
        if (finer != model::Precision::kFloat16 || error.code() != ErrorCode::kBadInput) throw;
        log_warning(fmt::format("{}: {} {}, and float16 cannot do better ({}); validate the new model", settings.model,
                                coarser, missed, error.what()));
        break;
      }
      log_warning(fmt::format("{}: {} {}; all layers take {} instead; tune finds those that may be coarser",
                              settings.model, coarser, missed, model::name_of(finer)));
      missed = missed_by_model();
    }
  }
  if (settings.check_showers > 0 && std::any_of(result.model.layers.begin(), result.model.layers.end(),
                                                [](const auto& l) { return l.learned_error; }))
    result.nearest_difference = difference_of(
        checked_showers(settings, result.source)
            .compare(quantizer.build(plan_of(result.model), options.bias_correction, quant::Rounding::kNearest).graph));
  finish_quantization(settings, result);
  return result;
}

}  // namespace octocal::study
