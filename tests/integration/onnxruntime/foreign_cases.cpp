// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "integration/onnxruntime/cases.hpp"
#include "octocal/base/error.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"

namespace octocal::testing {
namespace {

constexpr std::size_t kShowers = 3;

/// Outputs of the engine, by name.
Tensors run_engine(const model::Graph& graph, const Tensors& inputs, std::size_t showers) {
  engine::Stream stream(engine::Program::compile(graph));
  std::vector<std::span<const float>> in;
  for (const auto& input : graph.inputs) in.push_back(inputs.at(input.name).as<float>());
  Tensors outputs;
  std::vector<std::span<float>> out;
  for (const auto& value : graph.outputs) {
    auto shape = value.shape;
    shape.at(0) = static_cast<std::int64_t>(showers);
    auto& tensor = outputs[value.name];
    tensor = model::make_tensor(shape, std::vector<float>(model::elements(shape)));
    out.push_back(tensor.as<float>());
  }
  stream.run(showers, in, out);
  return outputs;
}

/// Throws unless two results agree but for float32 rounding, relative to the size of their numbers.
void expect_same(const std::string& name, const model::Tensor& ours, const model::Tensor& reference) {
  const auto a = ours.as<float>();
  const auto b = reference.as<float>();
  double squares = 0;
  for (const float x : b) squares += static_cast<double>(x) * static_cast<double>(x);
  const double size = std::sqrt(squares / static_cast<double>(std::max<std::size_t>(b.size(), 1)));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (a.size() != b.size() || !(difference <= 1e-5 * std::max(size, std::abs(static_cast<double>(b[i])))))
      throw run_failed(
          fmt::format("{}: the engine gives {} at {}, the reference {}; look into the op", name, a[i], i, b[i]));
  }
}

void write_foreign_case(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  const auto graph = model::read_onnx(folder / "model.onnx");
  // What is read is written as opset 13 and read back as the same.
  const auto bytes = model::serialize_onnx(graph);
  if (model::serialize_onnx(model::parse_onnx(bytes, name)) != bytes)
    throw run_failed(fmt::format("{}: written and read again it is another graph; look into the reader", name));
  // A file that fixes the batch at 1 is run so.
  const std::size_t showers = name.starts_with("one-shower") ? 1 : kShowers;
  Tensors inputs;
  for (const auto& input : graph.inputs) {
    auto shape = input.shape;
    shape.at(0) = static_cast<std::int64_t>(showers);
    inputs[input.name] = normal_tensor(shape, 91);
  }
  const auto outputs = run_engine(graph, inputs, showers);
  const auto reference = model::reference::evaluate(graph, inputs);
  std::filesystem::create_directories(folder / "inputs");
  std::filesystem::create_directories(folder / "expected");
  for (const auto& [value, tensor] : inputs) write_npy(tensor, npy_path(folder / "inputs", value));
  for (const auto& [value, tensor] : outputs) {
    expect_same(name, tensor, reference.at(value));
    write_npy(tensor, npy_path(folder / "expected", value));
  }
}

}  // namespace

void write_foreign_cases(const std::filesystem::path& root) {
  std::set<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(root)) folders.insert(entry.path());
  std::size_t refused = 0;
  for (const auto& folder : folders) {
    try {
      write_foreign_case(folder);
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ++refused;
    }
  }
  if (refused > 0) throw run_failed(fmt::format("{} of {} models failed; see above", refused, folders.size()));
}

}  // namespace octocal::testing
