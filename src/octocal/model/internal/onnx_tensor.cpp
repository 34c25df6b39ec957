// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/onnx_tensor.hpp"

#include <fmt/format.h>

#include <bit>

#include "octocal/base/error.hpp"
#include "octocal/model/internal/onnx_types.hpp"

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian and copied as it is");

namespace octocal::model {
namespace {

/// Typed fields hold small integers as int32, one entry a number.
template <typename T, typename Field>
std::vector<std::byte> narrowed(const Field& field) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(field.size()) * sizeof(T));
  for (int i = 0; i < field.size(); ++i) {
    const T number = static_cast<T>(field[i]);
    std::memcpy(bytes.data() + static_cast<std::size_t>(i) * sizeof(T), &number, sizeof(T));
  }
  return bytes;
}

std::vector<std::byte> read_bytes(const onnx::TensorProto& proto, DataType type) {
  if (proto.has_raw_data()) {
    const auto* first = reinterpret_cast<const std::byte*>(proto.raw_data().data());
    return {first, first + proto.raw_data().size()};
  }
  switch (type) {
    case DataType::kFloat32:
      return narrowed<float>(proto.float_data());
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return narrowed<std::uint16_t>(proto.int32_data());
    case DataType::kInt8:
      return narrowed<std::int8_t>(proto.int32_data());
    case DataType::kUint8:
      return narrowed<std::uint8_t>(proto.int32_data());
    case DataType::kInt32:
      return narrowed<std::int32_t>(proto.int32_data());
    case DataType::kInt64:
      return narrowed<std::int64_t>(proto.int64_data());
  }
  return {};
}

}  // namespace

Tensor read_tensor(const onnx::TensorProto& proto, const std::string& name, const std::string& origin) {
  const auto fail = [&](const std::string& problem) {
    return bad_input(fmt::format("{}: constant {}: {}; export the model again", origin, name, problem));
  };
  const auto type = from_onnx_type(proto.data_type());
  if (!type) throw fail(fmt::format("ONNX type {} is not supported", onnx_type_name(proto.data_type())));
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    throw fail("its numbers lie in another file (expected one file)");
  }
  if (proto.has_segment()) throw fail("segmented tensors are not supported");
  Tensor tensor{*type, Shape(proto.dims().begin(), proto.dims().end()), read_bytes(proto, *type)};

  const auto held = static_cast<std::int64_t>(tensor.bytes.size() / size_of(*type));
  std::int64_t expected = 1;
  bool fits = tensor.bytes.size() % size_of(*type) == 0;
  for (const std::int64_t size : tensor.shape) {
    fits = fits && size >= 0 && size <= held;
    if (fits) expected = std::min(expected * size, held + 1);
  }
  // A product that passed through zero or was cut at held + 1 can only be equal if it is right.
  if (!fits || expected != held) {
    throw fail(fmt::format("shape {} does not fit the {} numbers that it holds", to_string(tensor.shape), held));
  }
  return tensor;
}

void write_tensor(const Tensor& tensor, const std::string& name, onnx::TensorProto& proto) {
  proto.set_name(name);
  proto.set_data_type(onnx_type(tensor.type));
  for (const std::int64_t size : tensor.shape) proto.add_dims(size);
  proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
}

}  // namespace octocal::model
