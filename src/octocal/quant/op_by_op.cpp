// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/op_by_op.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/shapes/rules.hpp"
#include "octocal/quant/calibration.hpp"
#include "octocal/quant/op_by_op_form.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {
namespace {

bool is_weighted(const model::Node& node) { return model::shapes::has_trait(node.op, model::shapes::kHasMacs); }

/// Axis of the output channels in a weight.
std::int64_t channel_axis(const model::Node& node, const model::Tensor& weight) {
  if (node.op == "Conv") return 0;
  if (node.op == "ConvTranspose") return 1;
  if (node.op == "Gemm") return node.integer("transB", 0) != 0 ? 0 : 1;
  return static_cast<std::int64_t>(weight.shape.size()) - 1;
}

/// Which values have a grid, and who reads them on it.
class Grids {
 public:
  explicit Grids(const model::Graph& graph)
      : graph_(graph), integer_(integer_nodes(graph)), values_(model::infer_shapes(graph, "the model")) {
    for (const auto& node : graph.nodes)
      if (node.op == "Relu" && is_integer(node) && takes_relu(graph.producer(node.inputs[0]))) {
        const auto& input = node.inputs[0];
        if (graph.consumers(input).size() == 1 && !graph.is_output(input)) in_relu_.insert(input);
      }
  }

  bool is_integer(const model::Node& node) const { return integer_.contains(node.name); }

  /// A pair stands behind this value.
  bool has_grid(const std::string& value) const {
    if (graph_.constant(value) != nullptr || in_relu_.contains(value)) return false;
    if (values_.at(value).type != model::DataType::kFloat32) return false;
    const auto* producer = graph_.producer(value);
    if (producer != nullptr && is_integer(*producer)) return !keeps_grid(graph_, *producer);
    const auto readers = graph_.consumers(value);
    return std::any_of(readers.begin(), readers.end(), [&](const auto* reader) { return is_integer(*reader); });
  }

  /// A node reads the rounded value: all that integers make is rounded, what float32 makes is for integers alone.
  bool reads_rounded(const model::Node& node, const std::string& value) const {
    if (!has_grid(value)) return false;
    const auto* producer = graph_.producer(value);
    return is_integer(node) || (producer != nullptr && is_integer(*producer));
  }

  /// All values with a grid, in graph order.
  std::vector<std::string> values() const {
    std::vector<std::string> all;
    for (const auto& input : graph_.inputs)
      if (has_grid(input.name)) all.push_back(input.name);
    for (const auto& node : graph_.nodes)
      for (const auto& output : node.outputs)
        if (has_grid(output)) all.push_back(output);
    return all;
  }

 private:
  bool takes_relu(const model::Node* node) const {
    return node != nullptr && is_integer(*node) &&
           (is_weighted(*node) || node->op == "Add" || node->op == "Sub" || node->op == "Mul");
  }

  const model::Graph& graph_;
  std::set<std::string> integer_;
  std::map<std::string, model::Value> values_;
  std::set<std::string> in_relu_;  // values between an op and the Relu that is part of it
};

class OpByOpRewriter {
 public:
  OpByOpRewriter(const model::Graph& graph, const Grids& grids, const std::map<std::string, Range>& ranges)
      : source_(graph), grids_(grids), result_(graph) {
    result_.nodes.clear();
    for (const auto& [value, range] : ranges) grid_of_[value] = int8_grid(range);
  }

  model::Graph run() {
    for (const auto& input : source_.inputs)
      if (grids_.has_grid(input.name)) add_pair(input.name, input.name);
    for (const auto& node : source_.nodes) {
      auto copy = node;
      for (std::size_t i = 0; i < copy.inputs.size(); ++i) {
        auto& input = copy.inputs[i];
        if (input.empty()) continue;
        if (grids_.reads_rounded(node, input)) {
          input = rounded(input);
        } else if (grids_.is_integer(node) && !keeps_grid(source_, node) && is_float_constant(input)) {
          if (!is_weighted(node)) input = constant(input);
        }
      }
      if (is_weighted(node) && grids_.is_integer(node)) quantize_weights(node, copy);
      for (auto& output : copy.outputs)
        if (grids_.has_grid(output) && rounded(output) == output) output += ".float32";
      const auto made = copy.outputs;
      result_.nodes.push_back(std::move(copy));
      for (std::size_t k = 0; k < made.size(); ++k)
        if (grids_.has_grid(node.outputs[k])) add_pair(node.outputs[k], made[k]);
    }
    drop_unused_constants(result_);
    return std::move(result_);
  }

 private:
  bool is_float_constant(const std::string& value) const {
    const auto* tensor = source_.constant(value);
    return tensor != nullptr && tensor->type == model::DataType::kFloat32;
  }

  /// Constants of a grid.
  void add_grid(const std::string& name, const Grid& grid) {
    const auto zero_point = static_cast<std::int8_t>(grid.zero_point);
    result_.constants[name + ".scale"] = model::make_tensor({}, std::vector<float>{grid.scale});
    result_.constants[name + ".zero_point"] =
        model::make_tensor(model::DataType::kInt8, {}, std::span<const std::int8_t>(&zero_point, 1));
  }

  /// What readers of a value with a grid get: its own name if the graph puts it out.
  std::string rounded(const std::string& value) const {
    const auto* producer = source_.producer(value);
    const bool leaves = source_.is_output(value) && producer != nullptr && grids_.is_integer(*producer);
    return leaves ? value : value + ".dequantized";
  }

  /// `from` is the value as it is computed.
  void add_pair(const std::string& value, const std::string& from) {
    add_grid(value, grid_of_.at(value));
    const std::vector<std::string> grid{value + ".scale", value + ".zero_point"};
    result_.nodes.push_back(
        {value + "/quantize", "QuantizeLinear", {from, grid[0], grid[1]}, {value + ".quantized"}, {}});
    result_.nodes.push_back(
        {value + "/dequantize", "DequantizeLinear", {value + ".quantized", grid[0], grid[1]}, {rounded(value)}, {}});
  }

  /// The rounded form of a constant beside an element-wise op.
  std::string constant(const std::string& value) {
    const auto rounded = value + ".dequantized";
    if (!rounded_constants_.insert(value).second) return rounded;
    const auto& tensor = *source_.constant(value);
    MinMaxObserver observer;
    observer.observe(tensor.as<float>());
    const auto grid = int8_grid(observer.range());
    std::vector<std::int8_t> numbers;
    for (const float x : tensor.as<float>()) numbers.push_back(static_cast<std::int8_t>(grid.quantize(x)));
    add_grid(value, grid);
    result_.constants[value + ".int8"] =
        model::make_tensor(model::DataType::kInt8, tensor.shape, std::span<const std::int8_t>(numbers));
    result_.nodes.push_back({value + "/dequantize",
                             "DequantizeLinear",
                             {value + ".int8", value + ".scale", value + ".zero_point"},
                             {rounded},
                             {}});
    return rounded;
  }

  void quantize_weights(const model::Node& node, model::Node& copy) {
    const auto& tensor = *source_.constant(node.inputs.at(1));
    const auto axis = channel_axis(node, tensor);
    auto weight = quantize_weight(tensor, axis, WeightScheme::kPerChannel);
    const auto name = node.name + ".weight";
    const model::Shape channels{static_cast<std::int64_t>(weight.scale.size())};
    result_.constants[name + ".int8"] = std::move(weight.values);
    result_.constants[name + ".scale"] = model::make_tensor(channels, weight.scale);
    const std::vector<std::int8_t> zeros(weight.scale.size(), 0);
    result_.constants[name + ".zero_point"] =
        model::make_tensor(model::DataType::kInt8, channels, std::span<const std::int8_t>(zeros));
    result_.nodes.push_back({name + "/dequantize",
                             "DequantizeLinear",
                             {name + ".int8", name + ".scale", name + ".zero_point"},
                             {name + ".dequantized"},
                             {{"axis", axis}}});
    copy.inputs[1] = name + ".dequantized";
    if (node.inputs.size() > 2 && is_float_constant(node.inputs[2])) quantize_bias(node, weight.scale, copy);
  }

  void quantize_bias(const model::Node& node, const std::vector<float>& weight_scale, model::Node& copy) {
    // A value that is moved to this op has the grid of the value that it was.
    std::string source = node.inputs[0];
    while (!grid_of_.contains(source)) source = source_.producer(source)->inputs.at(0);
    const auto bias = source_.constant(node.inputs[2])->as<float>();
    std::vector<float> scale;
    std::vector<std::int32_t> numbers;
    for (std::size_t c = 0; c < weight_scale.size(); ++c) {
      scale.push_back(grid_of_.at(source).scale * weight_scale[c]);
      const double steps = static_cast<double>(bias[bias.size() == 1 ? 0 : c]) / static_cast<double>(scale.back());
      const double largest = std::numeric_limits<std::int32_t>::max();
      numbers.push_back(static_cast<std::int32_t>(std::clamp(std::nearbyint(steps), -largest, largest)));
    }
    const auto name = node.name + ".bias";
    const model::Shape channels{static_cast<std::int64_t>(numbers.size())};
    result_.constants[name + ".int32"] =
        model::make_tensor(model::DataType::kInt32, channels, std::span<const std::int32_t>(numbers));
    result_.constants[name + ".scale"] = model::make_tensor(channels, scale);
    result_.nodes.push_back({name + "/dequantize",
                             "DequantizeLinear",
                             {name + ".int32", name + ".scale"},
                             {name + ".dequantized"},
                             {{"axis", std::int64_t{0}}}});
    copy.inputs[2] = name + ".dequantized";
  }

  const model::Graph& source_;
  const Grids& grids_;
  std::map<std::string, Grid> grid_of_;
  model::Graph result_;
  std::set<std::string> rounded_constants_;
};

}  // namespace

Grid int8_grid(Range range) noexcept {
  auto grid = activation_grid(range, ActivationScheme::kU8);
  grid.type = model::DataType::kInt8;
  grid.zero_point -= 128;
  return grid;
}

OpByOpModel quantize_op_by_op(const model::Graph& graph, const ShowerInputs& calibration, const Backend& backend,
                              const std::string& origin) {
  if (calibration.size() == 0) throw bad_input(fmt::format("{}: no calibration showers; give at least one", origin));
  const auto plain = without_identities(graph);
  find_structure(plain, origin);  // refuses what is quantized already, or has nothing to quantize
  const auto form = with_batch_norms_resolved(plain);
  const Grids grids(form);
  const auto values = grids.values();
  std::map<std::string, Range> ranges;
  for (const auto& [value, statistics] : observe_statistics(form, values, calibration, backend, origin))
    ranges[value] = statistics.range();

  OpByOpModel result;
  auto& model = result.model;
  model.graph = OpByOpRewriter(form, grids, ranges).run();
  for (const auto& value : values) {
    const auto* producer = form.producer(value);
    const auto& range = ranges.at(value);
    model.sites.push_back({producer == nullptr ? value : producer->name,
                           {value},
                           model::Precision::kInt8,
                           range,
                           range,
                           RangeMethod::kMinMax,
                           int8_grid(range)});
  }
  std::map<std::string, std::uint64_t> macs;
  for (const auto& layer : model::summarize(form, origin).layers) macs[layer.name] = layer.macs;
  for (const auto& node : form.nodes) {
    if (!grids.is_integer(node)) result.float32_nodes.push_back(node.name);
    if (!is_weighted(node)) continue;
    QuantizedLayer layer;
    layer.name = node.name;
    layer.op = node.op;
    layer.macs = macs[node.name];
    layer.output = node.outputs.at(0);
    if (grids.is_integer(node)) {
      const auto& weight = *form.constant(node.inputs[1]);
      layer.precision = model::Precision::kInt8;
      layer.weight_sqnr_db = quantize_weight(weight, channel_axis(node, weight), WeightScheme::kPerChannel).sqnr_db;
    }
    model.layers.push_back(std::move(layer));
  }
  return result;
}

}  // namespace octocal::quant
