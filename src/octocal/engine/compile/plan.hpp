// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "octocal/engine/program.hpp"

namespace octocal::engine {

/// How one number of a stream's memory is stored. Quantized activations are always u8 or u16 here: a graph's s8 with
/// zero point z is u8 with zero point z + 128, the same steps of the same scale, and u8 sources are the fast ones in
/// oneDNN; s16 is u16 with zero point z + 32768. 16-bit floats are stored as their bits.
enum class Element { kFloat32, kUint8, kUint16, kBfloat16, kFloat16 };

constexpr bool is_16_bit_float(Element element) noexcept {
  return element == Element::kBfloat16 || element == Element::kFloat16;
}
constexpr bool is_integer(Element element) noexcept {
  return element == Element::kUint8 || element == Element::kUint16;
}

inline std::size_t size_of(Element element) noexcept {
  return element == Element::kFloat32 ? 4 : element == Element::kUint8 ? 1 : 2;
}

/// What computes on such numbers: "float32", "int8", "int16x8" (of weights in 8 bits), "bfloat16" or "float16".
inline const char* precision_of(Element element) noexcept {
  switch (element) {
    case Element::kUint8:
      return "int8";
    case Element::kUint16:
      return "int16x8";
    case Element::kBfloat16:
      return "bfloat16";
    case Element::kFloat16:
      return "float16";
    case Element::kFloat32:
      break;
  }
  return "float32";
}

/// Largest weight of 12 bits.
inline constexpr int kMostWeight12 = 2047;

/// A linear map from real numbers to u8 or u16: real = scale * (stored - zero_point).
struct Quantization {
  float scale = 1;
  int zero_point = 0;
  Element element = Element::kUint8;  ///< kUint8 or kUint16

  int most() const noexcept { return element == Element::kUint16 ? 65535 : 255; }  ///< largest stored number
  bool operator==(const Quantization&) const = default;
};

/// What follows a convolution in the same pass, in order. Exactly one of the two forms:
///   LeakyReLU:      t = t > 0 ? t : slope * t          (ReLU: slope 0)
///   channel affine: t = t * gain[c]; t = t + shift[c]  (gain may be empty)
struct PostOp {
  bool is_affine = false;
  float slope = 0;
  std::vector<float> gain;
  std::vector<float> shift;
};

/// A convolution or transposed convolution over two or three axes of one shower, channels last, with all that follows
/// it fused. Over two axes, z has one cell, one tap and no padding: (h, w) stands for (d, h, w).
///
/// | tensor      | shape                      | type          | notes                                              |
/// |-------------|----------------------------|---------------|----------------------------------------------------|
/// | source      | (id, ih, iw, ic)           | any Element        |                                               |
/// | weights     | (oc, ic / groups, kd, kh, kw) | float32 or integer | output channels first, also if transposed     |
/// | offset      | (oc) or (od, oh, ow, oc)   | float32       | float32, u16: bias; u8: bias and zero point, see below |
/// | destination | (od, oh, ow, oc)           | any Element        | 16-bit floats only from a source of the same  |
///
/// float32:  t = sum + offset[c]
/// u8:       t = float(int32 sum of q w); t = t * scale[c]; t = t + offset[c] or offset[z, y, x, c]
/// u16:      t = float(sum of (q - source_zero_point) w, exact); t = t * scale[c]; t = t + offset[c]
/// bfloat16, float16: as float32, of weights that the format holds; a destination of 16 bits is rounded half to even
///
/// then each post-op; u8 destination: clamp(round_half_even(t), 0, 255), u16: up to 65535; the zero point is in the last
/// affine.
///
/// u8: padding is left out of the int32 sum. What a padded zero point would have added, and what the source's zero point
/// adds to every sum, is a constant of the pixel: it is in offset, so no halo has to be stored or multiplied. u16: a sum
/// needs more bits than float32 has, so that the zero point is taken off it first, in integers; padding is then zero.
///
/// Integer weights are the graph's less their zero point: -127 to 127 if it is in the middle, else up to -255 to 255;
/// of int16x12 -kMostWeight12 to kMostWeight12. What does not fit s8 is left to kernels that multiply 16 bits
/// (kernels/convolution_integer.hpp).
///
/// A Gemm is a convolution of one tap over its rows.
struct ConvolutionSpec {
  struct Axis {
    std::int64_t input = 1, output = 1, kernel = 1, stride = 1, dilation = 1, pad_begin = 0;
    /// Neighbours that each input cell stands for (a Resize in front, which then copies nothing): kernel and padding
    /// count `input * repeat` cells. Above 1 only of integers, not transposed, with stride and dilation 1.
    std::int64_t repeat = 1;
  };
  std::string layer;
  bool transposed = false;
  std::int64_t groups = 1;
  std::int64_t input_channels = 1, output_channels = 1;
  Axis z, y, x;
  Element source_element = Element::kFloat32;
  Element destination_element = Element::kFloat32;
  std::vector<float> weights_float32;
  std::vector<std::int16_t> weights_integer;
  int source_zero_point = 0;  ///< of a u16 source
  std::vector<float> scale;
  std::vector<float> offset;
  bool offset_per_pixel = false;
  std::vector<PostOp> post_ops;
  int source = -1, destination = -1;  ///< buffers
};

/// Copies a box of numbers between two orders: dims from the slowest to the fastest of the destination, strides and
/// starts in numbers.
struct PermuteSpec {
  static constexpr std::size_t kRank = 8;  ///< blocks of channels to blocks of cells have 7 axes in three dimensions
  std::array<std::int64_t, kRank> dims{1, 1, 1, 1, 1, 1, 1, 1};
  std::array<std::int64_t, kRank> source_strides{};
  std::array<std::int64_t, kRank> destination_strides{};
  std::int64_t source_start = 0, destination_start = 0;
  Element element = Element::kFloat32;
  int source = -1, destination = -1;
};

/// Copies runs of numbers to other places (upsampling, padding):
///     out[a][b][c][d][:] = in[from[0][a]][from[1][b]][from[2][c]][from[3][d]][:], or all `fill` where one is negative.
struct IndexMapSpec {
  static constexpr std::size_t kRank = 4;
  std::array<std::vector<std::int64_t>, kRank> from;   ///< slowest to fastest of the destination
  std::array<std::int64_t, kRank> extent{1, 1, 1, 1};  ///< sizes of the source
  std::int64_t inner = 1;                              ///< numbers of a run
  Element element = Element::kFloat32;
  float fill_float32 = 0;
  std::uint16_t fill_integer = 0;  ///< of the others, as it is stored
  int source = -1, destination = -1;
};

/// For each pixel of a convolution's output, the bytes that its taps see there, side by side:
///     out[plane][oy][ox][(ty taps_x + tx) channels + c] = in[plane][oy stride - pad + ty][ox stride - pad + tx][c],
/// each axis with its own taps, stride and pad; 0 beyond the image. What is behind the last tap is any number: weights
/// are 0 there.
struct JoinTapsSpec {
  struct Axis {
    std::int64_t input = 1, output = 1, taps = 1, stride = 1, pad = 0;
  };
  std::int64_t planes = 1, channels = 1;  ///< of the source, u8
  Axis y, x;
  std::int64_t joined = 16;  ///< channels of the destination: a multiple of 16
  int source = -1, destination = -1;
};

/// out[row][n] = sum_k in[row][k] * weights[k][n] + bias[n], added up in the order of k.
struct GemmSpec {
  std::int64_t rows = 1, inputs = 1, outputs = 1;
  std::vector<float> weights;  ///< (inputs, outputs)
  std::vector<float> bias;     ///< (outputs)
  int source = -1, destination = -1;
};

/// q = clamp(round_half_even(x / scale) + zero_point, 0, 255), or up to 65535.
struct QuantizeSpec {
  std::int64_t size = 0;
  Quantization quantization;
  int source = -1, destination = -1;
};

/// x = float(q - zero_point) * scale.
struct DequantizeSpec {
  std::int64_t size = 0;
  Quantization quantization;
  int source = -1, destination = -1;
};

/// A float32 number as the nearest one of a 16-bit format (kernels/round_floats.hpp).
struct RoundSpec {
  std::int64_t size = 0;
  Element element = Element::kBfloat16;  ///< of the destination
  int source = -1, destination = -1;
};

/// A number of a 16-bit format in float32, exact.
struct WidenSpec {
  std::int64_t size = 0;
  Element element = Element::kBfloat16;  ///< of the source
  int source = -1, destination = -1;
};

/// out = table[c][in], for u8 numbers seen as (outer, channels, inner): what stands between a DequantizeLinear and a
/// QuantizeLinear and takes each number by itself (compile/table_chain.hpp).
struct TableSpec {
  std::int64_t outer = 1, channels = 1, inner = 1;
  std::vector<std::uint8_t> table;  ///< (channels, 256)
  int source = -1, destination = -1;
};

/// LeakyReLU by itself.
struct ActivationSpec {
  std::int64_t size = 0;
  float slope = 0;
  int source = -1, destination = -1;
};

/// Batch normalization by itself: numbers seen as (outer, channels, inner).
struct AffineSpec {
  std::int64_t outer = 1, channels = 1, inner = 1;
  std::vector<float> gain, shift;
  int source = -1, destination = -1;
};

/// left OPERATION right over a box, each side with its own strides (0: broadcast); one side may be a constant.
/// Max and Min give NaN where a side is NaN. With `stored`, buffers are u8: each number is dequantized, computed with in
/// float32 and quantized, as DequantizeSpec and QuantizeSpec do it; the constant stays float32. A comparison gives 1 or 0, which is how a bool is stored.
///     kPrelu:      left > 0 ? left : right * left
///     kKeepWhere:  right != 0 ? left : 0;   kDropWhere: right != 0 ? 0 : left;   kEither: the one of two that is not 0
struct BinarySpec {
  struct Stored {
    Quantization left, right, destination;
  };
  enum class Function {
    kMul,
    kAdd,
    kSub,
    kDiv,
    kMax,
    kMin,
    kPow,  ///< see kernels/power.hpp
    kPrelu,
    kGreater,
    kGreaterOrEqual,
    kLess,
    kLessOrEqual,
    kEqual,
    kKeepWhere,
    kDropWhere,
    kEither,
  };
  static constexpr std::size_t kRank = 4;
  Function function = Function::kMul;
  std::array<std::int64_t, kRank> dims{1, 1, 1, 1};  ///< slowest to fastest of the destination, which is dense
  std::array<std::int64_t, kRank> left_strides{0, 0, 0, 0};
  std::array<std::int64_t, kRank> right_strides{0, 0, 0, 0};
  std::vector<float> constant;  ///< the side whose buffer is -1
  std::optional<Stored> stored;
  int left = -1, right = -1, destination = -1;
};

/// A function of each number by itself; kernels/functions.hpp says how exactly.
struct FunctionSpec {
  enum class Function { kExp, kLog, kSqrt, kTanh, kClip, kElu, kSigmoid, kSoftplus, kErf, kNeg, kAbs, kNot };
  Function function = Function::kExp;
  float low = 0, high = 0;  ///< of kClip: x < low ? low : x > high ? high : x
  float alpha = 1;          ///< of kElu: x < 0 ? alpha * (exp(x) - 1) : x
  std::int64_t size = 0;
  int source = -1, destination = -1;
};

/// Sums over some axes of a dense box: out[kept] = sum of in[kept, summed], or the largest or smallest of them. The
/// order of the additions is fixed (kernels/reduce.hpp).
struct ReduceSpec {
  enum class Join { kSum, kMax, kMin };
  Join join = Join::kSum;
  static constexpr std::size_t kRank = 4;
  std::array<std::int64_t, kRank> dims{1, 1, 1, 1};                 ///< slowest to fastest of the source
  std::array<std::int64_t, kRank> destination_strides{0, 0, 0, 0};  ///< 0: joined along it
  std::int64_t outputs = 1;
  int source = -1, destination = -1;
};

/// Cells drawn from a head's values: model/cell_ops.hpp says how. Of one shower, channels last:
///
/// | tensor      | shape                                                                    |
/// |-------------|--------------------------------------------------------------------------|
/// | values      | (1 + S, layers, plane) with the strides of a term; of two terms the sum  |
/// | noise       | (2, layers, plane), C order                                              |
/// | destination | (layers, plane), C order                                                 |
struct DrawSpec {
  struct Term {
    std::int64_t value = 0, layer = 0, place = 0;  ///< strides
    int buffer = -1;
  };
  std::vector<Term> terms;  ///< one or two
  std::int64_t layers = 1, plane = 1, statistics = 1, bins = 1;
  std::vector<std::int32_t> drawn;  ///< of the plane: where colour is not 0
  std::vector<float> log_density;   ///< (bins) as in_lanes() orders them (kernels/draw_cells.hpp)
  std::vector<float> basis;         ///< (S, bins), the same
  std::vector<float> edges;         ///< (bins + 1)
  int noise = -1, destination = -1;
};

/// What a head sees of a shower, SeeCells or, without drawn cells, ExpectedCells of model/cell_ops.hpp:
///
/// | tensor      | shape                                        |
/// |-------------|----------------------------------------------|
/// | x, y, z     | (nx), (ny), (nz)                             |
/// | drawn       | (layers, nx, ny), C order                    |
/// | destination | (nx, ny, nz + 2 layers), C order             |
struct SeeSpec {
  std::int64_t nx = 1, ny = 1, nz = 1, layers = 0;
  std::vector<std::int64_t> order;  ///< (nz): which drawn layer each layer is; layers: none
  float least_slice = 0, floor = 0, scale = 1, offset = 0;
  float seen = 1, seen_scale = 1, least_share = 0;
  int x = -1, y = -1, z = -1, drawn = -1, destination = -1;
};

/// Drawn cells (nz, nx, ny), layers in `order`, scaled to the energies of a shower's columns, rows and layers, FitCells
/// or FitCellsByLog of model/cell_ops.hpp: to (nx, ny, nz), C order.
struct FitSpec {
  std::int64_t nx = 1, ny = 1, nz = 1;
  std::vector<std::int64_t> order;
  float fixed = 0, free = 1, least = 0, most = 1;
  bool by_log = false;
  int x = -1, y = -1, z = -1, drawn = -1, destination = -1;
};

/// out[outer][i][inner] = in[outer][indices[i]][inner].
struct GatherSpec {
  std::int64_t outer = 1, extent = 1, inner = 1;  ///< of the source, C order
  std::vector<std::int64_t> indices;
  int source = -1, destination = -1;
};

using Operation = std::variant<ConvolutionSpec, PermuteSpec, GemmSpec, QuantizeSpec, DequantizeSpec, RoundSpec,
                               WidenSpec, TableSpec, ActivationSpec, AffineSpec, BinarySpec, FunctionSpec, ReduceSpec,
                               GatherSpec, IndexMapSpec, JoinTapsSpec, DrawSpec, SeeSpec, FitSpec>;

/// One operation of a plan; several may belong to one entry of the layer report.
struct PlannedStep {
  Operation operation;
  std::vector<int> reads;
  std::vector<int> writes;
  std::size_t layer = 0;
};

/// A graph input or output: a dense float32 buffer, `numbers` a shower.
struct Endpoint {
  int buffer = -1;
  std::size_t numbers = 0;
};

/// A graph as a sequence of operations over numbered buffers of one shower. Buffers are dense; plan_memory() says later
/// where they lie.
struct Plan {
  std::vector<std::size_t> buffer_bytes;
  std::vector<PlannedStep> steps;
  std::vector<LayerReport> layers;
  std::vector<Endpoint> inputs, outputs;
};

}  // namespace octocal::engine
