// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/export_form.hpp"

#include <nlohmann/json.hpp>

#include "octocal/base/machine.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::study {

Export export_form(const ExportSettings& settings) {
  Export result;
  result.source = open_model(settings.model, settings.engine.model_info);
  const auto& info = result.source.info;
  const auto calibration = quant::make_inputs(
      info, quant::uniform_energies(info, settings.calibration_showers, settings.seed), settings.seed);
  result.form = quant::integer_form(result.source.graph, calibration, quant::engine_backend(result.source.file),
                                    result.source.file);
  auto& metadata = result.form.graph.metadata;
  metadata["octocal.exported_from"] = result.source.hash;
  metadata["octocal.version"] = version();
  if (result.source.info_given || !info.assumed.empty()) model::write_generator_info(info, result.form.graph);
  if (settings.check_showers == 0) return result;
  PairedShowers showers(result.source, quant::uniform_energies(info, settings.check_showers, settings.seed + 1),
                        settings.engine, settings.seed);
  // As a runtime gets it: from a file.
  const auto read = model::parse_onnx(model::serialize_onnx(result.form.graph), settings.model);
  result.compared = showers.compare(read);
  return result;
}

std::string export_json(const Export& result, const std::string& file) {
  nlohmann::json json = {
      {"model", result.source.file},      {"model_hash", result.source.hash}, {"output", file},
      {"straight", result.form.straight}, {"rounded", result.form.rounded},   {"exact", result.form.exact},
      {"left", result.form.left}};
  if (result.compared) {
    json["showers"] = result.compared->showers;
    for (const auto& [name, number] : result.compared->numbers)
      json["difference"][name] = {{"value", number.value}, {"error", number.error}};
  }
  return json.dump(2);
}

}  // namespace octocal::study
