// SPDX-License-Identifier: Apache-2.0
// Each layer of the paper's generator by itself, float32 and int8, as the engine runs it: batch norm, LeakyReLU and
// quantization fused. "MACs" is multiply-accumulates a second.
#include <benchmark/benchmark.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/base/random.hpp"
#include "octocal/engine/program.hpp"

namespace {

using namespace octocal;
using model::make_tensor;

struct Layer {
  const char* name;
  bool transposed;
  std::int64_t in, out, kernel, size, stride, pad_before, pad_after;
};
// One branch of the paper's generator, and the last convolution (docs/design.md, "The paper's networks").
constexpr std::array<Layer, 10> kLayers = {{{"conv1", false, 5, 32, 5, 5, 1, 2, 2},
                                            {"upsample1", true, 32, 64, 5, 5, 3, 1, 1},
                                            {"conv2", false, 64, 64, 5, 15, 1, 2, 2},
                                            {"upsample2", true, 64, 64, 5, 15, 2, 1, 2},
                                            {"conv3", false, 64, 64, 8, 30, 1, 3, 4},
                                            {"conv4", false, 64, 64, 5, 30, 1, 0, 0},
                                            {"conv5", false, 64, 32, 4, 26, 1, 1, 2},
                                            {"conv6", false, 32, 32, 3, 26, 1, 1, 1},
                                            {"conv7", false, 32, 25, 2, 26, 1, 0, 0},
                                            {"final", false, 75, 25, 3, 25, 1, 1, 1}}};

class LayerGraph {
 public:
  LayerGraph(const Layer& layer, bool int8) {
    graph_.inputs.push_back({"x", model::DataType::kFloat32, {model::kBatch, layer.in, layer.size, layer.size}});
    std::string value = "x";
    if (int8) value = quantized(value, "in");
    value = convolution(layer, value, int8);
    if (!layer.transposed) {
      value = node("LeakyRelu", {value}, {{"alpha", 0.3F}});
      value = node("BatchNormalization", {value, channels(layer.out, 1, 0.1F), channels(layer.out, 0, 0.1F),
                                          channels(layer.out, 0, 0.1F), channels(layer.out, 1, 0.01F)});
    }
    if (int8) value = quantized(value, "out");
    graph_.outputs.push_back({value, model::DataType::kFloat32, output_shape(layer)});
  }
  const model::Graph& graph() const { return graph_; }

 private:
  static model::Shape output_shape(const Layer& l) {
    const std::int64_t pads = l.pad_before + l.pad_after;
    const std::int64_t size = l.transposed ? (l.size - 1) * l.stride + l.kernel - pads : l.size + pads - l.kernel + 1;
    return {model::kBatch, l.out, size, size};
  }

  std::vector<float> draw(std::size_t count, float centre, float width) {
    std::vector<float> numbers(count);
    normals(1, Draw::kTraining, next_++, numbers);
    for (float& number : numbers) number = centre + width * number;
    return numbers;
  }

  std::string channels(std::int64_t count, float centre, float width) {
    const auto name = "constant" + std::to_string(next_);
    graph_.constants[name] = make_tensor({count}, draw(static_cast<std::size_t>(count), centre, width));
    return name;
  }

  std::string node(const std::string& op, std::vector<std::string> inputs,
                   std::map<std::string, model::Attribute> attributes = {}) {
    const auto name = op + std::to_string(graph_.nodes.size());
    graph_.nodes.push_back({name, op, std::move(inputs), {name + ":out"}, std::move(attributes)});
    return name + ":out";
  }

  std::string quantized(const std::string& value, const std::string& name) {
    const std::uint8_t zero = 77;
    graph_.constants[name + ".scale"] = make_tensor({}, std::vector<float>{0.02F});
    graph_.constants[name + ".zero"] = make_tensor(model::DataType::kUint8, {}, std::span(&zero, 1));
    const auto stored = node("QuantizeLinear", {value, name + ".scale", name + ".zero"});
    return node("DequantizeLinear", {stored, name + ".scale", name + ".zero"});
  }

  std::string convolution(const Layer& layer, const std::string& value, bool int8) {
    const model::Shape shape = {layer.transposed ? layer.in : layer.out, layer.transposed ? layer.out : layer.in,
                                layer.kernel, layer.kernel};
    const auto numbers = draw(model::elements(shape), 0, 1);
    std::string weight = "weight";
    if (int8) {
      std::vector<std::int8_t> bytes;
      for (const float number : numbers) bytes.push_back(static_cast<std::int8_t>(number * 20));
      graph_.constants[weight] = make_tensor(model::DataType::kInt8, shape, std::span<const std::int8_t>(bytes));
      weight = node("DequantizeLinear", {weight, channels(layer.out, 1e-3F, 0)},
                    {{"axis", std::int64_t{layer.transposed ? 1 : 0}}});
    } else {
      graph_.constants[weight] = make_tensor(shape, numbers);
    }
    return node(
        layer.transposed ? "ConvTranspose" : "Conv", {value, weight},
        {{"strides", std::vector<std::int64_t>{layer.stride, layer.stride}},
         {"pads", std::vector<std::int64_t>{layer.pad_before, layer.pad_before, layer.pad_after, layer.pad_after}}});
  }

  model::Graph graph_;
  std::uint64_t next_ = 0;
};

/// Runs the layer's graph; the time that counts is the layer's own, without quantizing and reordering its input.
void run_layer(benchmark::State& state, const Layer& layer, bool int8) {
  static_cast<void>(pin_current_thread(0));
  const LayerGraph made(layer, int8);
  const auto program = engine::Program::compile(made.graph());
  engine::Stream stream(program);
  const std::size_t batch = program->max_batch();
  const auto numbers = [&](const model::Value& value) {
    return batch * model::elements({value.shape.begin() + 1, value.shape.end()});
  };
  const std::vector<float> in(numbers(program->inputs()[0]), 0.5F);
  std::vector<float> out(numbers(program->outputs()[0]));
  const std::array<std::span<const float>, 1> inputs = {std::span<const float>(in)};
  const std::array<std::span<float>, 1> outputs = {std::span<float>(out)};
  std::size_t index = 0;
  while (program->layers()[index].macs == 0) ++index;
  for (auto step : state) {
    static_cast<void>(step);
    stream.profile(true);
    stream.run(batch, inputs, outputs);
    stream.profile(false);
    state.SetIterationTime(stream.layer_seconds()[index]);
  }
  const auto macs = static_cast<double>(program->layers()[index].macs * batch);
  state.counters["MACs"] =
      benchmark::Counter(macs * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.SetLabel(program->layers()[index].kernel);
}

const bool registered = [] {
  for (const auto& layer : kLayers)
    for (const bool int8 : {false, true})
      benchmark::RegisterBenchmark((std::string(layer.name) + (int8 ? "/int8" : "/float32")).c_str(), run_layer, layer,
                                   int8)
          ->UseManualTime();
  return true;
}();

}  // namespace
