// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/base/text_table.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/model/folded_layers.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/model_verdicts.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kInspectExamples =
    "  octocal inspect models/generator.onnx\n"
    "  octocal inspect models/generator-int8.onnx --json model.json\n"
    "  octocal inspect --metadata octocal.training models/generator.onnx   (one entry, whole)";

struct InspectSettings {
  std::string model;
  std::string metadata;
  bool every_layer = false;
  std::string json;
};

/// All that is told of a model: the table and the JSON both come from it.
struct Inspection {
  std::string file;
  std::uintmax_t file_bytes = 0;
  std::string file_hash;
  std::string graph_hash;
  model::Graph graph;
  model::OnnxSource source;
  model::ModelSummary summary;
  std::vector<study::ModelVerdict> verdicts;
};

Inspection inspect(const std::string& file) {
  Inspection found;
  found.file = file;
  found.graph = model::read_onnx(file, &found.source);
  found.file_bytes = std::filesystem::file_size(file);
  found.file_hash = hash_file(file);
  found.graph_hash = model::graph_hash(found.graph);
  found.summary = model::summarize(found.graph, file);
  found.verdicts = study::judge_model(found.graph, file);
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

/// Why tune gave each layer its precision; nothing where it did not.
std::map<std::string, std::string> reasons_of(const model::Graph& graph) {
  const auto entry = graph.metadata.find("octocal.precision_reasons");
  std::map<std::string, std::string> reasons;
  if (entry == graph.metadata.end()) return reasons;
  const auto json = nlohmann::json::parse(entry->second, nullptr, false);
  if (!json.is_object()) return reasons;
  for (const auto& [layer, reason] : json.items())
    if (reason.is_string()) reasons[layer] = reason.get<std::string>();
  return reasons;
}

nlohmann::json to_json(const Inspection& found) {
  const auto reasons = reasons_of(found.graph);
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
    if (const auto reason = reasons.find(layer.name); reason != reasons.end()) layers.back()["reason"] = reason->second;
  }
  auto verdicts = nlohmann::json::array();
  for (const auto& verdict : found.verdicts)
    verdicts.push_back({{"verbs", verdict.verbs}, {"refusal", verdict.refusal}});
  return {{"file", found.file},
          {"data_files", found.source.data_files},
          {"producer", found.source.producer},
          {"verdicts", verdicts},
          {"file_bytes", found.file_bytes},
          {"file_hash", found.file_hash},
          {"graph_hash", found.graph_hash},
          {"name", found.graph.name},
          {"opset", found.source.opset},
          {"inputs", to_json(found.graph.inputs)},
          {"outputs", to_json(found.graph.outputs)},
          {"layers", layers},
          {"parameters", found.summary.parameters},
          {"statistics", found.summary.statistics},
          {"macs", found.summary.macs},
          {"precision", found.summary.precision},
          {"metadata", found.graph.metadata}};
}

/// Metadata can hold pages of JSON: the table shows the beginning, --metadata and --json all of it.
constexpr std::size_t kMostOfMetadata = 100;

std::string types_of(const model::LayerSummary& first, const model::LayerSummary& last) {
  const auto types = first.input_type + " > " + last.output_type;
  return first.weight_type.empty() || &first != &last ? types : fmt::format("{} ({})", types, first.weight_type);
}

std::string layer_table(const model::ModelSummary& summary, bool every) {
  std::vector<std::string> names;
  std::vector<std::uint64_t> macs;
  for (const auto& layer : summary.layers) {
    names.push_back(layer.name);
    macs.push_back(layer.macs);
  }
  TextTable table({{"layer", true},
                   {"output", true},
                   {"parameters"},
                   {"MMAC"},
                   {"precision", true},
                   {"in > out (weights)", true},
                   {"ops", true}},
                  "  ");
  const auto millions = [](std::uint64_t number) { return fmt::format("{:.2f}", static_cast<double>(number) / 1e6); };
  for (const auto& line : model::fold_layers(names, macs, every)) {
    const auto& first = summary.layers[line.first];
    const auto& last = summary.layers[line.first + line.count - 1];
    std::uint64_t parameters = 0, work = 0;
    std::set<std::string> precisions;
    for (std::size_t i = line.first; i < line.first + line.count; ++i) {
      parameters += summary.layers[i].parameters;
      work += macs[i];
      if (!summary.layers[i].precision.empty()) precisions.insert(summary.layers[i].precision);
    }
    table.add({line.name, model::to_string(last.output), parameters > 0 ? grouped(parameters) : "",
               work > 0 ? millions(work) : "", precisions.empty() ? "-" : fmt::format("{}", fmt::join(precisions, "+")),
               types_of(first, last), line.count > 1 ? fmt::format("{} layers", line.count) : first.ops});
  }
  table.add({"total", "", grouped(summary.parameters), millions(summary.macs), summary.precision});
  return table.text();
}

std::string to_table(const Inspection& found, bool every) {
  std::string text =
      fmt::format("{}: {} ({:.2f} MB), ONNX opset {}{}\n", found.file, found.graph.name,
                  static_cast<double>(found.file_bytes) / 1e6, found.source.opset,
                  found.source.producer.empty() ? "" : fmt::format(", written by {}", found.source.producer));
  for (const auto& file : found.source.data_files) text += fmt::format("  weights in         {}\n", file);
  text += "\n";
  for (const auto& value : found.graph.inputs) {
    text +=
        fmt::format("  input              {} {} {}\n", value.name, model::to_string(value.shape), name_of(value.type));
  }
  for (const auto& value : found.graph.outputs) {
    text +=
        fmt::format("  output             {} {} {}\n", value.name, model::to_string(value.shape), name_of(value.type));
  }
  text += fmt::format("  graph hash         {}\n  file hash          {}\n\n", found.graph_hash, found.file_hash);

  text += layer_table(found.summary, every);
  text +=
      fmt::format("  MMAC: million multiply-accumulates a shower. Besides the parameters: {} batch norm statistics.\n",
                  grouped(found.summary.statistics));

  const auto reasons = reasons_of(found.graph);
  if (!reasons.empty()) {
    text += "\n  why each layer has its precision, as tune found:\n";
    for (const auto& layer : found.summary.layers)
      if (const auto reason = reasons.find(layer.name); reason != reasons.end())
        text += fmt::format("  {}: {}, {}\n", layer.name, layer.precision, reason->second);
  }
  text += "\n";
  for (const auto& verdict : found.verdicts)
    text += fmt::format("  {}: {}\n", verdict.verbs, verdict.refusal.empty() ? "yes" : "no: " + verdict.refusal);

  text += found.graph.metadata.empty() ? "\n  no metadata\n" : "\n";
  std::size_t key_width = 17;
  for (const auto& [key, value] : found.graph.metadata) key_width = std::max(key_width, key.size());
  for (const auto& [key, value] : found.graph.metadata) {
    text += fmt::format("  {:<{}}  {}\n", key, key_width, shortened(value, kMostOfMetadata));
  }
  return text;
}

void run(const InspectSettings& settings) {
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
  fmt::print("{}", to_table(found, settings.every_layer));
}

std::function<void()> define_inspect(App& app) {
  auto settings = std::make_shared<InspectSettings>();
  add_model(app, "MODEL", settings->model, "ONNX file of a generator")->required();
  app.add_option("--metadata", settings->metadata, "Print this metadata entry alone, whole")->type_name("KEY");
  app.add_flag("--all", settings->every_layer, "Every layer on a line of its own, small ones, too (always in --json)");
  add_json(app, settings->json);
  return [settings] { run(*settings); };
}

const Verb inspect_verb({"inspect", "tell what is in a model: layers, parameters, precision, metadata",
                         kInspectExamples, define_inspect});

}  // namespace
}  // namespace octocal::cli
