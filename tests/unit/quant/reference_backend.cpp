// SPDX-License-Identifier: Apache-2.0
#include "unit/quant/reference_backend.hpp"

#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "octocal/model/reference/evaluate.hpp"

namespace octocal::quant::testing {
namespace {

class ReferenceRunner : public Runner {
 public:
  explicit ReferenceRunner(model::Graph graph) : graph_(std::move(graph)) {}

  void run(std::size_t batch, std::span<const std::span<const float>> inputs,
           std::span<const std::span<float>> outputs) override {
    std::map<std::string, model::Tensor> given;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      auto shape = graph_.inputs[k].shape;
      shape.front() = static_cast<std::int64_t>(batch);
      given[graph_.inputs[k].name] = model::make_tensor(model::DataType::kFloat32, std::move(shape), inputs[k]);
    }
    const auto results = model::reference::evaluate(graph_, given);
    for (std::size_t k = 0; k < outputs.size(); ++k)
      std::memcpy(outputs[k].data(), results.at(graph_.outputs[k].name).bytes.data(), outputs[k].size_bytes());
  }

 private:
  model::Graph graph_;
};

}  // namespace

Backend reference_backend() {
  return [](const model::Graph& graph, std::size_t) { return std::make_unique<ReferenceRunner>(graph); };
}

}  // namespace octocal::quant::testing
