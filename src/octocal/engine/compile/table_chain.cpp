// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/table_chain.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "octocal/engine/compile/constants.hpp"
#include "octocal/engine/compile/convolution_block.hpp"
#include "octocal/engine/compile/lowering.hpp"
#include "octocal/engine/kernels/elementwise.hpp"
#include "octocal/engine/kernels/functions.hpp"
#include "octocal/engine/kernels/quantize.hpp"

namespace octocal::engine {
namespace {

constexpr std::size_t kEntries = 256;
// 128 kB of tables; a value of more channels is computed in float32.
constexpr std::size_t kMostChannels = 512;

/// What a chain has made so far of each of the 256 numbers, in each channel.
class Numbers {
 public:
  Numbers(const model::Graph& graph, const Quantization& stored) : graph_(graph), values_(kEntries) {
    dequantize(stored, all_bytes());
  }

  /// False, with nothing changed, for a node that no table can do.
  bool apply(const model::Node& node, const model::Shape& shape) {
    if (node.op == "Identity" || node.op == "Dropout") return true;
    if (node.op == "LeakyRelu" || node.op == "Relu") return apply_activation(node);
    if (node.op == "BatchNormalization") return apply_batch_norm(node, shape);
    if (const auto function = Lowering::function_of(node.op)) return apply_function_of(node, *function);
    if (const auto function = Lowering::binary_function(node.op)) return apply_binary(node, *function, shape);
    return false;
  }

  std::vector<std::uint8_t> quantized(const Quantization& to) const {
    std::vector<std::uint8_t> bytes(values_.size());
    quantize_u8(to, values_, bytes.data());
    return bytes;
  }
  void dequantize(const Quantization& from, const std::vector<std::uint8_t>& bytes) {
    dequantize_u8(from, bytes, values_.data());
  }

  std::size_t channels() const noexcept { return values_.size() / kEntries; }
  std::size_t axis() const noexcept { return axis_; }

 private:
  static std::vector<std::uint8_t> all_bytes() {
    std::vector<std::uint8_t> bytes(kEntries);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
  }

  /// A table for each index along an axis from here on.
  bool spread(std::size_t channels, std::size_t axis) {
    if (channels == 1) return true;
    if (this->channels() > 1) return axis == axis_ && channels == this->channels();
    if (channels > kMostChannels) return false;
    axis_ = axis;
    const auto one = std::exchange(values_, {});
    for (std::size_t c = 0; c < channels; ++c) values_.insert(values_.end(), one.begin(), one.end());
    return true;
  }

  bool apply_activation(const model::Node& node) {
    const float slope = node.op == "Relu" ? 0.0F : node.real("alpha", 0.01F);
    const auto before = values_;
    activate({static_cast<std::int64_t>(before.size()), slope}, Isa::kBaseline, before.data(), values_.data());
    return true;
  }

  /// From the statistics themselves, in double: here there is time for it.
  bool apply_batch_norm(const model::Node& node, const model::Shape& shape) {
    std::array<std::vector<float>, 4> constants;  // scale, shift, mean, variance
    for (std::size_t i = 0; i < constants.size(); ++i) {
      if (!is_float_constant(graph_, node.inputs.at(i + 1))) return false;
      constants[i] = float_constant(graph_, node.inputs[i + 1], node);
    }
    if (shape.size() < 2 || !spread(constants[0].size(), 0)) return false;
    const double epsilon = static_cast<double>(node.real("epsilon", 1e-5F));
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const auto of = [&](std::size_t constant) { return static_cast<double>(constants[constant][i / kEntries]); };
      const double normal = (static_cast<double>(values_[i]) - of(2)) / std::sqrt(of(3) + epsilon);
      values_[i] = static_cast<float>(normal * of(0) + of(1));
    }
    return true;
  }

  bool apply_function_of(const model::Node& node, FunctionSpec::Function function) {
    FunctionSpec spec;
    spec.function = function;
    spec.size = static_cast<std::int64_t>(values_.size());
    spec.low = -std::numeric_limits<float>::infinity();
    spec.high = std::numeric_limits<float>::infinity();
    if (node.op == "Elu") spec.alpha = node.real("alpha", 1.0F);
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      if (node.inputs[i].empty()) continue;
      if (!is_float_constant(graph_, node.inputs[i])) return false;
      (i == 1 ? spec.low : spec.high) = float_constant(graph_, node.inputs[i], node).at(0);
    }
    const auto before = values_;
    apply_function(spec, before.data(), values_.data());
    return true;
  }

  /// With a constant that differs along one axis at most.
  bool apply_binary(const model::Node& node, BinarySpec::Function function, const model::Shape& shape) {
    const bool constant_left = is_float_constant(graph_, node.inputs.at(0));
    const std::string& name = node.inputs.at(constant_left ? 0 : 1);
    const auto constant = float_constant(graph_, name, node);
    const auto quantized = quantized_constant(graph_, name);
    const auto& constant_shape = quantized.node != nullptr ? quantized.values->shape : graph_.constant(name)->shape;
    if (constant.empty() || constant_shape.size() > shape.size()) return false;
    std::size_t axis = 0;  // of the value, the batch included
    for (std::size_t i = 0; i < constant_shape.size(); ++i) {
      if (constant_shape[i] == 1) continue;
      if (axis != 0) return false;
      axis = shape.size() - constant_shape.size() + i;
      if (axis == 0) return false;
    }
    if (!spread(constant.size(), axis == 0 ? 0 : axis - 1)) return false;
    BinarySpec spec;
    spec.function = function;
    spec.dims[3] = kEntries;
    spec.left_strides[3] = constant_left ? 0 : 1;
    spec.right_strides[3] = constant_left ? 1 : 0;
    const auto before = values_;
    for (std::size_t c = 0; c < channels(); ++c) {
      const float* number = constant.data() + (constant.size() == 1 ? 0 : c);
      const float* entries = before.data() + c * kEntries;
      binary(spec, constant_left ? number : entries, constant_left ? entries : number, values_.data() + c * kEntries);
    }
    return true;
  }

  const model::Graph& graph_;
  std::vector<float> values_;  ///< (channels, 256)
  std::size_t axis_ = 0;
};

}  // namespace

bool TableChain::changes_nothing() const noexcept {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i] != i % kEntries) return false;
  return true;
}

std::string elementwise_input(const model::Graph& graph, const model::Node& node) {
  static const std::array<const char*, 6> unary{"Identity",           "Dropout",       "LeakyRelu", "Relu",
                                                "BatchNormalization", "QuantizeLinear"};
  if (std::find(unary.begin(), unary.end(), node.op) != unary.end() || Lowering::function_of(node.op))
    return node.inputs.at(0);
  if (!Lowering::binary_function(node.op)) return {};
  const bool left = is_float_constant(graph, node.inputs.at(0));
  const bool right = is_float_constant(graph, node.inputs.at(1));
  if (left == right) return {};
  return node.inputs[left ? 1 : 0];
}

std::optional<TableChain> find_table_chain(const model::Graph& graph, const std::map<std::string, model::Value>& values,
                                           const model::Node& first, const Quantization& stored) {
  TableChain found;
  Numbers numbers(graph, stored);
  std::vector<const model::Node*> walked;
  const model::Shape& shape = values.at(elementwise_input(graph, first)).shape;
  const model::Node* node = &first;
  while (node != nullptr) {
    const std::string& output = node->outputs.at(0);
    if (node->op == "QuantizeLinear" && activation_quantization(graph, *node).element != Element::kUint8) break;
    walked.push_back(node);
    if (node->op == "QuantizeLinear") {
      found.quantization = activation_quantization(graph, *node);
      found.table = numbers.quantized(found.quantization);
      found.channels = numbers.channels();
      found.axis = numbers.axis();
      found.nodes = walked;
      found.quantize = node == &first ? std::vector{node} : only_quantized(graph, node->inputs[0]);
    } else if (node->op == "DequantizeLinear") {
      numbers.dequantize(activation_quantization(graph, *node), found.table);
    } else if (values.at(output).shape != shape || !numbers.apply(*node, shape)) {
      break;
    }
    const auto readers = graph.consumers(output);
    const auto quantize = only_quantized(graph, output);
    const bool is_output = std::any_of(graph.outputs.begin(), graph.outputs.end(),
                                       [&](const auto& graph_output) { return graph_output.name == output; });
    node = nullptr;
    if (is_output || readers.empty()) break;
    if (!quantize.empty()) {
      node = quantize[0];
    } else if (readers.size() == 1 && found.quantize.size() <= 1) {
      const bool dequantizes = readers[0]->op == "DequantizeLinear" && readers[0]->inputs.at(0) == output;
      if (dequantizes || elementwise_input(graph, *readers[0]) == output) node = readers[0];
    }
  }
  if (found.nodes.empty()) return std::nullopt;
  return found;
}

}  // namespace octocal::engine
