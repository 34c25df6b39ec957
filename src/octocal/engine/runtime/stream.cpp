#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "octocal/base/aligned_buffer.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/engine/runtime/program_impl.hpp"
#include "octocal/engine/onednn/single_thread.hpp"

namespace octocal::engine {

struct Stream::Impl {
  std::shared_ptr<const Program> program;
  AlignedBuffer<std::byte> memory;
  std::vector<std::byte*> blocks;
  std::vector<std::unique_ptr<BoundStep>> steps;
  bool profiling = false;
  std::vector<double> seconds;

  void run_shower() noexcept {
    if (!profiling) {
      for (const auto& step : steps) step->run();
      return;
    }
    using Clock = std::chrono::steady_clock;
    const auto& timed = program->impl().steps;
    auto before = Clock::now();
    for (std::size_t s = 0; s < steps.size(); ++s) {
      steps[s]->run();
      const auto after = Clock::now();
      seconds[timed[s].layer] += std::chrono::duration<double>(after - before).count();
      before = after;
    }
  }
};

Stream::Stream(std::shared_ptr<const Program> program) : impl_(std::make_unique<Impl>()) {
  const auto& insides = program->impl();
  impl_->program = std::move(program);
  impl_->memory = AlignedBuffer<std::byte>(insides.memory.bytes);
  for (const std::size_t offset : insides.memory.offsets) impl_->blocks.push_back(impl_->memory.data() + offset);
  const std::span<std::byte* const> blocks = impl_->blocks;
  for (const auto& step : insides.steps)
    impl_->steps.push_back(step.step->bind({blocks.first(insides.buffers), blocks[step.scratch]}));
  impl_->seconds.assign(insides.layers.size(), 0.0);
}

Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

void Stream::run(std::size_t batch, std::span<const std::span<const float>> inputs,
                 std::span<const std::span<float>> outputs) noexcept {
  const auto& insides = impl_->program->impl();
  const SingleThread alone;
  // One shower after the other: measured as fast as whole batches (the weights of a layer serve some hundred pixels of one
  // shower), and a shower cannot depend on its neighbours.
  for (std::size_t shower = 0; shower < batch; ++shower) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto& [buffer, numbers] = insides.input_buffers[i];
      std::memcpy(impl_->blocks[static_cast<std::size_t>(buffer)], inputs[i].data() + shower * numbers,
                  numbers * sizeof(float));
    }
    impl_->run_shower();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto& [buffer, numbers] = insides.output_buffers[i];
      std::memcpy(outputs[i].data() + shower * numbers, impl_->blocks[static_cast<std::size_t>(buffer)],
                  numbers * sizeof(float));
    }
  }
}

void Stream::profile(bool on) noexcept {
  if (on) std::fill(impl_->seconds.begin(), impl_->seconds.end(), 0.0);
  impl_->profiling = on;
}

std::vector<double> Stream::layer_seconds() const { return impl_->seconds; }

}  // namespace octocal::engine
