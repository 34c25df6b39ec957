// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/operation_times.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "octocal/base/expect.hpp"

namespace octocal::study {
namespace {

constexpr std::string_view kOtherFunctions = "other functions";

struct OperationKind {
  std::string_view name;
  std::vector<std::string_view> ops;
};
const std::vector<OperationKind>& operation_kinds() {
  static const std::vector<OperationKind> kinds = {
      {"convolutions", {"Conv", "ConvTranspose"}},
      {"dense layers", {"Gemm", "MatMul"}},
      {"quantization", {"QuantizeLinear", "DequantizeLinear", "Cast"}},
      {"batch norm", {"BatchNormalization"}},
      {"activations", {"LeakyRelu", "Relu", "PRelu", "Elu", "Sigmoid", "Softplus"}},
      {"copies", {"Transpose", "Concat", "Reshape", "Slice", "Gather", "Resize", "Pad", "Tile", "Identity", "reorder"}},
      {"draws and fit", {"DrawCells", "ExpectedCells", "SeeCells", "FitCells", "FitCellsByLog"}},
      {kOtherFunctions, {}}};
  return kinds;
}

}  // namespace

std::string kind_of(const engine::LayerReport& layer) {
  const std::string_view first = std::string_view(layer.ops).substr(0, layer.ops.find('+'));
  for (const auto& kind : operation_kinds())
    if (std::find(kind.ops.begin(), kind.ops.end(), first) != kind.ops.end()) return std::string(kind.name);
  return std::string(kOtherFunctions);
}

std::size_t count_in_passes(const std::vector<engine::LayerReport>& layers, const std::string& op) {
  return static_cast<std::size_t>(std::count_if(layers.begin(), layers.end(), [&](const auto& layer) {
    return (layer.ops + "+").find("+" + op + "+") != std::string::npos;
  }));
}

std::vector<OperationTime> operation_times(const std::vector<engine::LayerReport>& layers,
                                           const std::vector<double>& seconds) {
  OCTOCAL_EXPECT(layers.size() == seconds.size());
  std::map<std::string, OperationTime> of_kind;
  double all = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto& time = of_kind[kind_of(layers[i])];
    ++time.layers;
    time.seconds += seconds[i];
    time.macs += layers[i].macs;
    all += seconds[i];
  }
  std::vector<OperationTime> times;
  for (const auto& kind : operation_kinds()) {
    const auto found = of_kind.find(std::string(kind.name));
    if (found == of_kind.end()) continue;
    times.push_back(found->second);
    times.back().kind = kind.name;
    times.back().share = all > 0 ? times.back().seconds / all : 0;
  }
  return times;
}

}  // namespace octocal::study
