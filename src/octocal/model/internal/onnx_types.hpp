// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <onnx/onnx_pb.h>

#include <optional>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// ONNX's number of a type, and back. Not installed: names protobuf classes.
onnx::TensorProto::DataType onnx_type(DataType type) noexcept;
std::optional<DataType> from_onnx_type(int type) noexcept;
/// Floats that are read as float32: of 16 or 64 bits.
bool is_other_float(int type) noexcept;
/// Types of tensors that are read.
bool is_readable(int type) noexcept;
/// "DOUBLE" for 11, "type 99" for a number that ONNX does not know.
std::string onnx_type_name(int type);

}  // namespace octocal::model
