// SPDX-License-Identifier: Apache-2.0
#include "integration/onnxruntime/case_writer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/random.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"

namespace octocal::testing {
using model::DataType;

std::filesystem::path npy_path(const std::filesystem::path& folder, std::string value) {
  for (auto at = value.find('/'); at != std::string::npos; at = value.find('/', at)) value.replace(at, 1, "%2F");
  return folder / (value + ".npy");
}

namespace {

const char* numpy_type(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return "<f4";
    case DataType::kFloat16:
      return "<f2";
    case DataType::kInt8:
      return "|i1";
    case DataType::kUint8:
      return "|u1";
    case DataType::kInt16:
      return "<i2";
    case DataType::kUint16:
      return "<u2";
    case DataType::kInt32:
      return "<i4";
    case DataType::kInt64:
      return "<i8";
    case DataType::kBool:
      return "|b1";
    case DataType::kBfloat16:
      break;
  }
  throw run_failed("NumPy has no bfloat16; cast the output to float32");
}

}  // namespace

void write_npy(const model::Tensor& tensor, const std::filesystem::path& file) {
  std::string shape;
  for (const auto size : tensor.shape) shape += fmt::format("{},", size);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", numpy_type(tensor.type), shape);
  // Magic, version and length take 10 bytes; the whole is padded to a multiple of 64 and ends in a newline.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  write_text_file(file, bytes);
}

void write_case(const std::filesystem::path& root, const std::string& name, const model::Graph& graph,
                const Tensors& inputs, const Tensors& expected, const Tolerance& tolerance) {
  const auto folder = root / name;
  std::filesystem::create_directories(folder / "inputs");
  std::filesystem::create_directories(folder / "expected");
  model::write_onnx(graph, folder / "model.onnx");
  for (const auto& [value, tensor] : inputs) write_npy(tensor, npy_path(folder / "inputs", value));
  for (const auto& [value, tensor] : expected) write_npy(tensor, npy_path(folder / "expected", value));
  write_text_file(folder / "tolerance.json",
                  fmt::format("{{\"relative\": {}, \"step\": {}, \"differing_cells\": {}, \"optimize\": {}}}\n",
                              tolerance.relative, tolerance.step, tolerance.differing_cells, tolerance.optimize));
}

Tensors write_reference_case(const std::filesystem::path& root, const std::string& name, const model::Graph& graph,
                             const Tensors& inputs, const Tolerance& tolerance) {
  // What ONNX Runtime reads is the file: the reference evaluates what comes back from it.
  const model::Graph from_file = model::parse_onnx(model::serialize_onnx(graph), name);
  auto expected = model::reference::evaluate(from_file, inputs);
  write_case(root, name, graph, inputs, expected, tolerance);
  return expected;
}

model::Tensor normal_tensor(const model::Shape& shape, std::uint64_t seed, double width, double centre) {
  std::vector<float> numbers(model::elements(shape));
  normals(seed, Draw::kPhysics, 0, numbers);
  for (float& x : numbers) x = static_cast<float>(centre + width * static_cast<double>(x));
  return model::make_tensor(shape, numbers);
}

model::Tensor uniform_tensor(DataType type, const model::Shape& shape, std::uint64_t seed, int low, int high) {
  std::vector<std::uint8_t> bytes(model::elements(shape));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const double u = uniform01(seed, Draw::kPhysics, 1, static_cast<std::uint32_t>(i));
    bytes[i] = static_cast<std::uint8_t>(low + static_cast<int>(std::floor(u * (high - low + 1))));
  }
  return model::make_tensor(type, shape, std::span<const std::uint8_t>(bytes));
}

}  // namespace octocal::testing
