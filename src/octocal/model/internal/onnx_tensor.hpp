// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <onnx/onnx_pb.h>

#include <string>

#include "octocal/model/graph.hpp"
#include "octocal/model/internal/external_data.hpp"

namespace octocal::model {

/// A TensorProto as our tensor: raw_data, typed fields or bytes of a file beside the model; any of our types, floats of
/// other widths as float32, unless `keeps_16_bits` (float16 and bfloat16 then stay as they are). The memory taken is that of the bytes which are really there, whatever its dims say. Errors:
/// bad_input naming `origin` and the tensor: a type we lack, dims that do not fit the data, what `data` throws.
Tensor read_tensor(const onnx::TensorProto& proto, const std::string& name, const std::string& origin,
                   ExternalData& data, bool keeps_16_bits = false);

/// Always as raw_data, little-endian.
void write_tensor(const Tensor& tensor, const std::string& name, onnx::TensorProto& proto);

}  // namespace octocal::model
