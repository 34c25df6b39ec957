// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "octocal/base/aligned_buffer.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/engine/onednn/single_thread.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/engine/runtime/program_impl.hpp"

namespace octocal::engine {
namespace {

/// Processor time of this thread: unlike the wall clock it leaves out what other processes took of the core.
double thread_seconds() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Whether each tensor has room for a batch.
template <typename Spans>
[[maybe_unused]] bool fit(const std::vector<Endpoint>& buffers, const Spans& tensors, std::size_t batch) noexcept {
  if (buffers.size() != tensors.size()) return false;
  for (std::size_t i = 0; i < buffers.size(); ++i)
    if (tensors[i].size() < batch * buffers[i].numbers) return false;
  return true;
}

/// Memory and bound steps for one shower under way.
struct Slot {
  AlignedBuffer<std::byte> memory;
  std::vector<std::byte*> blocks;
  std::vector<std::unique_ptr<BoundStep>> steps;

  explicit Slot(const Program::Impl& program) : memory(program.memory.bytes) {
    for (const std::size_t offset : program.memory.offsets) blocks.push_back(memory.data() + offset);
    const std::span<std::byte* const> all = blocks;
    for (const auto& step : program.steps)
      steps.push_back(step.step->bind({all.first(program.buffers), all[step.scratch]}));
  }
};

}  // namespace

struct Stream::Impl {
  std::shared_ptr<const Program> program;
  std::vector<Slot> slots;
  bool profiling = false;
  std::vector<double> seconds;

  /// One step after the other, each for the showers in the first `count` slots.
  void run_steps(std::size_t count) noexcept {
    const auto& timed = program->impl().steps;
    double before = profiling ? thread_seconds() : 0;
    for (std::size_t s = 0; s < timed.size(); ++s) {
      for (std::size_t slot = 0; slot < count; ++slot) slots[slot].steps[s]->run();
      if (!profiling) continue;
      const double after = thread_seconds();
      seconds[timed[s].layer] += after - before;
      before = after;
    }
  }
};

Stream::Stream(std::shared_ptr<const Program> program) : impl_(std::make_unique<Impl>()) {
  const auto& insides = program->impl();
  impl_->program = std::move(program);
  const std::size_t slots = insides.slots;
  for (std::size_t slot = 0; slot < slots; ++slot) impl_->slots.emplace_back(insides);
  impl_->seconds.assign(insides.layers.size(), 0.0);
}

Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

void Stream::run(std::size_t batch, std::span<const std::span<const float>> inputs,
                 std::span<const std::span<float>> outputs) noexcept {
  OCTOCAL_EXPECT(batch >= 1 && batch <= impl_->program->max_batch());
  OCTOCAL_EXPECT(fit(impl_->program->impl().input_buffers, inputs, batch));
  OCTOCAL_EXPECT(fit(impl_->program->impl().output_buffers, outputs, batch));
  const auto& insides = impl_->program->impl();
  const SingleThread alone;
  for (std::size_t first = 0; first < batch; first += impl_->slots.size()) {
    const std::size_t count = std::min(impl_->slots.size(), batch - first);
    for (std::size_t slot = 0; slot < count; ++slot)
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto& [buffer, numbers] = insides.input_buffers[i];
        std::memcpy(impl_->slots[slot].blocks[static_cast<std::size_t>(buffer)],
                    inputs[i].data() + (first + slot) * numbers, numbers * sizeof(float));
      }
    impl_->run_steps(count);
    for (std::size_t slot = 0; slot < count; ++slot)
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const auto& [buffer, numbers] = insides.output_buffers[i];
        std::memcpy(outputs[i].data() + (first + slot) * numbers,
                    impl_->slots[slot].blocks[static_cast<std::size_t>(buffer)], numbers * sizeof(float));
      }
  }
}

void Stream::profile(bool on) noexcept {
  if (on) std::fill(impl_->seconds.begin(), impl_->seconds.end(), 0.0);
  impl_->profiling = on;
}

std::vector<double> Stream::layer_seconds() const { return impl_->seconds; }

}  // namespace octocal::engine
