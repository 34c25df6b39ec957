// SPDX-License-Identifier: Apache-2.0
// Whole showers of the paper's generator (conv2d) and of the three-dimensional baseline that it replaces (conv3d),
// float32 and int8, random weights: processor time of one core a shower. "MACs" is multiply-accumulates a second.
#include <benchmark/benchmark.h>
#include <time.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/base/random.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/quant/quantizer.hpp"

namespace {

using namespace octocal;

constexpr std::size_t kBatch = 8;

model::Graph generator(model::Architecture architecture, bool int8) {
  model::GeneratorSpec spec;
  spec.architecture = architecture;
  auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 5));
  if (!int8) return graph;
  model::GeneratorInfo info;
  info.latent_size = spec.latent_size;
  info.has_energy_input = true;
  const auto showers = quant::make_inputs(info, {100, 200, 300, 400, 500}, 1);
  quant::QuantizeOptions options;
  options.bias_correction = false;  // costs nothing at run time, but minutes here
  return quant::Quantizer(graph, showers, options, quant::engine_backend(), "benchmark").build_int8().graph;
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void run_generator(benchmark::State& state, model::Architecture architecture, bool int8) {
  static_cast<void>(pin_current_thread(0));
  const auto program = engine::Program::compile(generator(architecture, int8), {kBatch});
  engine::Stream stream(program);
  std::vector<std::vector<float>> in;
  std::vector<std::span<const float>> inputs;
  for (const auto& input : program->inputs()) {
    in.emplace_back(kBatch * model::elements({input.shape.begin() + 1, input.shape.end()}));
    normals(3, Draw::kPhysics, in.size(), in.back());
  }
  for (const auto& numbers : in) inputs.emplace_back(numbers);
  const auto& shape = program->outputs()[0].shape;
  std::vector<float> out(kBatch * model::elements({shape.begin() + 1, shape.end()}));
  const std::array<std::span<float>, 1> outputs = {std::span<float>(out)};
  for (auto step : state) {
    static_cast<void>(step);
    const double before = thread_seconds();
    stream.run(kBatch, inputs, outputs);
    state.SetIterationTime(thread_seconds() - before);
  }
  double macs = 0;
  for (const auto& layer : program->layers()) macs += static_cast<double>(layer.macs);
  const auto showers = static_cast<double>(kBatch * static_cast<std::size_t>(state.iterations()));
  state.counters["MACs"] = benchmark::Counter(macs * showers, benchmark::Counter::kIsRate);
  state.counters["per_shower"] = benchmark::Counter(showers, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

const bool registered = [] {
  for (const auto architecture : {model::Architecture::kConv2d, model::Architecture::kConv3d})
    for (const bool int8 : {false, true})
      benchmark::RegisterBenchmark(
          (std::string("generator/") + model::name_of(architecture) + (int8 ? "/int8" : "/float32")).c_str(),
          run_generator, architecture, int8)
          ->UseManualTime();
  return true;
}();

}  // namespace
