// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/lower.hpp"
#include "octocal/engine/runtime/make_step.hpp"
#include "octocal/engine/runtime/program_impl.hpp"
#include "octocal/engine/runtime/slots.hpp"
#include "octocal/model/main_precision.hpp"

namespace octocal::engine {
namespace {

constexpr std::size_t kLargestBatch = 4096;
constexpr std::size_t kLayersNamed = 4;  ///< in a remark; the report has them all

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

/// What a step reads and writes for a shower.
std::size_t bytes_moved(const Plan& plan, const PlannedStep& step) {
  std::size_t bytes = 0;
  for (const auto* buffers : {&step.reads, &step.writes})
    for (const int buffer : *buffers) bytes += plan.buffer_bytes[static_cast<std::size_t>(buffer)];
  return bytes;
}

/// The error with the model's name in front, unless it begins with it.
Error of_model(const std::string& origin, const Error& error) {
  const std::string what = error.what();
  return what.starts_with(origin + ":") ? error : Error(error.code(), fmt::format("{}: {}", origin, what));
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

std::shared_ptr<const Program> Program::compile(const model::Graph& graph, const CompileOptions& options) try {
  if (options.max_batch < 1 || options.max_batch > kLargestBatch)
    throw bad_input(fmt::format("batch {} (expected 1 to {} showers a run); choose another batch size",
                                options.max_batch, kLargestBatch));
  const Isa isa = machine_isa();
  Plan plan = lower(graph, options.origin);
  auto impl = std::make_unique<Impl>();
  impl->inputs = graph.inputs;
  impl->outputs = graph.outputs;
  impl->input_buffers = plan.inputs;
  impl->output_buffers = plan.outputs;
  impl->origin = options.origin;
  impl->layers = plan.layers;
  impl->buffers = plan.buffer_bytes.size();
  impl->max_batch = options.max_batch;

  auto blocks = lifetimes(plan);
  std::vector<StepTraffic> traffic;
  std::vector<std::vector<std::string>> kernels(plan.layers.size());
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    auto& planned = plan.steps[s];
    auto& report = impl->layers[planned.layer];
    auto step = make_step(planned.operation, isa, report.reason);
    planned.operation = PermuteSpec{};  // the weights are packed in the step now
    traffic.push_back({step->weight_bytes(), bytes_moved(plan, planned)});
    impl->weight_bytes += step->weight_bytes();
    kernels[planned.layer].push_back(step->kernel_name());
    impl->steps.push_back({std::move(step), planned.layer, blocks.size()});
    blocks.push_back({impl->steps.back().step->scratch_bytes(), s, s});
  }
  for (std::size_t layer = 0; layer < kernels.size(); ++layer) {
    auto& report = impl->layers[layer];
    report.kernel = joined_kernels(kernels[layer]);
    impl->int8_without_vnni |= isa < Isa::kAvx512Vnni && report.ran == "int8" && report.macs > 0;
  }
  impl->memory = plan_memory(blocks);
  impl->slots = showers_under_way(traffic, impl->memory.bytes, second_level_cache_bytes(),
                                  std::min(options.max_batch, Impl::kMostSlots));
  return std::shared_ptr<const Program>(new Program(std::move(impl)));
} catch (const Error& error) {
  throw of_model(options.origin, error);
}

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::~Program() = default;

const std::vector<model::Value>& Program::inputs() const noexcept { return impl_->inputs; }
const std::vector<model::Value>& Program::outputs() const noexcept { return impl_->outputs; }
const std::vector<LayerReport>& Program::layers() const noexcept { return impl_->layers; }
std::string Program::precision() const {
  model::MainPrecision precision;
  for (const auto& layer : impl_->layers) precision.add(layer.ran, layer.macs);
  return precision.name();
}

std::vector<std::string> Program::remarks() const {
  // Of each precision asked, run and reason: the layers.
  std::map<std::array<std::string, 3>, std::vector<std::string>> otherwise;
  for (const auto& layer : impl_->layers)
    if (layer.ran != layer.asked) otherwise[{layer.asked, layer.ran, layer.reason}].push_back(layer.layer);
  std::vector<std::string> remarks;
  for (const auto& [what, layers] : otherwise) {
    const auto& [asked, ran, reason] = what;
    const std::size_t named = std::min(layers.size(), kLayersNamed);
    const auto more = layers.size() > named ? fmt::format(" and {} more", layers.size() - named) : "";
    remarks.push_back(fmt::format("{}: {} layer{} asked in {} run{} in {} ({}): {}{}", impl_->origin, layers.size(),
                                  layers.size() == 1 ? "" : "s", asked, layers.size() == 1 ? "s" : "", ran, reason,
                                  fmt::join(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(named), ", "),
                                  more));
  }
  if (impl_->int8_without_vnni) {
    const char* cap = std::getenv("OCTOCAL_ISA");
    const bool capped = cap != nullptr && *cap != '\0';
    remarks.push_back(fmt::format(
        "int8 runs on octocal's own kernels, because {} no AVX-512 VNNI: the same showers, byte for byte, but "
        "not as fast as with it",
        capped ? fmt::format("OCTOCAL_ISA={} allows", cap) : "this processor has"));
  }
  return remarks;
}

void warn_of_remarks(const Program& program) {
  for (const auto& remark : program.remarks()) log_warning_once(remark);
}

std::size_t Program::max_batch() const noexcept { return impl_->max_batch; }
std::size_t Program::weight_bytes() const noexcept { return impl_->weight_bytes; }
std::size_t Program::scratch_bytes() const noexcept { return impl_->memory.bytes * impl_->slots; }

}  // namespace octocal::engine
