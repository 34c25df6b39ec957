// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/formats.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::study {
namespace {

// The columns of the paper's tables behind float32.
constexpr const char* kPaperFormats[] = {"bfloat16", "float16", "octocal", "ilot", "tflite-float16", "tflite-int8"};

using Change = std::function<void(QuantizationSettings&)>;

Change all_layers_in(model::Precision precision) {
  return [precision](QuantizationSettings& settings) {
    settings.precision = precision;
    settings.check_showers = 0;
  };
}

/// What each format changes of quantize()'s settings.
const std::vector<std::pair<std::string, Change>>& formats() {
  static const std::vector<std::pair<std::string, Change>> all{
      {"bfloat16", all_layers_in(model::Precision::kBfloat16)},
      {"float16", all_layers_in(model::Precision::kFloat16)},
      {"tflite-float16",
       [](QuantizationSettings& settings) {
         settings.form = RewriteForm::kFloat16Weights;
         settings.check_showers = 0;
       }},
      {"int16x12", all_layers_in(model::Precision::kInt16x12)},
      {"int16x8", all_layers_in(model::Precision::kInt16x8)},
      {"int8", all_layers_in(model::Precision::kInt8)},
      {"ilot",
       [](QuantizationSettings& settings) {
         all_layers_in(model::Precision::kInt8)(settings);
         settings.calibration.options = preset_options("ilot");
       }},
      // Ranges that clip the largest cells would bend the response of a network whose cells grow with Ep.
      {"octocal",
       [](QuantizationSettings& settings) {
         settings.calibration.options.ranges = quant::RangeMethod::kMinMax;
         settings.calibration.options.last_layer = model::Precision::kInt16x8;
       }},
      {"tflite-int8",
       [](QuantizationSettings& settings) {
         settings.form = RewriteForm::kEveryOp;
         settings.check_showers = 0;
       }},
  };
  return all;
}

}  // namespace

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, change] : formats()) all.push_back(name);
    return all;
  }();
  return names;
}

std::vector<std::string> resolved_formats(const std::vector<std::string>& formats) {
  std::vector<std::string> resolved;
  const auto add = [&](const std::string& format) {
    if (std::find(resolved.begin(), resolved.end(), format) == resolved.end()) resolved.push_back(format);
  };
  for (const auto& format : formats) {
    if (format == kAllFormats)
      std::for_each(std::begin(kPaperFormats), std::end(kPaperFormats), add);
    else if (std::find(format_names().begin(), format_names().end(), format) == format_names().end())
      throw bad_input(
          fmt::format("`formats` {}: no such format; the formats are {}, and {} for those of the paper's "
                      "tables",
                      format, fmt::join(format_names(), ", "), kAllFormats));
    else
      add(format);
  }
  return resolved;
}

OpenModel in_format(const std::string& model_file, const std::string& format, const CalibrationSettings& calibration,
                    const EngineSettings& engine) {
  for (const auto& [name, change] : formats()) {
    if (name != format) continue;
    QuantizationSettings settings;
    settings.model = model_file;
    settings.calibration = calibration;
    settings.engine = engine;
    settings.max_shift = std::numeric_limits<double>::infinity();
    settings.warn_unchecked = false;  // the tables tell
    change(settings);
    auto made = quantize(settings);
    OpenModel open = std::move(made.source);
    open.graph = std::move(made.model.graph);
    open.hash = model::graph_hash(open.graph);
    open.format = name;
    open.bytes = made.bytes;
    return open;
  }
  throw bad_input(
      fmt::format("`formats` {}: no such format; the formats are {}", format, fmt::join(format_names(), ", ")));
}

}  // namespace octocal::study
