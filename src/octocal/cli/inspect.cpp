// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kExamples =
    "  octocal inspect models/generator.onnx\n"
    "  octocal inspect models/generator-int8.onnx --json model.json\n"
    "  octocal inspect --metadata octocal.training models/generator.onnx   (one entry, whole)";

struct Settings {
  std::string model;
  std::string metadata;
  std::string json;
};

/// All that is told of a model: the table and the JSON both come from it.
struct Inspection {
  std::string file;
  std::uintmax_t file_bytes = 0;
  std::string file_hash;
  std::string graph_hash;
  model::Graph graph;
  model::ModelSummary summary;
};

Inspection inspect(const std::string& file) {
  Inspection found;
  found.file = file;
  found.graph = model::read_onnx(file);
  found.file_bytes = std::filesystem::file_size(file);
  found.file_hash = hash_file(file);
  found.graph_hash = model::graph_hash(found.graph);
  found.summary = model::summarize(found.graph, file);
  return found;
}

nlohmann::json to_json(const std::vector<model::Value>& values) {
  auto list = nlohmann::json::array();
  for (const auto& value : values) {
    auto shape = nlohmann::json::array();
    for (const auto size : value.shape)
      shape.push_back(size == model::kBatch ? nlohmann::json("N") : nlohmann::json(size));
    list.push_back({{"name", value.name}, {"type", name_of(value.type)}, {"shape", shape}});
  }
  return list;
}

nlohmann::json to_json(const Inspection& found) {
  auto layers = nlohmann::json::array();
  for (const auto& layer : found.summary.layers) {
    auto shape = to_json(std::vector<model::Value>{{"", model::DataType::kFloat32, layer.output}})[0]["shape"];
    layers.push_back({{"layer", layer.name},
                      {"ops", layer.ops},
                      {"output_shape", shape},
                      {"parameters", layer.parameters},
                      {"statistics", layer.statistics},
                      {"macs", layer.macs},
                      {"precision", layer.precision},
                      {"input_type", layer.input_type},
                      {"weight_type", layer.weight_type},
                      {"output_type", layer.output_type}});
  }
  return {{"file", found.file},
          {"file_bytes", found.file_bytes},
          {"file_hash", found.file_hash},
          {"graph_hash", found.graph_hash},
          {"name", found.graph.name},
          {"opset", found.graph.opset},
          {"inputs", to_json(found.graph.inputs)},
          {"outputs", to_json(found.graph.outputs)},
          {"layers", layers},
          {"parameters", found.summary.parameters},
          {"statistics", found.summary.statistics},
          {"macs", found.summary.macs},
          {"precision", found.summary.precision},
          {"metadata", found.graph.metadata}};
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

/// Metadata can hold pages of JSON: the table shows the beginning, --metadata and --json all of it.
std::string shortened(std::string text) {
  constexpr std::size_t kMost = 100;
  for (char& letter : text) {
    if (letter == '\n' || letter == '\r' || letter == '\t') letter = ' ';
  }
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;  // not inside a letter
  return text.substr(0, end) + "...";
}

std::string to_table(const Inspection& found) {
  std::string text = fmt::format("{}: {} ({:.2f} MB), ONNX opset {}\n\n", found.file, found.graph.name,
                                 static_cast<double>(found.file_bytes) / 1e6, found.graph.opset);
  for (const auto& value : found.graph.inputs) {
    text +=
        fmt::format("  input              {} {} {}\n", value.name, model::to_string(value.shape), name_of(value.type));
  }
  for (const auto& value : found.graph.outputs) {
    text +=
        fmt::format("  output             {} {} {}\n", value.name, model::to_string(value.shape), name_of(value.type));
  }
  text += fmt::format("  graph hash         {}\n  file hash          {}\n\n", found.graph_hash, found.file_hash);

  std::size_t width = 5;
  for (const auto& layer : found.summary.layers) width = std::max(width, layer.name.size());
  const auto row = [&](const auto& name, const auto& shape, const auto& parameters, const auto& macs,
                       const auto& precision, const auto& types, const auto& ops) {
    text += fmt::format("  {:<{}}  {:<18}{:>11}{:>11}  {:<16}{:<30}{}\n", name, width, shape, parameters, macs,
                        precision, types, ops);
  };
  row("layer", "output", "parameters", "MMAC", "precision", "in > out (weights)", "ops");
  for (const auto& layer : found.summary.layers) {
    std::string types = layer.input_type + " > " + layer.output_type;
    if (!layer.weight_type.empty()) types += " (" + layer.weight_type + ")";
    row(layer.name, model::to_string(layer.output), layer.parameters > 0 ? grouped(layer.parameters) : "",
        layer.macs > 0 ? fmt::format("{:.2f}", static_cast<double>(layer.macs) / 1e6) : "",
        layer.precision.empty() ? "-" : layer.precision, types, layer.ops);
  }
  row("total", "", grouped(found.summary.parameters),
      fmt::format("{:.2f}", static_cast<double>(found.summary.macs) / 1e6), found.summary.precision, "", "");
  text +=
      fmt::format("  MMAC: million multiply-accumulates a shower. Besides the parameters: {} batch norm statistics.\n",
                  grouped(found.summary.statistics));

  text += found.graph.metadata.empty() ? "\n  no metadata\n" : "\n";
  std::size_t key_width = 17;
  for (const auto& [key, value] : found.graph.metadata) key_width = std::max(key_width, key.size());
  for (const auto& [key, value] : found.graph.metadata) {
    text += fmt::format("  {:<{}}  {}\n", key, key_width, shortened(value));
  }
  return text;
}

void run(const Settings& settings) {
  const Inspection found = inspect(settings.model);
  if (!settings.metadata.empty()) {
    const auto entry = found.graph.metadata.find(settings.metadata);
    if (entry == found.graph.metadata.end()) {
      throw bad_input(fmt::format("{}: has no metadata {}; octocal inspect {} lists what it has", settings.model,
                                  settings.metadata, settings.model));
    }
    write_json(settings.json, to_json(found));
    fmt::print("{}\n", entry->second);
    return;
  }
  write_json(settings.json, to_json(found));
  fmt::print("{}", to_table(found));
}

std::function<void()> define(App& app) {
  auto settings = std::make_shared<Settings>();
  add_model(app, "MODEL", settings->model, "ONNX file of a generator")->required();
  app.add_option("--metadata", settings->metadata, "Print this metadata entry alone, whole")->type_name("KEY");
  add_json(app, settings->json);
  return [settings] { run(*settings); };
}

const Verb verb({"inspect", "tell what is in a model: layers, parameters, precision, metadata", kExamples, define});

}  // namespace
}  // namespace octocal::cli
