// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "integration/onnxruntime/case_writer.hpp"
#include "octocal/base/error.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/model/float_storage.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/quant/integer_form.hpp"
#include "octocal/quant/quantizer.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal {
namespace {

using testing::Tensors;

constexpr std::size_t kShowers = 4;

model::GeneratorInfo paper_info() {
  model::GeneratorInfo info;
  info.latent = model::LatentConvention::kSphere;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  info.latent_size = 200;
  info.has_energy_input = true;
  return info;
}

/// The paper's generator with random weights: showers of noise, which use every layer's range more evenly than real
/// ones.
model::Graph float32_generator() {
  const model::GeneratorSpec spec;
  return model::build_generator(spec, model::random_generator_parameters(spec, 5));
}

model::Graph quantized_generator(const model::Graph& float32, const quant::QuantizeOptions& options = {},
                                 const std::vector<std::string>& keep_float32 = {},
                                 model::Precision precision = model::Precision::kInt8) {
  const auto info = paper_info();
  auto showers = quant::make_inputs(info, quant::uniform_energies(info, 16, 1), 1);
  const quant::Quantizer quantizer(float32, std::move(showers), options, quant::engine_backend(), "random generator");
  return quantizer.build(quantizer.plan(precision, quant::match_layers(quantizer.layer_names(), keep_float32))).graph;
}

Tensors shower_inputs() {
  const auto info = paper_info();
  const auto showers = quant::make_inputs(info, quant::uniform_energies(info, kShowers, 2), 2);
  const auto n = static_cast<std::int64_t>(kShowers);
  return {{"latent", model::make_tensor({n, 200}, showers.latents)},
          {"energy", model::make_tensor({n, 1}, showers.energy_gev)}};
}

/// What the engine makes of a graph.
Tensors run_engine(const model::Graph& graph, const Tensors& inputs) {
  engine::Stream stream(engine::Program::compile(graph, {.max_batch = kShowers}));
  std::vector<std::span<const float>> sources;
  for (const auto& input : graph.inputs) sources.push_back(inputs.at(input.name).as<float>());
  Tensors outputs;
  std::vector<std::span<float>> targets;
  for (const auto& output : graph.outputs) {
    auto shape = output.shape;
    shape.front() = static_cast<std::int64_t>(kShowers);
    outputs[output.name] = model::make_tensor(shape, std::vector<float>(model::elements(shape)));
    targets.push_back(outputs[output.name].as<float>());
  }
  stream.run(kShowers, sources, targets);
  return outputs;
}

/// The part of a quantized graph from the given values, which become its inputs, to `output`.
model::Graph part_between(model::Graph graph, const std::vector<std::string>& from, const std::string& output) {
  const auto values = model::infer_shapes(graph, "quantized generator");
  std::erase_if(graph.nodes, [&](const auto& node) {
    return std::find(from.begin(), from.end(), node.outputs.front()) != from.end();
  });
  for (const auto& value : from) graph.inputs.push_back(values.at(value));
  return quant::cut_graph(graph, {output}, "quantized generator");
}

/// What the name of a value that a pair has passed ends with.
std::string suffix_of(model::Precision precision) {
  if (model::is_16_bit_float(precision)) return std::string(".from_") + model::name_of(precision);
  return precision == model::Precision::kInt8 ? ".dequantized" : ".dequantized16";
}

/// One step of what the output is stored in, for the few values that are ties for one side alone.
testing::Tolerance tolerance_of(model::Precision precision, const model::Graph& part, const std::string& output,
                                const model::Tensor& expected) {
  testing::Tolerance tolerance;
  const auto numbers = expected.as<float>();
  std::size_t ties = 10000;  // of so many values one
  if (model::is_16_bit_float(precision)) {
    double largest = 0;
    for (const float x : numbers) largest = std::max(largest, std::abs(static_cast<double>(x)));
    tolerance.step = largest * (precision == model::Precision::kBfloat16 ? 0x1p-7 : 0x1p-10);
    // A step of float16 is an eighth of bfloat16's, the error of a float32 sum the same.
    ties = precision == model::Precision::kBfloat16 ? 1000 : 200;
  } else {
    const bool wide = precision != model::Precision::kInt8;
    const auto* dequantize = part.producer(output);
    tolerance.step = (wide ? 1.004 : 1.001) * static_cast<double>(part.constant(dequantize->inputs[1])->as<float>()[0]);
    // ONNX Runtime's float32 sums are off by some thousandths of a 16-bit step: as many values are ties for one alone.
    if (wide) ties = 200;
  }
  tolerance.differing_cells = static_cast<std::int64_t>(numbers.size() / ties + 1);
  return tolerance;
}

/// Each kind of layer by itself, fed what it sees in the whole network: one branch has all of them but the last one.
/// Both sides get the same 8-bit numbers. Octocal sums them exactly, ONNX Runtime in float32, with an error of some
/// 1e-7 of the range or 3e-5 of a step; so one value in some ten thousand is a tie for one and not for the other, and
/// falls to the neighbouring step.
void write_layers(const std::filesystem::path& root, model::Precision precision) {
  const auto float32 = float32_generator();
  const auto structure = quant::find_structure(float32, "random generator");
  const auto quantized = quantized_generator(float32, {}, {}, precision);
  const auto passed = suffix_of(precision);
  std::vector<std::string> seen;
  for (const auto& site : structure.sites)
    for (const auto& value : site.values) seen.push_back(value + passed);
  const auto values = run_engine(quant::cut_graph(quantized, seen, "quantized generator"), shower_inputs());

  for (const auto& layer : structure.layers) {
    if (!layer.name.starts_with("branch1/") && layer.feeds_layer) continue;
    Tensors inputs;
    for (const auto& source : layer.sources) inputs[source] = values.at(source + passed);
    const auto output = layer.feeds_layer ? layer.output + passed : layer.output;
    const auto part = part_between(quantized, layer.sources, output);
    const auto expected = run_engine(part, inputs);
    testing::Tolerance tolerance;
    if (layer.feeds_layer) tolerance = tolerance_of(precision, part, output, expected.at(output));
    std::string name = std::string(model::name_of(precision)) + "_" + layer.name;
    std::replace(name.begin(), name.end(), '/', '_');
    testing::write_case(root, name, part, inputs, expected, tolerance);
  }
}

/// Whole showers in float32, in int8, and with the other schemes and some layers in float32; all from the same latents.
void write_showers(const std::filesystem::path& root) {
  const auto float32 = float32_generator();
  const auto inputs = shower_inputs();
  testing::write_case(root, "float32", float32, inputs, run_engine(float32, inputs), {});
  const auto quantized = quantized_generator(float32);
  testing::write_case(root, "int8", quantized, inputs, run_engine(quantized, inputs), {});
  for (const auto precision : {model::Precision::kInt16x8, model::Precision::kInt16x12, model::Precision::kBfloat16,
                               model::Precision::kFloat16}) {
    const auto finer = quantized_generator(float32, {}, {}, precision);
    testing::write_case(root, model::name_of(precision), finer, inputs, run_engine(finer, inputs), {});
  }
  const auto mixed =
      quantized_generator(float32, {quant::ActivationScheme::kS8, quant::WeightScheme::kPerTensor, false},
                          {"branch0/*", "branch1/conv3", "branch2/upsample2"});
  testing::write_case(root, "mixed", mixed, inputs, run_engine(mixed, inputs), {});
}

/// The form for other runtimes, with what the engine makes of it; float32 and int8 beside it.
void write_exported(const std::filesystem::path& root) {
  const auto float32 = float32_generator();
  const auto inputs = shower_inputs();
  const auto int8 = quantized_generator(float32);
  const auto info = paper_info();
  const auto form = quant::integer_form(int8, quant::make_inputs(info, quant::uniform_energies(info, 32, 3), 3),
                                        quant::engine_backend(), "random generator");
  const auto read = model::parse_onnx(model::serialize_onnx(form.graph), "exported");
  testing::write_case(root, "float32", float32, inputs, run_engine(float32, inputs), {});
  testing::write_case(root, "int8", int8, inputs, run_engine(int8, inputs), {});
  testing::write_case(root, "exported", form.graph, inputs, run_engine(read, inputs), {});
}

}  // namespace
}  // namespace octocal

// usage: write_quantized_model_cases layers|showers|exported FOLDER
int main(int count, char** arguments) {
  try {
    const std::string kind = count == 3 ? arguments[1] : "";
    if (kind == "layers") {
      using octocal::model::Precision;
      for (const auto precision :
           {Precision::kInt8, Precision::kInt16x8, Precision::kInt16x12, Precision::kBfloat16, Precision::kFloat16})
        octocal::write_layers(arguments[2], precision);
    } else if (kind == "showers") {
      octocal::write_showers(arguments[2]);
    } else if (kind == "exported") {
      octocal::write_exported(arguments[2]);
    } else {
      std::fprintf(stderr, "usage: write_quantized_model_cases layers|showers|exported FOLDER\n");
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_quantized_model_cases: %s\n", error.what());
    return 1;
  }
  return 0;
}
