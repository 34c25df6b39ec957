// SPDX-License-Identifier: Apache-2.0
#include "integration/onnxruntime/cases.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "support/graph_maker.hpp"

// Every op alone in float32, with odd shapes.

namespace octocal::testing {
namespace {

using model::Attribute;
using model::DataType;
using model::kBatch;
using model::Shape;
using Attributes = std::map<std::string, Attribute>;

constexpr std::int64_t kShowers = 3;

Shape with_batch(Shape shape) {
  for (auto& size : shape) {
    if (size == kBatch) size = kShowers;
  }
  return shape;
}

/// One node with one data input x and any number of constant inputs.
void one_node(const std::filesystem::path& root, const std::string& name, const std::string& op, const Shape& x,
              const std::vector<model::Tensor>& constants, const Attributes& attributes = {}) {
  GraphMaker maker;
  std::vector<std::string> inputs{maker.input("x", x)};
  for (const auto& tensor : constants) inputs.push_back(maker.constant("c" + std::to_string(inputs.size()), tensor));
  const auto out = maker.node(op, inputs, attributes);
  write_reference_case(root, name, maker.finish({out}), {{"x", normal_tensor(with_batch(x), 11)}});
}

void convolutions(const std::filesystem::path& root) {
  const auto w = [](const Shape& shape) { return normal_tensor(shape, 12, 0.2); };
  const auto b = [](std::int64_t size) { return normal_tensor({size}, 13); };
  one_node(root, "conv_odd", "Conv", {kBatch, 3, 7, 10}, {w({5, 3, 3, 2}), b(5)}, {{"pads", Integers{1, 0, 2, 1}}});
  one_node(root, "conv_8x8_same", "Conv", {kBatch, 4, 9, 9}, {w({6, 4, 8, 8})}, {{"pads", Integers{3, 3, 4, 4}}});
  one_node(root, "conv_stride_dilation", "Conv", {kBatch, 2, 13, 11}, {w({3, 2, 3, 3})},
           {{"strides", Integers{2, 3}}, {"dilations", Integers{3, 2}}, {"pads", Integers{2, 3, 1, 4}}});
  one_node(root, "conv_groups", "Conv", {kBatch, 6, 5, 5}, {w({4, 3, 3, 3}), b(4)}, {{"group", std::int64_t{2}}});
  one_node(root, "conv_pad_wider_than_input", "Conv", {kBatch, 1, 2, 2}, {w({1, 1, 3, 3})},
           {{"pads", Integers{5, 5, 5, 5}}, {"strides", Integers{3, 2}}});
  one_node(root, "conv_1d", "Conv", {kBatch, 3, 12}, {w({2, 3, 5}), b(2)}, {{"pads", Integers{2, 2}}});
  one_node(root, "conv_3d", "Conv", {kBatch, 2, 5, 6, 7}, {w({3, 2, 2, 3, 4}), b(3)},
           {{"pads", Integers{1, 0, 2, 0, 1, 1}}, {"strides", Integers{1, 2, 1}}});
  for (const char* auto_pad : {"SAME_UPPER", "SAME_LOWER", "VALID"}) {
    one_node(root, std::string("conv_auto_pad_") + auto_pad, "Conv", {kBatch, 2, 8, 7}, {w({3, 2, 4, 3})},
             {{"auto_pad", std::string(auto_pad)}, {"strides", Integers{2, 1}}});
  }
  one_node(root, "conv_transpose_stride_3", "ConvTranspose", {kBatch, 4, 5, 5}, {w({4, 3, 5, 5}), b(3)},
           {{"strides", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}});
  one_node(root, "conv_transpose_odd", "ConvTranspose", {kBatch, 2, 4, 7}, {w({2, 3, 2, 5})},
           {{"strides", Integers{2, 3}}, {"pads", Integers{0, 1, 1, 2}}, {"output_padding", Integers{1, 2}}});
  one_node(root, "conv_transpose_dilation", "ConvTranspose", {kBatch, 2, 5, 4}, {w({2, 2, 3, 2})},
           {{"dilations", Integers{2, 3}}, {"pads", Integers{1, 2, 0, 1}}});
  one_node(root, "conv_transpose_groups", "ConvTranspose", {kBatch, 4, 3, 5}, {w({4, 3, 3, 3}), b(6)},
           {{"group", std::int64_t{2}}, {"strides", Integers{2, 2}}});
  one_node(root, "conv_transpose_3d", "ConvTranspose", {kBatch, 2, 3, 4, 2}, {w({2, 3, 3, 2, 5}), b(3)},
           {{"strides", Integers{2, 1, 3}}, {"pads", Integers{1, 0, 1, 0, 1, 2}}});
}

void dense(const std::filesystem::path& root) {
  const auto n = [](const Shape& shape) { return normal_tensor(shape, 14, 0.3); };
  one_node(root, "gemm", "Gemm", {kBatch, 17}, {n({17, 9}), n({9})});
  one_node(root, "gemm_transposed", "Gemm", {kBatch, 17}, {n({9, 17}), n({1, 9})},
           {{"transB", std::int64_t{1}}, {"alpha", 0.5F}, {"beta", -2.0F}});
  one_node(root, "gemm_scalar_bias", "Gemm", {kBatch, 5}, {n({5, 4}), n({1})});
  one_node(root, "gemm_without_bias", "Gemm", {kBatch, 200}, {n({200, 125})});
  one_node(root, "matmul", "MatMul", {kBatch, 6, 11}, {n({11, 3})});
}

void elementwise(const std::filesystem::path& root) {
  const Shape image{kBatch, 3, 4, 5};
  const auto n = [](const Shape& shape) { return normal_tensor(shape, 15); };
  one_node(root, "leaky_relu", "LeakyRelu", image, {}, {{"alpha", 0.3F}});
  one_node(root, "leaky_relu_default", "LeakyRelu", image, {});
  one_node(root, "relu", "Relu", image, {});
  one_node(root, "batch_normalization", "BatchNormalization", image,
           {n({3}), n({3}), n({3}), normal_tensor({3}, 16, 0.1, 1)}, {{"epsilon", 1e-3F}});
  one_node(root, "batch_normalization_2d", "BatchNormalization", {kBatch, 6},
           {n({6}), n({6}), n({6}), normal_tensor({6}, 16, 0.1, 1)});
  one_node(root, "mul_channels", "Mul", image, {n({3, 1, 1})});
  one_node(root, "mul_row", "Mul", {kBatch, 7, 4}, {n({4})});
  one_node(root, "add_scalar", "Add", image, {n({})});
  one_node(root, "add_row", "Add", image, {n({1, 1, 4, 1})});
  one_node(root, "identity", "Identity", image, {});
  one_node(root, "dropout", "Dropout", image, {});

  GraphMaker square;
  const auto x = square.input("x", image);
  const auto energy = square.node("Reshape", {square.input("energy", {kBatch, 1}), square.shape("s", {-1, 1, 1, 1})});
  const auto out = square.node("Mul", {square.node("Mul", {x, x}), energy});
  write_reference_case(root, "two_inputs", square.finish({out}),
                       {{"x", n(with_batch(image))}, {"energy", normal_tensor({kShowers, 1}, 17, 1, 3)}});
}

void layout(const std::filesystem::path& root) {
  const Shape image{kBatch, 3, 4, 5};
  one_node(root, "transpose", "Transpose", image, {}, {{"perm", Integers{0, 3, 1, 2}}});
  const auto shape = [](const Integers& sizes) {
    return model::make_tensor(DataType::kInt64, {static_cast<std::int64_t>(sizes.size())},
                              std::span<const std::int64_t>(sizes));
  };
  one_node(root, "reshape_rest", "Reshape", image, {shape({-1, 12, 5})});
  one_node(root, "reshape_copy", "Reshape", image, {shape({0, 0, -1})});
  for (const std::int64_t axis : {1, 2, -1}) {
    GraphMaker maker;
    Shape other = image;
    other[static_cast<std::size_t>(axis < 0 ? axis + 4 : axis)] = 7;
    const auto a = maker.input("a", image);
    const auto b = maker.input("b", other);
    const auto out = maker.node("Concat", {a, b, a}, {{"axis", axis}});
    write_reference_case(root, "concat_" + std::to_string(axis), maker.finish({out}),
                         {{"a", normal_tensor(with_batch(image), 18)}, {"b", normal_tensor(with_batch(other), 19)}});
  }
}

/// Resize and Pad under the conventions of several exporters, whole and broken factors.
void index_maps(const std::filesystem::path& root) {
  const Shape image{kBatch, 3, 2, 5, 4};
  const auto scales = [](std::vector<float> numbers) {
    return model::make_tensor({static_cast<std::int64_t>(numbers.size())}, numbers);
  };
  const auto resize = [&](const std::string& name, const model::Tensor& factors, const Attributes& attributes) {
    GraphMaker maker;
    const auto out = maker.node("Resize", {maker.input("x", image), "", maker.constant("s", factors)}, attributes);
    write_reference_case(root, "resize_" + name, maker.finish({out}), {{"x", normal_tensor(with_batch(image), 20)}},
                         {.relative = 0});
  };
  for (const char* mode : {"asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"})
    for (const char* rounding : {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"}) {
      const Attributes attributes{{"coordinate_transformation_mode", std::string(mode)},
                                  {"nearest_mode", std::string(rounding)},
                                  {"mode", std::string("nearest")}};
      resize(std::string(mode) + "_" + rounding, scales({1, 1, 2, 2, 3}), attributes);
      resize(std::string(mode) + "_" + rounding + "_odd", scales({1, 1, 2.6F, 0.7F, 1.3F}), attributes);
    }
  resize("defaults", scales({1, 1, 2, 2, 3}), {});
  const auto integers = [](const Integers& numbers) {
    return model::make_tensor(DataType::kInt64, {static_cast<std::int64_t>(numbers.size())},
                              std::span<const std::int64_t>(numbers));
  };
  one_node(root, "pad", "Pad", image, {integers({0, 0, 2, 0, 1, 0, 0, 0, 3, 1})});
  one_node(root, "pad_value", "Pad", image, {integers({0, 1, 2, 0, 0, 0, 0, 0, 3, 1}), model::make_tensor({}, {1.5F})},
           {{"mode", std::string("constant")}});
  one_node(root, "pad_crop", "Pad", image, {integers({0, -1, 1, 0, -2, 0, 0, -1, 2, 1})});
}

/// x to another type and back to float32, so that the bits of the other type are seen exactly.
void casts(const std::filesystem::path& root) {
  std::vector<float> numbers{0.0F,    -0.0F,    1.0F,     -2.5F,    0.1F,        65504.0F,    65519.0F,
                             6.1e-5F, 5.9e-8F,  2.98e-8F, 3e-8F,    1.0005F,     1.00048828F, 2049.0F,
                             2051.0F, -4099.0F, 1e-6F,    -3.3e-7F, 1.00390625F, 1.01171875F, 100.7F,
                             -100.7F, 126.99F,  3.5F,     -0.99F};
  const auto x = model::make_tensor({static_cast<std::int64_t>(numbers.size()), 1}, numbers);
  const std::pair<const char*, std::int64_t> types[] = {{"float16", 10}, {"bfloat16", 16}};
  for (const auto& [name, type] : types) {
    GraphMaker maker;
    const auto narrow = maker.node("Cast", {maker.input("x", {kBatch, 1})}, {{"to", type}});
    const auto out = maker.node("Cast", {narrow}, {{"to", std::int64_t{1}}});
    // Not from the file: reading it takes the casts away.
    const auto graph = maker.finish({out});
    write_case(root, std::string("cast_") + name, graph, {{"x", x}}, model::reference::evaluate(graph, {{"x", x}}),
               {.relative = 0});
  }
  const std::vector<float> within{0.0F, 1.9F, -1.9F, 100.5F, -100.5F, 127.0F, -0.5F};
  const auto small = model::make_tensor({7, 1}, within);
  const std::pair<const char*, std::int64_t> integers[] = {{"int8", 3}, {"int32", 6}, {"int64", 7}};
  for (const auto& [name, type] : integers) {
    GraphMaker maker;
    const auto out = maker.node("Cast", {maker.input("x", {kBatch, 1})}, {{"to", type}});
    write_reference_case(root, std::string("cast_") + name, maker.finish({out}), {{"x", small}}, {.relative = 0});
  }
}

}  // namespace

void write_float_cases(const std::filesystem::path& root) {
  convolutions(root);
  dense(root);
  elementwise(root);
  layout(root);
  index_maps(root);
  casts(root);
}

}  // namespace octocal::testing
