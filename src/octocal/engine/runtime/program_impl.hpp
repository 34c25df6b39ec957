// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "octocal/engine/compile/memory_plan.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/engine/runtime/step.hpp"

namespace octocal::engine {

/// A program's insides, as a stream needs them.
struct Program::Impl {
  struct TimedStep {
    std::unique_ptr<Step> step;
    std::size_t layer = 0;
    std::size_t scratch = 0;  ///< block of its scratch in the memory plan
  };
  std::vector<model::Value> inputs, outputs;
  std::vector<Endpoint> input_buffers, output_buffers;
  std::string origin;
  std::vector<LayerReport> layers;
  bool int8_without_vnni = false;  ///< int8 layers run by own kernels because there is no VNNI
  std::vector<TimedStep> steps;
  std::size_t buffers = 0;  ///< the first blocks of the memory plan are the plan's buffers, then each step's scratch
  MemoryPlan memory;
  std::size_t max_batch = 1;
  std::size_t weight_bytes = 0;

  /// Showers that a stream has under way at once (slots.hpp), at most max_batch. Every primitive computes one shower, so
  /// that a shower cannot depend on its neighbours.
  std::size_t slots = 1;
  static constexpr std::size_t kMostSlots = 8;
};

}  // namespace octocal::engine
