// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/graph_network.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/index_map.hpp"
#include "octocal/train/layers.hpp"

namespace octocal::train {
namespace {

using model::Node;

bool is_convolution(const Node& node) { return node.op == "Conv" || node.op == "ConvTranspose"; }

at::Tensor constant_tensor(const model::Tensor& tensor) {
  const auto copied = [&]<typename T>(T, at::ScalarType type) {
    const auto numbers = tensor.as<T>();
    return at::from_blob(const_cast<T*>(numbers.data()), tensor.shape, at::TensorOptions().dtype(type)).clone();
  };
  switch (tensor.type) {
    case model::DataType::kFloat32:
      return copied(0.0F, at::kFloat);
    case model::DataType::kInt8:
      return copied(std::int8_t{}, at::kChar).to(at::kFloat);
    case model::DataType::kUint8:
      return copied(std::uint8_t{}, at::kByte).to(at::kFloat);
    case model::DataType::kInt16:
      return copied(std::int16_t{}, at::kShort).to(at::kFloat);
    case model::DataType::kUint16:
      return copied(std::int16_t{}, at::kShort).to(at::kInt).bitwise_and(0xFFFF).to(at::kFloat);
    case model::DataType::kInt32:
      return copied(std::int32_t{}, at::kInt).to(at::kFloat);
    case model::DataType::kInt64:
      return copied(std::int64_t{}, at::kLong);
    case model::DataType::kBool:
      return copied(std::uint8_t{}, at::kByte).to(at::kBool);
    case model::DataType::kFloat16:
      return copied(std::uint16_t{}, at::kHalf).to(at::kFloat);
    case model::DataType::kBfloat16:
      return copied(std::uint16_t{}, at::kBFloat16).to(at::kFloat);
  }
  return {};
}

std::vector<std::int64_t> integers_of(const at::Tensor& tensor) {
  const auto flat = tensor.to(at::kLong).contiguous().view(-1);
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

/// Scale or zero point of an axis, laid out to be broadcast over a tensor of so many axes.
at::Tensor along(const at::Tensor& numbers, std::int64_t axis, std::int64_t axes) {
  if (numbers.dim() == 0 || numbers.numel() == 1) return numbers.reshape(at::IntArrayRef());
  std::vector<std::int64_t> shape(static_cast<std::size_t>(axes), 1);
  shape[static_cast<std::size_t>(axis < 0 ? axis + axes : axis)] = -1;
  return numbers.view(shape);
}

/// Steps of a quantized value. Rounds half to even, as QuantizeLinear does.
struct Steps {
  at::Tensor scale, zero;
  double least = 0, most = 0;

  /// Rounded and clipped; the gradient is that of what is inside.
  at::Tensor apply(const at::Tensor& value) const {
    const auto inside = at::clamp(value / scale + zero, least, most);
    const auto rounded = at::clamp(at::round(value.detach() / scale) + zero, least, most);
    return ((inside + (rounded - inside).detach()) - zero) * scale;
  }
};

/// Of numpy's broadcasting, which ONNX and libtorch share.
using Binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);
const std::map<std::string, Binary>& binaries() {
  static const std::map<std::string, Binary> all = {
      {"Add", [](const at::Tensor& a, const at::Tensor& b) { return a + b; }},
      {"Sub", [](const at::Tensor& a, const at::Tensor& b) { return a - b; }},
      {"Mul", [](const at::Tensor& a, const at::Tensor& b) { return a * b; }},
      {"Div", [](const at::Tensor& a, const at::Tensor& b) { return a / b; }},
      {"Max", [](const at::Tensor& a, const at::Tensor& b) { return at::maximum(a, b); }},
      {"Min", [](const at::Tensor& a, const at::Tensor& b) { return at::minimum(a, b); }},
      {"Pow", [](const at::Tensor& a, const at::Tensor& b) { return at::pow(a, b); }},
      {"MatMul", [](const at::Tensor& a, const at::Tensor& b) { return at::matmul(a, b); }},
  };
  return all;
}

using Unary = at::Tensor (*)(const at::Tensor&);
const std::map<std::string, Unary>& unaries() {
  static const std::map<std::string, Unary> all = {
      {"Relu", [](const at::Tensor& v) { return at::relu(v); }},
      {"Sigmoid", [](const at::Tensor& v) { return at::sigmoid(v); }},
      {"Softplus", [](const at::Tensor& v) { return at::softplus(v); }},
      {"Tanh", [](const at::Tensor& v) { return at::tanh(v); }},
      {"Exp", [](const at::Tensor& v) { return at::exp(v); }},
      {"Log", [](const at::Tensor& v) { return at::log(v); }},
      {"Sqrt", [](const at::Tensor& v) { return at::sqrt(v); }},
      {"Neg", [](const at::Tensor& v) { return at::neg(v); }},
      {"Abs", [](const at::Tensor& v) { return at::abs(v); }},
      {"Erf", [](const at::Tensor& v) { return at::erf(v); }},
      {"Identity", [](const at::Tensor& v) { return v; }},
      {"Dropout", [](const at::Tensor& v) { return v; }},
  };
  return all;
}

bool is_known(const Node& node) {
  static const std::vector<std::string> others = {"Conv",
                                                  "ConvTranspose",
                                                  "Gemm",
                                                  "LeakyRelu",
                                                  "Elu",
                                                  "BatchNormalization",
                                                  "Clip",
                                                  "Concat",
                                                  "Transpose",
                                                  "Slice",
                                                  "Reshape",
                                                  "Gather",
                                                  "ReduceSum",
                                                  "Resize",
                                                  "Pad",
                                                  "Tile",
                                                  "Cast",
                                                  "QuantizeLinear",
                                                  "DequantizeLinear"};
  return binaries().contains(node.op) || unaries().contains(node.op) ||
         std::find(others.begin(), others.end(), node.op) != others.end();
}

at::Tensor sliced(const at::Tensor& value, const std::vector<std::int64_t>& starts,
                  const std::vector<std::int64_t>& ends, std::vector<std::int64_t> axes,
                  std::vector<std::int64_t> steps) {
  auto result = value;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto axis = axes.empty() ? static_cast<std::int64_t>(i) : axes[i];
    const auto step = steps.empty() ? 1 : steps[i];
    const auto size = value.size(axis);
    const auto clamped = [&](std::int64_t at, std::int64_t low, std::int64_t high) {
      return std::clamp(at < 0 ? at + size : at, low, high);
    };
    if (step > 0) {
      result = result.slice(axis, clamped(starts[i], 0, size), clamped(ends[i], 0, size), step);
      continue;
    }
    const auto first = clamped(starts[i], 0, size - 1);
    const auto beyond = ends[i] < -size ? -1 : clamped(ends[i], -1, size - 1);
    result = result.index_select(axis, at::arange(first, beyond, step, at::kLong));
  }
  return result;
}

}  // namespace

GraphNetwork::GraphNetwork(const model::Graph& graph, const std::string& origin, bool trains_scales)
    : graph_(graph), origin_(origin) {
  for (const auto& node : graph_.nodes)
    if (!is_known(node))
      throw bad_input(fmt::format("{}: node {} is a {}, which has no gradients here; such a model cannot be fine-tuned",
                                  origin, node.name, node.op));
  values_ = model::infer_shapes(graph_, origin);
  for (const auto& [name, constant] : graph_.constants) constants_[name] = constant_tensor(constant);
  const auto train = [&](const std::string& name) {
    if (name.empty() || parameters_.contains(name)) return;
    const auto* rounded = graph_.producer(name);
    if (rounded != nullptr && rounded->op == "DequantizeLinear" && constants_.contains(rounded->inputs[0])) {
      const auto& weight = rounded->inputs[0];
      auto kept = constants_.at(weight);
      const auto axis = rounded->integer("axis", 1);
      if (rounded->inputs.size() > 2) kept = kept - along(constants_.at(rounded->inputs[2]), axis, kept.dim());
      kept = kept * along(constants_.at(rounded->inputs[1]), axis, kept.dim());
      parameters_[weight] = kept.set_requires_grad(true);
    } else if (constants_.contains(name)) {
      parameters_[name] = constants_.at(name).set_requires_grad(true);
    }
  };
  for (const auto& node : graph_.nodes) {
    const bool normalizes = node.op == "BatchNormalization";
    if (!normalizes && !is_convolution(node)) continue;
    for (std::size_t i = 1; i < std::min<std::size_t>(node.inputs.size(), 3); ++i) train(node.inputs[i]);
  }
  for (const auto& node : graph_.nodes) {
    if (!trains_scales || (node.op != "QuantizeLinear" && node.op != "DequantizeLinear")) continue;
    // Behind a weight, and in front of a value; that behind a value is the same constant.
    const bool rounds = node.op == "QuantizeLinear" || parameters_.contains(node.inputs[0]);
    if (rounds && scales_.insert(node.inputs[1]).second)
      parameters_[node.inputs[1]] = constants_.at(node.inputs[1]).set_requires_grad(true);
  }
  for (const auto& [name, parameter] : parameters_) constants_.erase(name);
}

at::Tensor GraphNetwork::value_of(const std::string& name, const TensorMap& values) const {
  if (name.empty()) return {};
  for (const auto* among : {&values, &parameters_, &constants_})
    if (const auto found = among->find(name); found != among->end()) return found->second;
  throw run_failed(fmt::format("{}: value {} was not computed (a fault of octocal)", origin_, name));
}

at::Tensor GraphNetwork::convolution(const Node& node, const at::Tensor& image, const at::Tensor& weight,
                                     const at::Tensor& bias) const {
  const auto geometry = model::convolution_geometry(node, image.sizes().vec(), weight.sizes().vec(), origin_);
  const auto rank = geometry.spatial_rank;
  const auto own = [&](const model::ConvolutionGeometry::Axes& axes) {
    return std::vector<std::int64_t>(axes.end() - static_cast<std::ptrdiff_t>(rank), axes.end());
  };
  const auto stride = own(geometry.stride), dilation = own(geometry.dilation);
  const auto begin = own(geometry.pad_begin), end = own(geometry.pad_end);
  const auto ones = std::vector<std::int64_t>(rank, 1);
  const bool plain = rank == 2 && geometry.groups == 1 && dilation == ones;
  const auto with_bias = [&](const at::Tensor& result) {
    if (!bias.defined()) return result;
    std::vector<std::int64_t> shape(rank + 2, 1);
    shape[1] = -1;
    return result + bias.view(shape);
  };
  if (!geometry.transposed) {
    if (plain && stride == ones) return with_bias(convolve(image, weight, {begin[0], end[0]}, {begin[1], end[1]}));
    std::vector<std::int64_t> pads;
    for (std::size_t axis = rank; axis-- > 0;) pads.insert(pads.end(), {begin[axis], end[axis]});
    const bool padded = std::any_of(pads.begin(), pads.end(), [](auto pad) { return pad != 0; });
    return at::convolution(padded ? at::constant_pad_nd(image, pads, 0) : image, weight, bias, stride,
                           std::vector<std::int64_t>(rank, 0), dilation, false, std::vector<std::int64_t>(rank, 0),
                           geometry.groups);
  }
  // Keras' crop of half of what is too many is what upsample() makes.
  const auto kernel = own(geometry.kernel);
  const auto input = own(geometry.input), output = own(geometry.output);
  bool same = plain;
  for (std::size_t axis = 0; same && axis < rank; ++axis)
    same = stride[axis] <= kernel[axis] && output[axis] == stride[axis] * input[axis] &&
           begin[axis] == (kernel[axis] - stride[axis]) / 2;
  if (same) return upsample(image, weight, bias.defined() ? bias : at::zeros({weight.size(1)}), {stride[0], stride[1]});
  auto whole = at::convolution(image, weight, bias, stride, std::vector<std::int64_t>(rank, 0), dilation, true,
                               std::vector<std::int64_t>(rank, 0), geometry.groups);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const auto at = static_cast<std::int64_t>(axis) + 2;
    const auto missing = begin[axis] + output[axis] - whole.size(at);  // output_padding: zeros, and the bias
    if (missing > 0) {
      std::vector<std::int64_t> pads(2 * (rank - axis), 0);
      pads.back() = missing;
      whole = at::constant_pad_nd(whole, pads, 0);
      if (bias.defined())
        throw bad_input(
            fmt::format("{}: node {}: output_padding with a bias has no gradients here; "
                        "such a model cannot be fine-tuned",
                        origin_, node.name));
    }
    whole = whole.narrow(at, begin[axis], output[axis]);
  }
  return whole;
}

std::vector<at::Tensor> GraphNetwork::run(const TensorMap& inputs) const {
  TensorMap values = inputs;
  std::int64_t n = 1;
  for (const auto& input : graph_.inputs) n = inputs.at(input.name).size(0);
  for (const auto& node : graph_.nodes) {
    const auto in = [&](std::size_t i) {
      return i < node.inputs.size() ? value_of(node.inputs[i], values) : at::Tensor();
    };
    const auto constant_integers = [&](std::size_t i) {
      const auto given = in(i);
      return given.defined() ? integers_of(given) : std::vector<std::int64_t>();
    };
    at::Tensor result;
    if (const auto binary = binaries().find(node.op); binary != binaries().end()) {
      result = in(0);
      for (std::size_t i = 1; i < node.inputs.size(); ++i) result = binary->second(result, in(i));
    } else if (const auto unary = unaries().find(node.op); unary != unaries().end()) {
      result = unary->second(in(0));
    } else if (is_convolution(node)) {
      result = convolution(node, in(0), in(1), in(2));
    } else if (node.op == "Gemm") {
      const auto a = node.integer("transA", 0) != 0 ? in(0).t() : in(0);
      const auto b = node.integer("transB", 0) != 0 ? in(1).t() : in(1);
      result = at::matmul(a, b) * static_cast<double>(node.real("alpha", 1));
      if (const auto c = in(2); c.defined()) result = result + c * static_cast<double>(node.real("beta", 1));
    } else if (node.op == "LeakyRelu") {
      result = at::leaky_relu(in(0), static_cast<double>(node.real("alpha", 0.01F)));
    } else if (node.op == "Elu") {
      result = at::elu(in(0), static_cast<double>(node.real("alpha", 1)));
    } else if (node.op == "BatchNormalization") {
      const auto channels = [&](std::size_t i) { return along(in(i), 1, in(0).dim()); };
      const auto factor = channels(1) / at::sqrt(channels(4) + static_cast<double>(node.real("epsilon", 1e-5F)));
      result = (in(0) - channels(3)) * factor + channels(2);
    } else if (node.op == "Clip") {
      result = in(0);
      if (const auto least = in(1); least.defined()) result = at::maximum(result, least);
      if (const auto most = in(2); most.defined()) result = at::minimum(result, most);
    } else if (node.op == "Concat") {
      std::vector<at::Tensor> parts;
      for (std::size_t i = 0; i < node.inputs.size(); ++i) parts.push_back(in(i));
      result = at::cat(parts, node.integer("axis", 0));
    } else if (node.op == "Transpose") {
      std::vector<std::int64_t> order;
      for (std::int64_t axis = in(0).dim(); axis-- > 0;) order.push_back(axis);
      result = in(0).permute(node.integers("perm", order));
    } else if (node.op == "Slice") {
      result = sliced(in(0), constant_integers(1), constant_integers(2), constant_integers(3), constant_integers(4));
    } else if (node.op == "Reshape") {
      auto shape = values_.at(node.outputs[0]).shape;
      for (auto& size : shape)
        if (size == model::kBatch) size = n;
      result = in(0).reshape(shape);
    } else if (node.op == "Gather") {
      const auto axis = node.integer("axis", 0);
      const auto size = in(0).size(axis);
      const auto indices = in(1).to(at::kLong);
      result = in(0).index_select(axis, at::where(indices < 0, indices + size, indices).view(-1));
      if (indices.dim() == 0) result = result.squeeze(axis);
    } else if (node.op == "ReduceSum") {
      auto axes = constant_integers(1);
      if (axes.empty()) axes = node.integers("axes", {});
      if (axes.empty())
        for (std::int64_t axis = 0; axis < in(0).dim(); ++axis) axes.push_back(axis);
      result = in(0).sum(axes, node.integer("keepdims", 1) != 0);
    } else if (node.op == "Resize" || node.op == "Pad" || node.op == "Tile") {
      result = in(0);
      auto shape = in(0).sizes().vec();
      shape[0] = model::kBatch;
      const auto maps = model::index_maps(graph_, node, shape, origin_);
      const double fill = node.op == "Pad" ? static_cast<double>(model::fill_value(graph_, node, origin_)) : 0.0;
      for (std::size_t axis = 0; axis < maps.size(); ++axis) {
        if (maps[axis].empty()) continue;
        const auto index = at::tensor(maps[axis]);
        const auto at = static_cast<std::int64_t>(axis);
        const auto there = index >= 0;
        result = result.index_select(at, index.clamp_min(0));
        if (there.all().item<bool>()) continue;
        std::vector<std::int64_t> broadcast(maps.size(), 1);
        broadcast[axis] = -1;
        result = at::where(there.view(broadcast), result, at::full({}, fill));
      }
    } else if (node.op == "Cast") {
      const auto type = values_.at(node.outputs[0]).type;
      if (type == model::DataType::kFloat16)
        result = in(0).to(at::kHalf);
      else if (type == model::DataType::kBfloat16)
        result = in(0).to(at::kBFloat16);
      else
        result = in(0).to(at::kFloat);
    } else if (node.op == "QuantizeLinear") {
      // Stands for the rounded value itself; what dequantizes it passes it on.
      const auto& type = values_.at(node.outputs[0]).type;
      const auto [least, most] = model::limits_of(type);
      const auto axis = node.integer("axis", 1);
      const auto zero = in(2).defined() ? in(2) : at::zeros({});
      result = Steps{along(in(1), axis, in(0).dim()), along(zero, axis, in(0).dim()), static_cast<double>(least),
                     static_cast<double>(most)}
                   .apply(in(0));
    } else if (node.op == "DequantizeLinear") {
      const auto& rounded = node.inputs[0];
      if (const auto parameter = parameters_.find(rounded); parameter != parameters_.end()) {
        const auto [least, most] = model::limits_of(graph_.constants.at(rounded).type);
        const auto axis = node.integer("axis", 1);
        const auto zero = in(2).defined() ? in(2) : at::zeros({});
        // -128 is no weight: its opposite would not be one.
        const double lowest = least == -128 ? -127 : static_cast<double>(least);
        result = Steps{along(in(1), axis, parameter->second.dim()), along(zero, axis, parameter->second.dim()), lowest,
                       static_cast<double>(most)}
                     .apply(parameter->second);
      } else if (graph_.constants.contains(rounded)) {
        const auto axis = node.integer("axis", 1);
        const auto value = in(0);
        result = value;
        if (in(2).defined()) result = result - along(in(2), axis, value.dim());
        result = result * along(in(1), axis, value.dim());
      } else {
        result = in(0);
      }
    }
    values[node.outputs[0]] = result;
  }
  std::vector<at::Tensor> outputs;
  for (const auto& output : graph_.outputs) outputs.push_back(value_of(output.name, values));
  return outputs;
}

model::Graph GraphNetwork::graph() const {
  const at::NoGradGuard no_gradients;
  auto result = graph_;
  for (const auto& node : graph_.nodes) {
    if (node.op != "DequantizeLinear") continue;
    const auto parameter = parameters_.find(node.inputs[0]);
    if (parameter == parameters_.end()) continue;
    auto& constant = result.constants.at(node.inputs[0]);
    const auto [least, most] = model::limits_of(constant.type);
    const auto axis = node.integer("axis", 1);
    const auto axes = parameter->second.dim();
    auto steps = at::round(parameter->second / along(value_of(node.inputs[1], {}), axis, axes));
    if (node.inputs.size() > 2) steps = steps + along(constants_.at(node.inputs[2]), axis, axes);
    steps = steps.clamp(least == -128 ? -127 : least, most).to(at::kInt).contiguous();
    const auto* numbers = steps.data_ptr<std::int32_t>();
    const auto store = [&]<typename T>(T) {
      auto to = constant.as<T>();
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(numbers[i]);
    };
    switch (constant.type) {
      case model::DataType::kInt8:
        store(std::int8_t{});
        break;
      case model::DataType::kUint8:
        store(std::uint8_t{});
        break;
      case model::DataType::kInt16:
        store(std::int16_t{});
        break;
      case model::DataType::kUint16:
        store(std::uint16_t{});
        break;
      default:
        store(std::int32_t{});
        break;
    }
  }
  for (const auto& [name, parameter] : parameters_) {
    auto& constant = result.constants.at(name);
    if (constant.type != model::DataType::kFloat32) continue;
    const auto kept = parameter.contiguous();
    const auto to = constant.as<float>();
    std::copy_n(kept.data_ptr<float>(), to.size(), to.begin());
  }
  return result;
}

}  // namespace octocal::train
