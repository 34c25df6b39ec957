// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/integer_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/model/convolution_geometry.hpp"
#include "octocal/quant/calibration.hpp"
#include "octocal/quant/integer_layers.hpp"
#include "octocal/quant/phase_convolution.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {
namespace {

using model::DataType;
using model::Node;

class IntegerRewriter {
 public:
  IntegerRewriter(const model::Graph& graph, const std::string& origin)
      : source_(graph),
        origin_(origin),
        values_(model::infer_shapes(graph, origin)),
        plans_(integer_layers(graph, origin)) {
    if (plans_.empty())
      throw bad_input(
          fmt::format("{}: no layer in int8, so nothing to be run in integers elsewhere; give a model that "
                      "`octocal quantize` or `tune` wrote",
                      origin));
  }

  IntegerForm run(const ShowerInputs& calibration, const Backend& backend) {
    std::vector<std::string> observed;
    for (const auto& [name, plan] : plans_)
      if (plan.sums == SumsGo::kRounded) observed.push_back(plan.value);
    if (!observed.empty())
      for (auto& [value, statistics] : observe_statistics(source_, observed, calibration, backend, origin_))
        ranges_[value] = std::move(statistics.channels);
    result_.graph = source_;
    result_.graph.nodes.clear();
    std::set<std::string> absorbed;
    for (const auto& [name, plan] : plans_) absorbed.insert(plan.absorbed.begin(), plan.absorbed.end());
    for (const auto& node : source_.nodes) {
      if (absorbed.contains(node.name)) continue;
      auto copy = node;
      for (auto& input : copy.inputs)
        if (const auto found = renamed_.find(input); found != renamed_.end()) input = found->second;
      if (const auto plan = plans_.find(node.name); plan != plans_.end()) {
        write_convolution(copy, values_.at(node.inputs[0]).shape, plan->second);
        continue;
      }
      const auto grid = grid_of(source_, node.outputs[0], origin_);
      if (node.op == "Conv" || node.op == "ConvTranspose") result_.left.push_back(node.name);
      result_.graph.nodes.push_back(copy);
      if (!grid) continue;
      if (node.op == "DequantizeLinear") {
        grids_[node.outputs[0]] = *grid;
      } else if (!only_quantized(node.outputs[0])) {
        renamed_[node.outputs[0]] = add_pair(node.outputs[0], *grid, node.name);
      }
    }
    drop_unused_nodes();
    return std::move(result_);
  }

 private:
  bool only_quantized(const std::string& value) const {
    const auto readers = source_.consumers(value);
    return std::ranges::all_of(readers, [](const auto* reader) { return reader->op == "QuantizeLinear"; });
  }

  std::string constant(const std::string& name, model::Tensor tensor) {
    result_.graph.constants[name] = std::move(tensor);
    return name;
  }
  std::string numbers(const std::string& name, const std::vector<float>& list) {
    return constant(name, model::make_tensor({static_cast<std::int64_t>(list.size())}, list));
  }
  template <typename T>
  std::string scalar(const std::string& name, DataType type, T number) {
    return constant(name, model::make_tensor(type, {}, std::span<const T>(&number, 1)));
  }
  std::string sizes(const std::string& name, const std::vector<std::int64_t>& list) {
    return constant(name, model::make_tensor(DataType::kInt64, {static_cast<std::int64_t>(list.size())},
                                             std::span<const std::int64_t>(list)));
  }
  std::string add(const std::string& name, const std::string& op, std::vector<std::string> inputs, std::string output,
                  std::map<std::string, model::Attribute> attributes = {}) {
    result_.graph.nodes.push_back({name, op, std::move(inputs), {output}, std::move(attributes)});
    return output;
  }

  std::string add_pair(const std::string& value, const GridNames& grid, const std::string& maker) {
    const auto stored = value + ".stored";
    add(maker + "/store", "QuantizeLinear", {value, grid.scale, grid.zero_point}, stored);
    const auto read = add(maker + "/read", "DequantizeLinear", {stored, grid.scale, grid.zero_point}, value + ".read");
    grids_[read] = grid;
    return read;
  }

  /// The pixels of a ConvTranspose that a Conv made phase by phase; with a grid a pair behind each op.
  std::string put_together(std::string value, const PhaseConvolution& phases, const std::string& name,
                           const std::optional<GridNames>& grid) {
    const auto step = [&](const std::string& what, const std::string& op, std::vector<std::string> inputs,
                          std::map<std::string, model::Attribute> attributes = {}) {
      const auto made = add(name + "/" + what, op, std::move(inputs), name + "." + what, std::move(attributes));
      return grid ? add_pair(made, *grid, name + "/" + what) : made;
    };
    value = step("apart", "Reshape", {value, sizes(name + ".apart_shape", phases.apart)});
    value = step("beside", "Transpose", {value}, {{"perm", phases.order}});
    value = step("together", "Reshape", {value, sizes(name + ".together_shape", phases.together)});
    std::vector<std::int64_t> begins, ends, axes;
    for (std::size_t a = 0; a < phases.output.size(); ++a) {
      if (phases.output[a] == phases.together[a + 2]) continue;
      begins.push_back(0);
      ends.push_back(phases.output[a]);
      axes.push_back(static_cast<std::int64_t>(a) + 2);
    }
    if (axes.empty()) return value;
    return step("crop", "Slice",
                {value, sizes(name + ".crop_begins", begins), sizes(name + ".crop_ends", ends),
                 sizes(name + ".crop_axes", axes)});
  }

  void write_convolution(Node node, const model::Shape& input, const IntegerLayer& plan) {
    const auto name = node.name;
    const auto grid = grids_.at(node.inputs[0]);
    const auto input_scale = static_cast<double>(source_.constant(grid.scale)->as<float>()[0]);
    const auto& stored = *source_.producer(node.inputs[1]);
    auto weight = *source_.constant(stored.inputs[0]);
    const std::size_t channels = plan.weight_scale.size();

    // Sums are scale[c] * (integer sum) + bias[c].
    std::vector<double> scale(channels), bias(channels, 0.0);
    for (std::size_t c = 0; c < channels; ++c) {
      const auto given =
          node.inputs.size() > 2 ? static_cast<double>(source_.constant(node.inputs[2])->as<float>()[c]) : 0;
      const auto gain = plan.gain.empty() ? 1.0 : static_cast<double>(plan.gain[c]);
      bias[c] = given * gain + (plan.shift.empty() ? 0.0 : static_cast<double>(plan.shift[c]));
      scale[c] = input_scale * plan.weight_scale[c] * std::abs(gain);
      if (gain < 0) negate(weight, node.op == "Conv" ? 0 : 1, c);
    }

    std::optional<PhaseConvolution> phases;
    if (node.op == "ConvTranspose") {
      phases = phase_convolution(model::convolution_geometry(node, input, weight.shape, origin_), weight);
      weight = std::move(phases->weight);
      node.op = "Conv";
      node.attributes = {{"pads", phases->pads}};
    }
    const auto repeats = phases ? static_cast<std::size_t>(phases->phases) : 1;
    const auto finished = [&](std::string made, const std::optional<GridNames>& on) {
      return phases ? put_together(std::move(made), *phases, name, on) : made;
    };
    node.attributes.erase("kernel_shape");

    if (plan.sums == SumsGo::kOut) {
      result_.exact.push_back(name);
      write_exact(node, plan, grid, weight, finished, scale, bias);
      return;
    }
    // The grid of the sums: the next layer's, or steps of 1 from 0 to 255 over each channel's range.
    auto next = plan.next;
    std::vector<float> factor, lowest;
    if (plan.sums == SumsGo::kRounded) {
      result_.rounded.push_back(name);
      next = {scalar(name + ".sums.scale", DataType::kFloat32, 1.0F),
              scalar(name + ".sums.zero_point", DataType::kUint8, std::uint8_t{0})};
      const auto& seen = ranges_.at(plan.value);
      for (std::size_t c = 0; c < channels; ++c) {
        const auto low = static_cast<double>(seen[c].low);
        const auto width = static_cast<double>(seen[c].high) - low;
        const double step = width > 0 ? width / 255 : 1.0;
        factor.push_back(static_cast<float>(step));
        lowest.push_back(seen[c].low);
        bias[c] = (bias[c] - low) / step;
        scale[c] /= step;
      }
    } else {
      result_.straight.push_back(name);
    }
    for (std::size_t c = 0; c < channels; ++c) keep_bias_small(weight, repeats, c, scale[c], bias[c]);
    write_weight(node, weight, scale, input_scale, repeats);
    write_bias(node, scale, bias, repeats);
    const auto sums = name + ".sums";
    node.outputs = {sums};
    result_.graph.nodes.push_back(node);
    if (plan.sums == SumsGo::kStraight && !phases) {
      renamed_[plan.value] = sums;  // whose readers are that grid
      return;
    }
    const auto read = finished(add_pair(sums, next, name), next);
    if (plan.sums == SumsGo::kStraight) {
      renamed_[plan.value] = read;
      return;
    }
    affine(name + "/widen", read, factor, lowest, plan.value);
  }

  static void negate(model::Tensor& weight, std::size_t axis, std::size_t channel) {
    std::size_t inner = 1;
    for (std::size_t a = axis + 1; a < weight.shape.size(); ++a) inner *= static_cast<std::size_t>(weight.shape[a]);
    const auto numbers = weight.as<std::int8_t>();
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (i / inner % static_cast<std::size_t>(weight.shape[axis]) == channel)
        numbers[i] = static_cast<std::int8_t>(-numbers[i]);
  }

  /// A bias of more than 2^30 steps has no int32: weights that small change nothing, and the step may be larger.
  static void keep_bias_small(model::Tensor& weight, std::size_t repeats, std::size_t channel, double& scale,
                              double bias) {
    if (std::abs(bias) < scale * (1U << 30U)) return;
    scale = std::abs(bias) / (1U << 24U);
    auto numbers = weight.as<std::int8_t>();
    const std::size_t size = numbers.size() / static_cast<std::size_t>(weight.shape[0]) * repeats;
    std::ranges::fill(numbers.subspan(channel * size, size), std::int8_t{0});
  }

  void write_weight(Node& node, const model::Tensor& weight, const std::vector<double>& scale, double input_scale,
                    std::size_t repeats) {
    const auto name = node.name + ".weight";
    std::vector<float> scales;
    for (const double s : scale)
      for (std::size_t r = 0; r < repeats; ++r)
        scales.push_back(std::max(static_cast<float>(s / input_scale), std::numeric_limits<float>::min()));
    const std::vector<std::int8_t> zeros(scales.size(), 0);
    const auto zero_point =
        constant(name + ".zero_points", model::make_tensor(DataType::kInt8, {static_cast<std::int64_t>(zeros.size())},
                                                           std::span<const std::int8_t>(zeros)));
    node.inputs[1] = add(node.name + "/read_weight", "DequantizeLinear",
                         {constant(name + ".integers", weight), numbers(name + ".scales", scales), zero_point},
                         name + ".read", {{"axis", std::int64_t{0}}});
  }

  void write_bias(Node& node, const std::vector<double>& scale, const std::vector<double>& bias, std::size_t repeats) {
    std::vector<std::int32_t> integers;
    std::vector<float> scales;
    for (std::size_t c = 0; c < bias.size(); ++c)
      for (std::size_t r = 0; r < repeats; ++r) {
        integers.push_back(static_cast<std::int32_t>(std::llround(bias[c] / scale[c])));
        scales.push_back(static_cast<float>(scale[c]));
      }
    const auto name = node.name + ".bias";
    const auto stored =
        constant(name + ".integers", model::make_tensor(DataType::kInt32, {static_cast<std::int64_t>(integers.size())},
                                                        std::span<const std::int32_t>(integers)));
    node.inputs.resize(3);
    node.inputs[2] = add(node.name + "/read_bias", "DequantizeLinear", {stored, numbers(name + ".scales", scales)},
                         name + ".read", {{"axis", std::int64_t{0}}});
  }

  /// factor * value + shift for each channel: a BatchNormalization, one pass.
  void affine(const std::string& name, const std::string& value, const std::vector<float>& factor,
              const std::vector<float>& shift, const std::string& output) {
    add(name, "BatchNormalization",
        {value, numbers(name + ".factor", factor), numbers(name + ".shift", shift),
         numbers(name + ".mean", std::vector<float>(factor.size(), 0)),
         numbers(name + ".variance", std::vector<float>(factor.size(), 1))},
        output, {{"epsilon", 0.0F}});
  }

  /// Sums of integers as they are, then a factor and the bias. Written as ConvInteger (serialize_onnx).
  template <typename Finished>
  void write_exact(Node node, const IntegerLayer& plan, const GridNames& grid, const model::Tensor& weight,
                   const Finished& finished, const std::vector<double>& scale, const std::vector<double>& bias) {
    const auto name = node.name;
    const auto one = scalar(name + ".unit", DataType::kFloat32, 1.0F);
    auto stored = result_.graph.producer(node.inputs[0])->inputs[0];
    auto zero_point = grid.zero_point;
    if (const auto* zero = source_.constant(zero_point); zero->type == DataType::kInt8) {
      // Unsigned ones are what runtimes have kernels for: the same integers, 128 higher.
      const auto higher = static_cast<std::uint8_t>(zero->as<std::int8_t>()[0] + 128);
      zero_point = scalar(name + ".unsigned.zero_point", DataType::kUint8, higher);
      stored = add(name + "/unsigned", "QuantizeLinear", {node.inputs[0], grid.scale, zero_point}, name + ".unsigned");
    }
    node.inputs.resize(2);
    node.inputs[0] = add(name + "/steps", "DequantizeLinear", {stored, one, zero_point}, name + ".steps");
    std::vector<std::uint8_t> higher;
    for (const auto w : weight.as<std::int8_t>()) higher.push_back(static_cast<std::uint8_t>(w + 128));
    node.inputs[1] =
        add(name + "/weight_steps", "DequantizeLinear",
            {constant(name + ".weight.integers",
                      model::make_tensor(DataType::kUint8, weight.shape, std::span<const std::uint8_t>(higher))),
             one, scalar(name + ".weight.zero_point", DataType::kUint8, std::uint8_t{128})},
            name + ".weight.steps");
    node.outputs = {name + ".sums"};
    result_.graph.nodes.push_back(node);
    affine(name + "/scale", finished(name + ".sums", std::nullopt), {scale.begin(), scale.end()},
           {bias.begin(), bias.end()}, plan.value);
  }

  /// What nobody reads any more, from the back.
  void drop_unused_nodes() {
    std::set<std::string> read;
    for (const auto& output : result_.graph.outputs) read.insert(output.name);
    std::vector<Node> kept;
    for (auto node = result_.graph.nodes.rbegin(); node != result_.graph.nodes.rend(); ++node) {
      if (std::ranges::none_of(node->outputs, [&](const auto& output) { return read.contains(output); })) continue;
      read.insert(node->inputs.begin(), node->inputs.end());
      kept.push_back(std::move(*node));
    }
    std::ranges::reverse(kept);
    result_.graph.nodes = std::move(kept);
    drop_unused_constants(result_.graph);
  }

  const model::Graph& source_;
  const std::string& origin_;
  std::map<std::string, model::Value> values_;
  std::map<std::string, IntegerLayer> plans_;         ///< by node
  std::map<std::string, std::vector<Range>> ranges_;  ///< of each channel, by value
  std::map<std::string, GridNames> grids_;            ///< of dequantized values of the result
  std::map<std::string, std::string> renamed_;        ///< values of the source in the result
  IntegerForm result_;
};

}  // namespace

IntegerForm integer_form(const model::Graph& quantized, const ShowerInputs& calibration, const Backend& backend,
                         const std::string& origin) {
  return IntegerRewriter(quantized, origin).run(calibration, backend);
}

}  // namespace octocal::quant
