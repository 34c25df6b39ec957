// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "octocal/model/internal/onnx_quantize.hpp"
#include "octocal/model/internal/rewriting.hpp"

// Ops that octocal has, in the forms of opset 11 to 21: brought to that of opset 13.

namespace octocal::model {
namespace {

/// Dropout does nothing in inference: its ratio is of no matter, its training_mode must be false.
bool dropout(Rewriting& at) {
  if (at.has(2)) {
    const Tensor* training = at.constant(2);
    if (training == nullptr || training->type != DataType::kBool || training->bytes != std::vector{std::byte{0}})
      at.fail("training_mode is on, or not a constant (a generator's Dropout does nothing)",
              "export the model for inference (PyTorch: model.eval(), Keras: training=False)");
  }
  at.finish("Dropout", {at.input(0)});
  return true;
}

bool batch_normalization(Rewriting& at) {
  const Node& node = at.node();
  if (node.integer("training_mode", 0) != 0 || node.outputs.size() != 1)
    at.fail("training_mode is on (expected inference form)",
            "export the model for inference (PyTorch: model.eval(), Keras: training=False)");
  if (!node.attributes.contains("training_mode")) return false;
  auto attributes = node.attributes;
  attributes.erase("training_mode");
  at.finish("BatchNormalization", node.inputs, attributes);
  return true;
}

/// Narrower and wider floats are read as float32; so are casts to them.
bool cast(Rewriting& at) {
  const Value* from = at.value(0);
  if (from == nullptr) return false;
  std::int64_t to = at.node().integer("to", 0);
  if (to == 10 || to == 11 || to == 16) to = 1;
  if (to == 1 && from->type == DataType::kFloat32) {
    at.finish("Identity", {at.input(0)});
  } else {
    at.finish("Cast", {at.input(0)}, {{"to", to}});
  }
  return true;
}

/// Max, Min, Sum and Mean of any number of values, as a chain of pairs.
std::string chained(Rewriting& at, const std::string& op, bool last) {
  const auto& inputs = at.node().inputs;
  std::string value = at.input(0);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    if (last && i + 1 == inputs.size()) {
      at.finish(op, {value, inputs[i]});
    } else {
      value = at.add(op, {value, inputs[i]});
    }
  }
  if (last && inputs.size() == 1) at.finish("Identity", {value});
  return value;
}

bool extreme(Rewriting& at) {
  chained(at, at.node().op, true);
  return true;
}

/// Sums of integers are those of the values with scale 1, exact below 2^24; what reads them casts them to float32.
bool integer_convolution(Rewriting& at) {
  const Node& node = at.node();
  if (at.value(0) == nullptr || at.value(1) == nullptr) return false;
  const auto one = at.number(1.0F);
  const auto steps = [&](std::size_t value, std::size_t zero_point) {
    std::vector<std::string> inputs{at.input(value), one};
    if (at.has(zero_point)) inputs.push_back(node.inputs[zero_point]);
    return at.add("DequantizeLinear", inputs);
  };
  const auto values = steps(0, 2);
  const auto weights = steps(1, 3);
  at.finish("Conv", {values, weights}, node.attributes);
  return true;
}

bool sum(Rewriting& at) {
  chained(at, "Add", true);
  return true;
}

bool mean_of_inputs(Rewriting& at) {
  const auto value = chained(at, "Add", false);
  at.finish("Mul", {value, at.number(1.0F / static_cast<float>(at.node().inputs.size()))});
  return true;
}

/// Exponents may be whole numbers.
bool power(Rewriting& at) {
  const Value* exponent = at.value(1);
  if (exponent == nullptr || exponent->type == DataType::kFloat32 || at.node().inputs.size() != 2) return false;
  at.finish("Pow", {at.input(0), at.add("Cast", {at.input(1)}, {{"to", std::int64_t{1}}})});
  return true;
}

/// Slopes that are all the same (the default of PyTorch's layer) make a LeakyRelu.
bool prelu(Rewriting& at) {
  const Tensor* slopes = at.constant(1);
  if (slopes == nullptr || slopes->type != DataType::kFloat32 || slopes->bytes.empty()) return false;
  const auto numbers = slopes->as<float>();
  const bool one = std::all_of(numbers.begin(), numbers.end(), [&](float x) { return x == numbers[0]; });
  if (!one) return false;
  at.finish("LeakyRelu", {at.input(0)}, {{"alpha", numbers[0]}});
  return true;
}

/// What opset 19 and 21 added to the two ops.
bool quantization(Rewriting& at) {
  Node node = at.node();
  const auto settled = settle_quantization(node);
  if (settled.problem) at.fail(*settled.problem);
  if (settled.zero_point && node.inputs.size() > 1) {
    const Tensor* scale = at.constant(1);
    Tensor zeros{*settled.zero_point, scale == nullptr ? Shape{} : scale->shape, {}};
    zeros.bytes.resize(elements(zeros.shape));
    node.inputs.resize(3);
    node.inputs[2] = at.constant(std::move(zeros));
  } else if (node.attributes.size() == at.node().attributes.size()) {
    return false;
  }
  at.finish(node.op, node.inputs, node.attributes);
  return true;
}

}  // namespace

std::span<const FileOp> form_file_ops() {
  static const std::vector<FileOp> ops{
      {"Dropout", 11, {"ratio", "seed"}, dropout},
      {"BatchNormalization", 11, {"epsilon", "momentum", "training_mode"}, batch_normalization},
      {"Cast", 11, {"to", "saturate"}, cast},
      {"Max", 11, {}, extreme},
      {"Min", 11, {}, extreme},
      {"Sum", 11, {}, sum},
      {"Mean", 11, {}, mean_of_inputs},
      {"Pow", 11, {}, power},
      {"PRelu", 11, {}, prelu},
      {"QuantizeLinear", 11, {"axis", "block_size", "output_dtype", "precision", "saturate"}, quantization},
      {"ConvInteger", 11, {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"}, integer_convolution},
      {"DequantizeLinear", 11, {"axis", "block_size", "output_dtype", "precision", "saturate"}, quantization},
  };
  return ops;
}

}  // namespace octocal::model
