// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/every_op.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/precision_words.hpp"
#include "octocal/quant/op_by_op.hpp"

namespace octocal::study {
namespace {

constexpr std::size_t kNamesInWarning = 5;

nlohmann::json calibration_json(const quant::OpByOpModel& made, const quant::CalibrationRecord& calibration) {
  nlohmann::json ranges = nlohmann::json::object();
  for (const auto& site : made.model.sites) ranges[site.values.front()] = {site.range.low, site.range.high};
  return {{"preset", "tflite-int8"},
          {"method", quant::name_of(quant::RangeMethod::kMinMax)},
          {"activations", "int8 with a zero point, of every op"},
          {"weights", quant::name_of(quant::WeightScheme::kPerChannel)},
          {"biases", "int32"},
          {"showers", calibration.showers},
          {"seed", calibration.seed},
          {"energies", calibration.energies},
          {"float32", made.float32_nodes},
          {"ranges", std::move(ranges)}};
}

void warn_of_float32(const std::vector<std::string>& nodes, const std::string& model) {
  if (nodes.empty()) return;
  std::vector<std::string> first(nodes.begin(),
                                 nodes.begin() + static_cast<std::ptrdiff_t>(std::min(nodes.size(), kNamesInWarning)));
  log_warning(fmt::format(
      "{}: {} ops stay in float32 (TensorFlow Lite has no integer kernel for one of them, and what stands in front of "
      "the convolutions or behind them is taken as a whole): {}{}",
      model, nodes.size(), fmt::join(first, ", "), nodes.size() > first.size() ? ", ..." : ""));
}

}  // namespace

Quantization quantize_every_op(const QuantizationSettings& settings) {
  if (!settings.keep_float32.empty())
    throw bad_input("`keep_float32`: tflite-int8 quantizes every op; leave out one of the two");
  Quantization result;
  result.source = open_model(settings.model, settings.engine.model_info);
  const auto calibration = make_calibration(settings.calibration, result.source);
  result.calibration = calibration.record;
  auto made = quant::quantize_op_by_op(result.source.graph, calibration.showers,
                                       quant::engine_backend(result.source.file), settings.model);
  warn_of_float32(made.float32_nodes, settings.model);
  auto plan = model::uniform_plan(made.model.graph, model::Precision::kFloat32);
  std::set<model::Precision> precisions;
  for (const auto& layer : made.model.layers) precisions.insert(plan[layer.name] = layer.precision);
  result.precisions = model::words_for(precisions);
  auto& metadata = made.model.graph.metadata;
  metadata["octocal.precision_plan"] = model::to_json_text(plan);
  // Names from a foreign model need not be UTF-8.
  metadata["octocal.calibration"] =
      calibration_json(made, calibration.record).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  metadata["octocal.source_model"] = model::graph_hash(result.source.graph);
  metadata["octocal.version"] = version();
  result.model = std::move(made.model);
  if (result.source.info_given || !result.source.info.assumed.empty())
    model::write_generator_info(result.source.info, result.model.graph);
  finish_quantization(settings, result);
  return result;
}

}  // namespace octocal::study
