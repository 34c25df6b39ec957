// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace octocal::model {

/// Types of numbers that a tensor can hold. A bool is stored as a byte that is 0 or 1.
enum class DataType { kFloat32, kFloat16, kBfloat16, kInt8, kUint8, kInt16, kUint16, kInt32, kInt64, kBool };

/// Smallest and largest number of an integer type of at most 32 bits. Precondition: type is one.
std::pair<std::int32_t, std::int32_t> limits_of(DataType type) noexcept;

/// Bytes of a number.
std::size_t size_of(DataType type) noexcept;
const char* name_of(DataType type) noexcept;  ///< "float32", "uint8", ...

/// Sizes of each axis; kBatch stands for the number of showers, which is free until run time.
using Shape = std::vector<std::int64_t>;
inline constexpr std::int64_t kBatch = -1;

/// Product of the sizes. Precondition: no kBatch among them.
std::size_t elements(const Shape& shape) noexcept;
/// "(N, 64, 30, 30)".
std::string to_string(const Shape& shape);

/// A constant: weights, scales, zero points, shapes. C order; an empty shape is a scalar.
struct Tensor {
  DataType type = DataType::kFloat32;  ///< of its numbers
  Shape shape;                         ///< C order
  std::vector<std::byte> bytes;        ///< of all numbers, in this machine's order

  /// The numbers. Precondition: T is the C++ type of `type`.
  template <typename T>
  std::span<const T> as() const noexcept {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// The same, to be changed.
  template <typename T>
  std::span<T> as() noexcept {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// A tensor of the given numbers. T must be the C++ type of `type` (std::uint16_t for the two 16-bit floats).
template <typename T>
Tensor make_tensor(DataType type, Shape shape, std::span<const T> numbers) {
  Tensor tensor{type, std::move(shape), std::vector<std::byte>(numbers.size_bytes())};
  if (!numbers.empty()) std::memcpy(tensor.bytes.data(), numbers.data(), numbers.size_bytes());
  return tensor;
}
inline Tensor make_tensor(Shape shape, const std::vector<float>& numbers) {
  return make_tensor(DataType::kFloat32, std::move(shape), std::span<const float>(numbers));
}

/// The value of an attribute.
using Attribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>, Tensor>;

/// One operation, with ONNX's meaning of op, inputs and attributes (opset 13). An empty input name is an absent
/// optional input.
struct Node {
  std::string name;                             ///< unique, e.g. "branch0/block3/conv"
  std::string op;                               ///< "Conv", "QuantizeLinear", ...
  std::vector<std::string> inputs;              ///< names of values
  std::vector<std::string> outputs;             ///< names of values
  std::map<std::string, Attribute> attributes;  ///< by name

  /// An attribute, `otherwise` if it is absent. Error: bad_input if it is of another type.
  std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  float real(const std::string& attribute, float otherwise) const;
  std::vector<std::int64_t> integers(const std::string& attribute, std::vector<std::int64_t> otherwise) const;
  std::string text(const std::string& attribute, const std::string& otherwise) const;
};

/// A named value of the graph: an input, an output or what flows between nodes.
struct Value {
  std::string name;                    ///< unique in the graph
  DataType type = DataType::kFloat32;  ///< of its numbers
  Shape shape;                         ///< with kBatch
};

/// A network as plain data: nodes in topological order, constants by name, metadata_props as they are in the file.
/// Copy it, change it, compare it; check() says whether it is still whole.
struct Graph {
  std::string name = "generator";               ///< ONNX's name of the graph
  std::vector<Node> nodes;                      ///< in topological order
  std::map<std::string, Tensor> constants;      ///< by name
  std::vector<Value> inputs;                    ///< what a run is given
  std::vector<Value> outputs;                   ///< what a run gives
  std::map<std::string, std::string> metadata;  ///< keys and texts
  int opset = 13;  ///< the form of the nodes: 13, whatever the file that they come from has

  const Node* producer(const std::string& value) const noexcept;       ///< nullptr: an input or a constant
  std::vector<const Node*> consumers(const std::string& value) const;  ///< in graph order
  const Tensor* constant(const std::string& value) const noexcept;     ///< nullptr: not a constant
  bool is_output(const std::string& value) const noexcept;             ///< of the graph
};

/// Type and shape of every value of a graph, by name (inputs, constants, node outputs).
///
/// Checks the graph on the way: known ops, attributes, numbers of inputs, shapes that fit, no NaN or infinite
/// weights, topological order. Errors: bad_input naming `origin` (a file name), the node, expected and actual.
std::map<std::string, Value> infer_shapes(const Graph& graph, const std::string& origin);

}  // namespace octocal::model
