// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/onnx_tensor.hpp"

#include <fmt/format.h>

#include <bit>

#include "octocal/base/error.hpp"
#include "octocal/model/float_formats.hpp"
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

/// Numbers as raw_data would hold them, out of the typed fields.
std::vector<std::byte> typed_bytes(const onnx::TensorProto& proto) {
  switch (proto.data_type()) {
    case onnx::TensorProto::FLOAT:
      return narrowed<float>(proto.float_data());
    case onnx::TensorProto::DOUBLE:
      return narrowed<double>(proto.double_data());
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
    case onnx::TensorProto::UINT16:
      return narrowed<std::uint16_t>(proto.int32_data());
    case onnx::TensorProto::INT8:
      return narrowed<std::int8_t>(proto.int32_data());
    case onnx::TensorProto::UINT8:
    case onnx::TensorProto::BOOL:
      return narrowed<std::uint8_t>(proto.int32_data());
    case onnx::TensorProto::INT16:
      return narrowed<std::int16_t>(proto.int32_data());
    case onnx::TensorProto::INT32:
      return narrowed<std::int32_t>(proto.int32_data());
    case onnx::TensorProto::INT64:
      return narrowed<std::int64_t>(proto.int64_data());
    default:
      return {};
  }
}

template <typename T, typename ToFloat>
std::vector<std::byte> as_float32(const std::vector<std::byte>& bytes, ToFloat to_float) {
  const std::size_t count = bytes.size() / sizeof(T);
  std::vector<std::byte> wide(count * sizeof(float));
  for (std::size_t i = 0; i < count; ++i) {
    T number;
    std::memcpy(&number, bytes.data() + i * sizeof(T), sizeof(T));
    const float converted = to_float(number);
    std::memcpy(wide.data() + i * sizeof(float), &converted, sizeof(float));
  }
  return wide;
}

std::vector<std::byte> as_float32(const std::vector<std::byte>& bytes, int type) {
  if (type == onnx::TensorProto::FLOAT16) return as_float32<std::uint16_t>(bytes, float16_value);
  if (type == onnx::TensorProto::BFLOAT16) return as_float32<std::uint16_t>(bytes, bfloat16_value);
  return as_float32<double>(bytes, [](double x) { return static_cast<float>(x); });
}

}  // namespace

Tensor read_tensor(const onnx::TensorProto& proto, const std::string& name, const std::string& origin,
                   ExternalData& data, bool keeps_16_bits) {
  const auto fail = [&](const std::string& problem) {
    return bad_input(fmt::format("{}: constant {}: {}; export the model again", origin, name, problem));
  };
  const int stored = proto.data_type();
  const bool converts = is_other_float(stored) && (!keeps_16_bits || stored == onnx::TensorProto::DOUBLE);
  const auto type = converts ? DataType::kFloat32 : from_onnx_type(stored);
  if (!type) throw fail(fmt::format("ONNX type {} is not supported", onnx_type_name(stored)));
  if (proto.has_segment()) throw fail("segmented tensors are not supported");
  const std::size_t width = stored == onnx::TensorProto::DOUBLE ? 8 : converts ? 2 : size_of(*type);
  Tensor tensor{*type, Shape(proto.dims().begin(), proto.dims().end()), {}};

  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    tensor.bytes = data.read(proto, tensor.shape, width, name, origin);
  } else if (proto.has_raw_data()) {
    const auto* first = reinterpret_cast<const std::byte*>(proto.raw_data().data());
    tensor.bytes = {first, first + proto.raw_data().size()};
  } else {
    tensor.bytes = typed_bytes(proto);
  }
  const auto held = static_cast<std::int64_t>(tensor.bytes.size() / width);
  std::int64_t expected = 1;
  bool fits = tensor.bytes.size() % width == 0;
  for (const std::int64_t size : tensor.shape) {
    fits = fits && size >= 0 && size <= held;
    if (fits) expected = std::min(expected * size, held + 1);
  }
  // A product that passed through zero or was cut at held + 1 can only be equal if it is right.
  if (!fits || expected != held) {
    throw fail(fmt::format("shape {} does not fit the {} numbers that it holds", to_string(tensor.shape), held));
  }
  if (converts) tensor.bytes = as_float32(tensor.bytes, stored);
  if (stored == onnx::TensorProto::BOOL)
    for (std::byte& byte : tensor.bytes) byte = byte == std::byte{0} ? std::byte{0} : std::byte{1};
  return tensor;
}

void write_tensor(const Tensor& tensor, const std::string& name, onnx::TensorProto& proto) {
  proto.set_name(name);
  proto.set_data_type(onnx_type(tensor.type));
  for (const std::int64_t size : tensor.shape) proto.add_dims(size);
  proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
}

}  // namespace octocal::model
