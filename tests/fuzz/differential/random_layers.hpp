// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "fuzz/differential/graph_builder.hpp"

namespace octocal::fuzz {

/// In which numbers a layer computes.
enum class LayerNumbers { kFloat32, kInt8, kInt16x8, kInt16x12, kBfloat16, kFloat16 };

/// QuantizeLinear and DequantizeLinear to 8 or 16 bits, signed or not, in steps that let some numbers saturate; maybe
/// something that moves cells stands between the two.
Live add_quantize_pair(GraphBuilder& builder, const Live& value, int bits);

/// Cast to bfloat16 or float16 and back.
Live add_cast_pair(GraphBuilder& builder, const Live& value, model::DataType type);

/// A Conv or ConvTranspose over one to three axes, with any kernel, stride, padding, dilation, groups; behind what its
/// numbers want in front.
Live add_convolution(GraphBuilder& builder, const Live& value, LayerNumbers numbers);

/// A Gemm, or a MatMul over the last axis.
Live add_dense(GraphBuilder& builder, const Live& value, LayerNumbers numbers);

}  // namespace octocal::fuzz
