// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/float_storage.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/model/float_formats.hpp"

namespace octocal::model {
namespace {

// Numbers of TensorProto.DataType.
constexpr std::int64_t kOnnxFloat = 1, kOnnxFloat16 = 10, kOnnxBfloat16 = 16;

}  // namespace

Tensor rounded_to(DataType type, const Tensor& numbers) {
  OCTOCAL_EXPECT(is_16_bit_float(type));
  const auto wide = numbers.as<float>();
  std::vector<std::uint16_t> bits(wide.size());
  for (std::size_t i = 0; i < bits.size(); ++i)
    bits[i] = type == DataType::kFloat16 ? float16_bits(wide[i]) : bfloat16_bits(wide[i]);
  return make_tensor(type, numbers.shape, std::span<const std::uint16_t>(bits));
}

Tensor widened(const Tensor& numbers) {
  OCTOCAL_EXPECT(is_16_bit_float(numbers.type));
  const auto bits = numbers.as<std::uint16_t>();
  std::vector<float> wide(bits.size());
  for (std::size_t i = 0; i < wide.size(); ++i)
    wide[i] = numbers.type == DataType::kFloat16 ? float16_value(bits[i]) : bfloat16_value(bits[i]);
  return make_tensor(numbers.shape, wide);
}

const Tensor* stored_constant(const Graph& graph, const std::string& value) noexcept {
  const Node* cast = graph.producer(value);
  if (cast == nullptr || cast->op != "Cast" || cast->inputs.size() != 1) return nullptr;
  const auto to = cast->attributes.find("to");
  const auto* target = to == cast->attributes.end() ? nullptr : std::get_if<std::int64_t>(&to->second);
  if (target == nullptr || *target != kOnnxFloat) return nullptr;
  const Tensor* constant = graph.constant(cast->inputs[0]);
  return constant != nullptr && is_16_bit_float(constant->type) ? constant : nullptr;
}

std::optional<DataType> cast_to_16_bit_float(const Node& node) {
  if (node.op != "Cast") return std::nullopt;
  const std::int64_t to = node.integer("to", 0);
  if (to == kOnnxFloat16) return DataType::kFloat16;
  if (to == kOnnxBfloat16) return DataType::kBfloat16;
  return std::nullopt;
}

std::int64_t cast_target(DataType type) noexcept {
  return type == DataType::kFloat16 ? kOnnxFloat16 : type == DataType::kBfloat16 ? kOnnxBfloat16 : kOnnxFloat;
}

Graph with_stored_weights(const Graph& graph, DataType type, const std::string& origin, std::size_t least,
                          const std::set<std::string>& except) {
  Graph result = graph;
  result.nodes.clear();
  std::map<std::string, std::string> stored;  // weights, and the float32 value behind their Cast
  for (const Node& node : graph.nodes) {
    Node copy = node;
    const bool weighted = node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" || node.op == "MatMul";
    const std::string weight = weighted && !except.contains(node.name) ? node.inputs.at(1) : "";
    const Tensor* constant = graph.constant(weight);
    if (constant != nullptr && constant->type == DataType::kFloat32 && elements(constant->shape) >= least) {
      const auto [entry, is_new] = stored.try_emplace(weight, weight + "." + name_of(type) + ".float32");
      copy.inputs[1] = entry->second;
      if (is_new) {
        const std::string name = weight + "." + name_of(type);
        auto narrow = rounded_to(type, *constant);
        const auto wide = widened(narrow);
        for (const float number : wide.as<float>())
          if (!std::isfinite(number))
            throw bad_input(fmt::format("{}: layer {}: a weight is beyond the range of {}; keep this model in float32",
                                        origin, node.name, name_of(type)));
        result.constants[name] = std::move(narrow);
        result.nodes.push_back({node.name + "/widen_weight", "Cast", {name}, {entry->second}, {{"to", kOnnxFloat}}});
      }
    }
    result.nodes.push_back(std::move(copy));
  }
  for (const auto& [weight, value] : stored) {
    if (result.consumers(weight).empty() && !result.is_output(weight)) result.constants.erase(weight);
  }
  return result;
}

}  // namespace octocal::model
