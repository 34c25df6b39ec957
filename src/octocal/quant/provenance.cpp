// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/provenance.hpp"

#include <nlohmann/json.hpp>

#include "octocal/base/machine.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/precision_plan.hpp"

namespace octocal::quant {

void write_provenance(const model::Graph& source, const QuantizeOptions& options, const CalibrationRecord& calibration,
                      QuantizedModel& model) {
  auto plan = model::uniform_plan(model.graph, model::Precision::kFloat32);
  for (const auto& layer : model.layers) plan[layer.name] = layer.precision;

  nlohmann::json ranges = nlohmann::json::object();
  nlohmann::json methods = nlohmann::json::object();
  for (const auto& site : model.sites) {
    ranges[site.name] = {site.range.low, site.range.high};
    methods[site.name] = name_of(site.method);
  }
  nlohmann::json record = {
      {"showers", calibration.showers}, {"seed", calibration.seed}, {"energies", calibration.energies}};
  // Grids and corrections are of integers alone.
  if (model.sites.empty()) {
    record["method"] = "none";
  } else {
    record.update({{"method", name_of(options.ranges)},
                   {"methods", methods},
                   {"equalization", options.equalization},
                   {"transposed", options.transposed},
                   {"last_layer", model::name_of(options.last_layer)},
                   {"activations", name_of(options.activations)},
                   {"weights", name_of(options.weights)},
                   {"bias_correction", options.bias_correction},
                   {"ranges", ranges}});
  }
  if (!model.sites.empty() && options.rounding != Rounding::kNearest) record["rounding"] = name_of(options.rounding);
  if (!model.sites.empty() && options.ranges == RangeMethod::kPercentile) record["percentile"] = options.percentile;

  auto& metadata = model.graph.metadata;
  metadata["octocal.precision_plan"] = model::to_json_text(plan);
  // Names from a foreign model need not be UTF-8.
  metadata["octocal.calibration"] = record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  metadata["octocal.source_model"] = model::graph_hash(source);
  metadata["octocal.version"] = version();
}

}  // namespace octocal::quant
