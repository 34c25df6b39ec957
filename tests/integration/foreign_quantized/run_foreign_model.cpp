// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/study/layers_json.hpp"

namespace octocal {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, model::Tensor>;

/// NAME.f32 in the folder for every input of the graph: float32 numbers, for as many showers in each.
Tensors read_inputs(const model::Graph& graph, const fs::path& folder) {
  Tensors inputs;
  for (const auto& input : graph.inputs) {
    const std::string bytes = read_text_file(folder / (input.name + ".f32"));
    model::Tensor tensor{model::DataType::kFloat32, input.shape, std::vector<std::byte>(bytes.size())};
    std::memcpy(tensor.bytes.data(), bytes.data(), bytes.size());
    const auto numbers = model::elements({input.shape.begin() + 1, input.shape.end()});
    tensor.shape[0] = static_cast<std::int64_t>(bytes.size() / sizeof(float) / numbers);
    inputs[input.name] = std::move(tensor);
  }
  return inputs;
}

void write_numbers(std::span<const float> numbers, const fs::path& file) {
  write_text_file(file, std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()));
}

void run_engine(const model::Graph& graph, const Tensors& inputs, const fs::path& folder, const std::string& tag) {
  const auto showers = static_cast<std::size_t>(inputs.begin()->second.shape[0]);
  const auto program = engine::Program::compile(graph, {.max_batch = showers});
  engine::Stream stream(program);
  std::vector<std::span<const float>> sources;
  for (const auto& input : graph.inputs) sources.push_back(inputs.at(input.name).as<float>());
  std::vector<std::vector<float>> outputs;
  for (const auto& output : graph.outputs)
    outputs.emplace_back(showers * model::elements({output.shape.begin() + 1, output.shape.end()}));
  const std::vector<std::span<float>> targets(outputs.begin(), outputs.end());
  stream.run(showers, sources, targets);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    write_numbers(outputs[i], folder / fmt::format("{}.{}.f32", graph.outputs[i].name, tag));

  write_text_file(folder / fmt::format("layers.{}.json", tag), study::layers_json(program->layers()).dump(1));
}

void run_reference(const model::Graph& graph, const Tensors& inputs, const fs::path& folder) {
  for (const auto& [name, tensor] : model::reference::evaluate(graph, inputs))
    write_numbers(tensor.as<float>(), folder / (name + ".reference.f32"));
  auto layers = nlohmann::json::array();
  for (const auto& layer : model::summarize(graph, "model").layers)
    layers.push_back({{"layer", layer.name}, {"ops", layer.ops}, {"precision", layer.precision}});
  write_text_file(folder / "summary.json", layers.dump(1));
}

}  // namespace
}  // namespace octocal

// usage: run_foreign_model MODEL FOLDER TAG...   reads FOLDER/INPUT.f32, writes FOLDER/OUTPUT.TAG.f32 and
// FOLDER/layers.TAG.json by the engine, or FOLDER/OUTPUT.reference.f32 and FOLDER/summary.json if TAG is "reference".
int main(int count, char** arguments) {
  try {
    if (count < 4) throw octocal::bad_input("usage: run_foreign_model MODEL FOLDER TAG...");
    const auto graph = octocal::model::read_onnx(arguments[1]);
    const auto inputs = octocal::read_inputs(graph, arguments[2]);
    for (int i = 3; i < count; ++i) {
      if (std::string(arguments[i]) == "reference") {
        octocal::run_reference(graph, inputs, arguments[2]);
      } else {
        octocal::run_engine(graph, inputs, arguments[2], arguments[i]);
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "run_foreign_model: %s\n", error.what());
    return 1;
  }
  return 0;
}
