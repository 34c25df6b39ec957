// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <span>
#include <string>

#include "octocal/engine/program.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant {
namespace {

class EngineRunner : public Runner {
 public:
  EngineRunner(const model::Graph& graph, std::size_t max_batch, const std::string& origin)
      : stream_(engine::Program::compile(graph, {max_batch, origin})) {}

  void run(std::size_t batch, std::span<const std::span<const float>> inputs,
           std::span<const std::span<float>> outputs) override {
    stream_.run(batch, inputs, outputs);
  }

 private:
  engine::Stream stream_;
};

}  // namespace

Backend engine_backend(const std::string& origin) {
  return [origin](const model::Graph& graph, std::size_t max_batch) {
    return std::make_unique<EngineRunner>(graph, max_batch, origin);
  };
}

}  // namespace octocal::quant
