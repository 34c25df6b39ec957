// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/graph.hpp"

#include <algorithm>
#include <limits>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"

namespace octocal::model {
namespace {

template <typename T>
T attribute_as(const Node& node, const std::string& attribute, T otherwise, const char* expected) {
  const auto found = node.attributes.find(attribute);
  if (found == node.attributes.end()) return otherwise;
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw bad_input("node " + node.name + " (" + node.op + "): attribute " + attribute + " is not " + expected +
                  "; export the model again");
}

}  // namespace

std::size_t size_of(DataType type) noexcept {
  switch (type) {
    case DataType::kFloat32:
    case DataType::kInt32:
      return 4;
    case DataType::kFloat16:
    case DataType::kBfloat16:
    case DataType::kInt16:
    case DataType::kUint16:
      return 2;
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kBool:
      return 1;
    case DataType::kInt64:
      return 8;
  }
  return 0;
}

std::pair<std::int32_t, std::int32_t> limits_of(DataType type) noexcept {
  const auto of = [](auto number) {
    using Limits = std::numeric_limits<decltype(number)>;
    return std::pair<std::int32_t, std::int32_t>(Limits::min(), Limits::max());
  };
  switch (type) {
    case DataType::kInt8:
      return of(std::int8_t{});
    case DataType::kUint8:
      return of(std::uint8_t{});
    case DataType::kInt16:
      return of(std::int16_t{});
    case DataType::kUint16:
      return of(std::uint16_t{});
    case DataType::kBool:
      return {0, 1};
    default:
      OCTOCAL_EXPECT(type == DataType::kInt32);
      return of(std::int32_t{});
  }
}

const char* name_of(DataType type) noexcept {
  switch (type) {
    case DataType::kFloat32:
      return "float32";
    case DataType::kFloat16:
      return "float16";
    case DataType::kBfloat16:
      return "bfloat16";
    case DataType::kInt8:
      return "int8";
    case DataType::kUint8:
      return "uint8";
    case DataType::kInt16:
      return "int16";
    case DataType::kUint16:
      return "uint16";
    case DataType::kInt32:
      return "int32";
    case DataType::kInt64:
      return "int64";
    case DataType::kBool:
      return "bool";
  }
  return "?";
}

std::size_t elements(const Shape& shape) noexcept {
  std::size_t product = 1;
  for (const std::int64_t size : shape) {
    OCTOCAL_EXPECT(size >= 0);
    product *= static_cast<std::size_t>(size);
  }
  return product;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis != 0) text += ", ";
    text += shape[axis] == kBatch ? "N" : std::to_string(shape[axis]);
  }
  return text + ")";
}

std::int64_t Node::integer(const std::string& attribute, std::int64_t otherwise) const {
  return attribute_as<std::int64_t>(*this, attribute, otherwise, "an integer");
}

float Node::real(const std::string& attribute, float otherwise) const {
  return attribute_as<float>(*this, attribute, otherwise, "a real number");
}

std::vector<std::int64_t> Node::integers(const std::string& attribute, std::vector<std::int64_t> otherwise) const {
  return attribute_as<std::vector<std::int64_t>>(*this, attribute, std::move(otherwise), "a list of integers");
}

std::string Node::text(const std::string& attribute, const std::string& otherwise) const {
  return attribute_as<std::string>(*this, attribute, otherwise, "a text");
}

const Node* Graph::producer(const std::string& value) const noexcept {
  if (value.empty()) return nullptr;
  for (const Node& node : nodes) {
    for (const std::string& output : node.outputs) {
      if (output == value) return &node;
    }
  }
  return nullptr;
}

std::vector<const Node*> Graph::consumers(const std::string& value) const {
  std::vector<const Node*> found;
  if (value.empty()) return found;
  for (const Node& node : nodes) {
    for (const std::string& input : node.inputs) {
      if (input != value) continue;
      found.push_back(&node);
      break;
    }
  }
  return found;
}

bool Graph::is_output(const std::string& value) const noexcept {
  return std::any_of(outputs.begin(), outputs.end(), [&](const Value& output) { return output.name == value; });
}

const Tensor* Graph::constant(const std::string& value) const noexcept {
  const auto found = constants.find(value);
  return found == constants.end() ? nullptr : &found->second;
}

}  // namespace octocal::model
