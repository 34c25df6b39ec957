// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/lower.hpp"
#include "octocal/engine/runtime/make_step.hpp"
#include "octocal/engine/runtime/program_impl.hpp"

namespace octocal::engine {
namespace {

constexpr std::size_t kLargestBatch = 4096;

/// From the first step that writes a buffer to the last that reads it; inputs live from the start, outputs to the end.
std::vector<Lifetime> lifetimes(const Plan& plan) {
  const std::size_t steps = plan.steps.size();
  std::vector<Lifetime> lives;
  for (const std::size_t bytes : plan.buffer_bytes) lives.push_back({bytes, steps, 0});
  const auto at = [&](int buffer) -> Lifetime& { return lives[static_cast<std::size_t>(buffer)]; };
  for (std::size_t s = 0; s < steps; ++s) {
    for (const int buffer : plan.steps[s].writes) at(buffer).first = std::min(at(buffer).first, s);
    for (const int buffer : plan.steps[s].writes) at(buffer).last = std::max(at(buffer).last, s);
    for (const int buffer : plan.steps[s].reads) at(buffer).last = std::max(at(buffer).last, s);
  }
  for (const auto& input : plan.inputs) at(input.buffer).first = 0;
  for (const auto& output : plan.outputs) at(output.buffer).last = steps;
  return lives;
}

/// "a x2 + b" from a, a, b.
std::string joined_kernels(const std::vector<std::string>& names) {
  std::string joined;
  std::vector<std::pair<std::string, int>> counted;
  for (const auto& name : names) {
    const auto found = std::find_if(counted.begin(), counted.end(), [&](const auto& c) { return c.first == name; });
    if (found == counted.end()) {
      counted.emplace_back(name, 1);
    } else {
      ++found->second;
    }
  }
  for (const auto& [name, count] : counted)
    joined += (joined.empty() ? "" : " + ") + name + (count > 1 ? fmt::format(" x{}", count) : "");
  return joined;
}

}  // namespace

std::shared_ptr<const Program> Program::compile(const model::Graph& graph, const CompileOptions& options) {
  if (options.max_batch < 1 || options.max_batch > kLargestBatch)
    throw bad_input(fmt::format("batch {} (expected 1 to {} showers a run); choose another batch size",
                                options.max_batch, kLargestBatch));
  const Isa isa = machine_isa();
  Plan plan = lower(graph);
  auto impl = std::make_unique<Impl>();
  impl->inputs = graph.inputs;
  impl->outputs = graph.outputs;
  impl->input_buffers = plan.inputs;
  impl->output_buffers = plan.outputs;
  impl->layers = plan.layers;
  impl->buffers = plan.buffer_bytes.size();
  impl->max_batch = options.max_batch;

  auto blocks = lifetimes(plan);
  std::vector<std::vector<std::string>> kernels(plan.layers.size());
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    auto& planned = plan.steps[s];
    auto& report = impl->layers[planned.layer];
    auto step = make_step(planned.operation, isa, report.reason);
    planned.operation = PermuteSpec{};  // the weights are packed in the step now
    impl->weight_bytes += step->weight_bytes();
    kernels[planned.layer].push_back(step->kernel_name());
    impl->steps.push_back({std::move(step), planned.layer, blocks.size()});
    blocks.push_back({impl->steps.back().step->scratch_bytes(), s, s});
  }
  for (std::size_t layer = 0; layer < kernels.size(); ++layer)
    impl->layers[layer].kernel = joined_kernels(kernels[layer]);
  impl->memory = plan_memory(blocks);
  return std::shared_ptr<const Program>(new Program(std::move(impl)));
}

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::~Program() = default;

const std::vector<model::Value>& Program::inputs() const noexcept { return impl_->inputs; }
const std::vector<model::Value>& Program::outputs() const noexcept { return impl_->outputs; }
const std::vector<LayerReport>& Program::layers() const noexcept { return impl_->layers; }
std::size_t Program::max_batch() const noexcept { return impl_->max_batch; }
std::size_t Program::weight_bytes() const noexcept { return impl_->weight_bytes; }
std::size_t Program::scratch_bytes() const noexcept { return impl_->memory.bytes * impl_->slots(); }

}  // namespace octocal::engine
