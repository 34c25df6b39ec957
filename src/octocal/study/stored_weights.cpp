// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/stored_weights.hpp"

#include <cstddef>
#include <map>
#include <utility>

#include "octocal/base/machine.hpp"
#include "octocal/model/float_storage.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::study {
namespace {

// Smaller weights save no memory, and some are factors of a formula: a fit of the energy, say, which rounding would shift.
constexpr std::size_t kLeastWeights = 1024;

}  // namespace

Quantization store_weights_in_float16(const QuantizationSettings& settings) {
  Quantization result;
  result.source = open_model(settings.model, settings.engine.model_info);
  result.precisions = "float16 weights";
  const auto source = quant::without_identities(result.source.graph);
  const auto structure = quant::find_structure(source, settings.model);
  std::map<std::string, std::uint64_t> macs;
  for (const auto& layer : model::summarize(source, settings.model).layers) macs[layer.name] = layer.macs;
  for (const auto& layer : structure.layers) {
    quant::QuantizedLayer summary;
    summary.name = layer.name;
    summary.op = layer.op;
    summary.macs = macs[layer.name];
    summary.output = layer.output;
    result.model.layers.push_back(std::move(summary));
  }

  auto& graph = result.model.graph;
  const auto keep = quant::match_layers(quant::layer_names(source, settings.model), settings.keep_float32);
  graph = model::with_stored_weights(source, model::DataType::kFloat16, settings.model, kLeastWeights, keep);
  graph.metadata["octocal.precision_plan"] =
      model::to_json_text(model::uniform_plan(graph, model::Precision::kFloat32));
  graph.metadata["octocal.calibration"] = R"({"method":"none","preset":"tflite-float16"})";
  graph.metadata["octocal.source_model"] = model::graph_hash(result.source.graph);
  graph.metadata["octocal.version"] = version();
  if (result.source.info_given || !result.source.info.assumed.empty())
    model::write_generator_info(result.source.info, graph);
  finish_quantization(settings, result);
  return result;
}

}  // namespace octocal::study
