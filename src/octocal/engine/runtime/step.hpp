// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace octocal::engine {

/// A step tied to one stream's memory.
class BoundStep {
 public:
  virtual ~BoundStep() = default;
  /// Computes one shower. Does not throw.
  virtual void run() noexcept = 0;
};

/// Where a stream keeps things: the start of each buffer of the plan, and the step's own scratch.
struct StreamMemory {
  std::span<std::byte* const> buffers;
  std::byte* scratch = nullptr;

  std::byte* at(int buffer) const noexcept { return buffers[static_cast<std::size_t>(buffer)]; }
  template <typename T>
  T* as(int buffer) const noexcept {
    return reinterpret_cast<T*>(at(buffer));
  }
};

/// A compiled operation: packed weights and code, shared by all streams. Immutable.
class Step {
 public:
  virtual ~Step() = default;
  /// The step must outlive what it returns. Errors: run_failed.
  virtual std::unique_ptr<BoundStep> bind(const StreamMemory& memory) const = 0;
  virtual std::size_t scratch_bytes() const noexcept { return 0; }
  virtual std::size_t weight_bytes() const noexcept { return 0; }
  virtual std::string kernel_name() const = 0;
};

/// A BoundStep that calls a function object.
template <typename Call>
class BoundCall final : public BoundStep {
 public:
  explicit BoundCall(Call call) : call_(std::move(call)) {}
  void run() noexcept override { call_(); }

 private:
  Call call_;
};
template <typename Call>
std::unique_ptr<BoundStep> bound_call(Call call) {
  return std::make_unique<BoundCall<Call>>(std::move(call));
}

}  // namespace octocal::engine
