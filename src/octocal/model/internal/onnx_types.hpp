// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <onnx/onnx_pb.h>

#include <optional>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// ONNX's number of a type, and back. Not installed: names protobuf classes.
onnx::TensorProto::DataType onnx_type(DataType type) noexcept;
std::optional<DataType> from_onnx_type(int type) noexcept;
/// "DOUBLE" for 11, "type 99" for a number that ONNX does not know.
std::string onnx_type_name(int type);

}  // namespace octocal::model
