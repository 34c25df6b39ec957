// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <onnx/onnx_pb.h>

#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// A TensorProto as our tensor: raw_data or typed fields, any of our seven types. The memory taken is that of the bytes
/// which are really in the message, whatever its dims say. Errors: bad_input naming `origin` and the tensor: a type we
/// lack, weights in another file, dims that do not fit the data.
Tensor read_tensor(const onnx::TensorProto& proto, const std::string& name, const std::string& origin);

/// Always as raw_data, little-endian.
void write_tensor(const Tensor& tensor, const std::string& name, onnx::TensorProto& proto);

}  // namespace octocal::model
