// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/onnx_types.hpp"

#include <array>
#include <utility>

namespace octocal::model {
namespace {

constexpr std::array<std::pair<DataType, onnx::TensorProto::DataType>, 10> kTypes{{
    {DataType::kFloat32, onnx::TensorProto::FLOAT},
    {DataType::kFloat16, onnx::TensorProto::FLOAT16},
    {DataType::kBfloat16, onnx::TensorProto::BFLOAT16},
    {DataType::kInt8, onnx::TensorProto::INT8},
    {DataType::kUint8, onnx::TensorProto::UINT8},
    {DataType::kInt16, onnx::TensorProto::INT16},
    {DataType::kUint16, onnx::TensorProto::UINT16},
    {DataType::kInt32, onnx::TensorProto::INT32},
    {DataType::kInt64, onnx::TensorProto::INT64},
    {DataType::kBool, onnx::TensorProto::BOOL},
}};

}  // namespace

onnx::TensorProto::DataType onnx_type(DataType type) noexcept {
  for (const auto& [ours, theirs] : kTypes) {
    if (ours == type) return theirs;
  }
  return onnx::TensorProto::UNDEFINED;
}

std::optional<DataType> from_onnx_type(int type) noexcept {
  for (const auto& [ours, theirs] : kTypes) {
    if (theirs == type) return ours;
  }
  return std::nullopt;
}

bool is_other_float(int type) noexcept {
  return type == onnx::TensorProto::FLOAT16 || type == onnx::TensorProto::BFLOAT16 || type == onnx::TensorProto::DOUBLE;
}

bool is_readable(int type) noexcept { return is_other_float(type) || from_onnx_type(type).has_value(); }

std::string onnx_type_name(int type) {
  return onnx::TensorProto::DataType_IsValid(type)
             ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(type))
             : "type " + std::to_string(type);
}

}  // namespace octocal::model
