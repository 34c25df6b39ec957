// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/constants.hpp"
#include "octocal/engine/compile/lowering.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::engine {
namespace {

using Strides = std::vector<std::int64_t>;

/// One side of a binary operation along the axes of the result, 0 where it is broadcast.
struct Side {
  int buffer = -1;
  Strides strides;
  Quantization quantization;
};

/// Strides of a side seen with `rank` axes: ONNX aligns shapes at their ends.
Strides aligned(const model::Shape& shape, const Strides& strides, std::size_t rank) {
  Strides result(rank, 0);
  for (std::size_t i = 0; i < std::min(rank, shape.size()); ++i)
    if (shape[shape.size() - 1 - i] != 1) result[rank - 1 - i] = strides[shape.size() - 1 - i];
  return result;
}

/// The walk over a dense result whose axes are stored in `order`: neighbours that both sides step through evenly become
/// one, so that rows are long. False if more than BinarySpec::kRank are left.
bool set_walk(const model::Shape& shape, const std::vector<int>& order, const Strides& left, const Strides& right,
              BinarySpec& spec) {
  std::size_t used = 0;  // positions filled, from the fastest
  for (auto axis = order.rbegin(); axis != order.rend(); ++axis) {
    const auto a = static_cast<std::size_t>(*axis);
    if (shape[a] == 1) continue;
    if (used > 0) {
      const std::size_t inner = BinarySpec::kRank - used;
      const std::int64_t size = spec.dims[inner];
      if (left[a] == spec.left_strides[inner] * size && right[a] == spec.right_strides[inner] * size) {
        spec.dims[inner] *= shape[a];
        continue;
      }
    }
    if (used == BinarySpec::kRank) return false;
    const std::size_t position = BinarySpec::kRank - ++used;
    spec.dims[position] = shape[a];
    spec.left_strides[position] = left[a];
    spec.right_strides[position] = right[a];
  }
  return true;
}

/// A constant moved into the order in which the result is stored, so that both are read forwards.
std::vector<float> in_order_of(const std::vector<float>& numbers, const model::Shape& shape,
                               const std::vector<int>& result_order, std::size_t rank, Strides& strides) {
  View plain;
  plain.shape = model::Shape(rank - shape.size(), 1);
  plain.shape.insert(plain.shape.end(), shape.begin(), shape.end());
  plain.order = plain_order(rank);
  const auto from = plain.strides();
  View wanted = plain;
  wanted.order = result_order;
  strides = aligned(wanted.shape, wanted.strides(), rank);
  std::vector<float> moved(numbers.size());
  std::vector<std::int64_t> index(rank, 0);
  std::int64_t at = 0;
  for (float& number : moved) {
    number = numbers[static_cast<std::size_t>(at)];
    for (std::size_t i = rank; i-- > 0;) {
      const auto axis = static_cast<std::size_t>(result_order[i]);
      at += from[axis];
      if (++index[axis] < plain.shape[axis]) break;
      at -= from[axis] * plain.shape[axis];
      index[axis] = 0;
    }
  }
  return moved;
}

}  // namespace

std::optional<BinarySpec::Function> Lowering::binary_function(const std::string& op) {
  using Function = BinarySpec::Function;
  static const std::map<std::string, Function> functions{
      {"Mul", Function::kMul},         {"Add", Function::kAdd},
      {"Sub", Function::kSub},         {"Div", Function::kDiv},
      {"Max", Function::kMax},         {"Min", Function::kMin},
      {"Pow", Function::kPow},         {"PRelu", Function::kPrelu},
      {"Greater", Function::kGreater}, {"GreaterOrEqual", Function::kGreaterOrEqual},
      {"Less", Function::kLess},       {"LessOrEqual", Function::kLessOrEqual},
      {"Equal", Function::kEqual},     {"And", Function::kMin},
      {"Or", Function::kMax}};
  const auto found = functions.find(op);
  return found == functions.end() ? std::nullopt : std::optional(found->second);
}

std::optional<FunctionSpec::Function> Lowering::function_of(const std::string& op) {
  using Function = FunctionSpec::Function;
  static const std::map<std::string, Function> functions{
      {"Exp", Function::kExp},         {"Log", Function::kLog},           {"Sqrt", Function::kSqrt},
      {"Tanh", Function::kTanh},       {"Clip", Function::kClip},         {"Elu", Function::kElu},
      {"Sigmoid", Function::kSigmoid}, {"Softplus", Function::kSoftplus}, {"Erf", Function::kErf},
      {"Neg", Function::kNeg},         {"Abs", Function::kAbs},           {"Not", Function::kNot}};
  const auto found = functions.find(op);
  return found == functions.end() ? std::nullopt : std::optional(found->second);
}

void Lowering::binary(const model::Node& node) {
  const std::string& output = node.outputs.at(0);
  if (is_summed_in_draw(node)) {
    drawn_sums_[output] = &node;
    return;
  }
  auto quantize = only_quantized(graph_, output);
  const bool to_bytes = !quantize.empty() && activation_quantization(graph_, *quantize[0]).element == Element::kUint8;
  if (!reads_bytes(node) || !to_bytes) quantize.clear();
  const View result =
      add_binary(node, *binary_function(node.op), node.inputs.at(0), node.inputs.at(1), output, quantize);
  if (!quantize.empty()) return define_quantized(quantize, result);
  views_[output] = result;
}

/// condition ? yes : no, as the one of (yes where it holds, else 0) and (0 where it holds, else no) that is not 0.
void Lowering::where(const model::Node& node) {
  using Function = BinarySpec::Function;
  const std::string& condition = node.inputs.at(0);
  const std::string& output = node.outputs.at(0);
  const auto is_zero = [&](const std::string& value) {
    if (!is_float_constant(graph_, value)) return false;
    const auto numbers = float_constant(graph_, value, node);
    return std::all_of(numbers.begin(), numbers.end(), [](float x) { return x == 0; });
  };
  const auto part = [&](Function function, const std::string& value, const std::string& name) {
    auto& both = values_[name];
    both = values_.at(output);
    model::shapes::broadcast(values_.at(value).shape, values_.at(condition).shape, both.shape);
    if (both.shape.empty() || both.shape[0] != model::kBatch) both.shape = values_.at(output).shape;
    return add_binary(node, function, value, condition, name);
  };
  const bool whole = values_.at(output).shape == values_.at(condition).shape;
  if (whole && is_zero(node.inputs.at(2))) {
    views_[output] = add_binary(node, Function::kKeepWhere, node.inputs[1], condition, output);
    return;
  }
  const std::string yes = output + ":yes";
  const std::string no = output + ":no";
  views_[yes] = part(Function::kKeepWhere, node.inputs.at(1), yes);
  views_[no] = part(Function::kDropWhere, node.inputs.at(2), no);
  views_[output] = add_binary(node, Function::kEither, yes, no, output);
}

View Lowering::add_binary(const model::Node& node, BinarySpec::Function function, const std::string& left_value,
                          const std::string& right_value, const std::string& output,
                          const std::vector<const model::Node*>& quantize) {
  const auto shape = shape_of(output);
  const auto rank = shape.size();
  // A computed side of the result's shape decides the order in which the result is stored.
  std::vector<int> order = plain_order(rank);
  for (const auto& input : {left_value, right_value}) {
    const auto found = views_.find(input);
    if (found == views_.end() || found->second.shape != shape) continue;
    order = found->second.order;
    break;
  }
  const bool bytes = !quantize.empty();
  const auto to = bytes ? activation_quantization(graph_, *quantize[0]) : Quantization{};
  const View result = new_view(shape, order, bytes ? Element::kUint8 : Element::kFloat32, to);
  BinarySpec spec;
  std::vector<int> reads;
  const auto side_of = [&](const std::string& value) {
    Side side;
    if (!is_float_constant(graph_, value)) {
      const View view = bytes ? view_of(value, node) : as_float32(view_of(value, node), node.name);
      side.quantization = view.quantization;
      side.buffer = view.buffer;
      side.strides = aligned(view.shape, view.strides(), rank);
      reads.push_back(view.buffer);
      return side;
    }
    auto constant_shape = values_.at(value).shape;
    if (constant_shape.size() == rank + 1) {
      if (constant_shape[0] != 1)
        throw bad_input(fmt::format("layer {}: a constant of shape {} has a batch axis; export the model again",
                                    node.name, model::to_string(constant_shape)));
      constant_shape.erase(constant_shape.begin());
    }
    spec.constant = in_order_of(float_constant(graph_, value, node), constant_shape, order, rank, side.strides);
    return side;
  };
  const Side left = side_of(left_value);
  const Side right = side_of(right_value);
  if (reads.empty()) static_cast<void>(view_of(left_value, node));  // two constants: says so
  if (!set_walk(shape, order, left.strides, right.strides, spec))
    throw bad_input(
        fmt::format("layer {}: {} of values with more than {} axes that are broadcast differently; reshape them first",
                    node.name, node.op, BinarySpec::kRank));
  spec.function = function;
  spec.left = left.buffer;
  spec.right = right.buffer;
  spec.destination = result.buffer;
  if (bytes) spec.stored = BinarySpec::Stored{left.quantization, right.quantization, to};
  const char* precision = bytes ? "int8" : "float32";
  const auto report =
      add_layer({node.name, bytes ? node.op + "+QuantizeLinear" : node.op, precision, precision, "", "", 0});
  add_step(std::move(spec), reads, {result.buffer}, report);
  return result;
}

bool Lowering::reads_bytes(const model::Node& node) const {
  bool any = false;
  for (const auto& input : node.inputs) {
    if (is_float_constant(graph_, input)) continue;
    const auto found = views_.find(input);
    if (found == views_.end() || found->second.element != Element::kUint8) return false;
    any = true;
  }
  return any;
}

void Lowering::function(const model::Node& node) {
  const View source = as_float32(view_of(node.inputs.at(0), node), node.name);
  const View result = new_view(source.shape, source.order, Element::kFloat32);
  const float infinity = std::numeric_limits<float>::infinity();
  const auto limit = [&](std::size_t i, float otherwise) {
    const bool given = i < node.inputs.size() && !node.inputs[i].empty();
    return given ? float_constant(graph_, node.inputs[i], node).at(0) : otherwise;
  };
  FunctionSpec spec;
  spec.function = *function_of(node.op);
  spec.size = source.size();
  spec.source = source.buffer;
  spec.destination = result.buffer;
  if (node.op == "Elu") spec.alpha = node.real("alpha", 1.0F);
  if (node.op == "Clip") {
    spec.low = limit(1, -infinity);
    spec.high = limit(2, infinity);
  }
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(spec, {source.buffer}, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

}  // namespace octocal::engine
