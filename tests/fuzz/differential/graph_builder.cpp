// SPDX-License-Identifier: Apache-2.0
#include "fuzz/differential/graph_builder.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "octocal/base/error.hpp"
#include "octocal/model/reference/evaluate.hpp"

namespace octocal::fuzz {

using model::DataType;
using model::Shape;
using model::Tensor;

namespace {

/// Larger tensors make the reference slow and show nothing that small ones do not.
constexpr std::size_t kMostNumbers = 30000;

}  // namespace

Extent extent_of(const Tensor& tensor) {
  Extent extent{0, 1000};
  for (const float x : tensor.as<float>()) {
    if (x == 0) continue;
    extent.largest = std::max(extent.largest, std::abs(static_cast<double>(x)));
    int exponent = 0;
    auto digits = static_cast<std::int64_t>(std::ldexp(std::frexp(x, &exponent), 24));
    int step = exponent - 24;
    for (; digits % 2 == 0; digits /= 2) ++step;
    extent.step = std::min(extent.step, step);
  }
  if (extent.step == 1000) extent.step = 0;
  return extent;
}

std::int64_t GraphBuilder::between(std::int64_t lowest, std::int64_t highest) {
  // Not std::uniform_int_distribution: the same graphs with every standard library.
  return lowest + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(highest - lowest + 1));
}

bool GraphBuilder::chance(double probability) { return static_cast<double>(random_() >> 11) * 0x1p-53 < probability; }

float GraphBuilder::number(float centre, float width) {
  const std::int64_t sum = between(0, 2000) + between(0, 2000) + between(0, 2000) - 3000;  // nearly normal
  const float normal = static_cast<float>(sum) / 1000;
  return centre + width * (exact_ ? std::round(normal * 2) / 2 : normal);
}

Live GraphBuilder::input(Shape shape) {
  Live live{"input" + std::to_string(graph_.inputs.size()), shape};
  shape.insert(shape.begin(), model::kBatch);
  graph_.inputs.push_back({live.name, DataType::kFloat32, shape});
  shape[0] = kShowers;
  std::vector<float> numbers(model::elements(shape));
  for (float& x : numbers) x = exact_ ? static_cast<float>(between(-32, 32)) / 8 : number(0, 1);
  values_[live.name] = inputs_[live.name] = model::make_tensor(shape, numbers);
  return live;
}

std::string GraphBuilder::constant(Tensor tensor) {
  auto name = "constant" + std::to_string(names_++);
  graph_.constants[name] = std::move(tensor);
  return name;
}

std::string GraphBuilder::constant(Shape shape, float centre, float width) {
  std::vector<float> numbers(model::elements(shape));
  for (float& x : numbers) x = number(centre, width);
  return constant(model::make_tensor(std::move(shape), numbers));
}

std::string GraphBuilder::integers(const Integers& numbers) {
  return constant(model::make_tensor(DataType::kInt64, {static_cast<std::int64_t>(numbers.size())},
                                     std::span<const std::int64_t>(numbers)));
}

const Tensor& GraphBuilder::value(const std::string& name) const {
  const Tensor* constant = graph_.constant(name);
  return constant != nullptr ? *constant : values_.at(name);
}

Live GraphBuilder::add(const std::string& op, const std::vector<std::string>& inputs, const Attributes& attributes) {
  const std::string name = op + std::to_string(names_++);
  model::Graph alone;
  std::map<std::string, Tensor> given;
  alone.nodes = {{name, op, inputs, {name + ":out"}, attributes}};
  for (const auto& input : inputs) {
    if (input.empty()) continue;
    if (graph_.constant(input) != nullptr || of_constants_.contains(input)) {
      alone.constants[input] = value(input);
      continue;
    }
    const Tensor& tensor = values_.at(input);
    Shape shape = tensor.shape;
    shape[0] = model::kBatch;
    if (given.emplace(input, tensor).second) alone.inputs.push_back({input, tensor.type, shape});
  }
  try {
    // A graph must have an output to be checked; any value serves for the first look. Of constants alone: no batch axis.
    if (alone.inputs.empty()) alone.inputs.push_back({"none", DataType::kFloat32, {model::kBatch, 1}});
    alone.outputs = {alone.inputs.front()};
    const auto inferred = model::infer_shapes(alone, "random graph").at(name + ":out");
    // Showers along another axis (one broadcast against a longer shape) are refused by the engine.
    if (std::find(inferred.shape.begin() + !inferred.shape.empty(), inferred.shape.end(), model::kBatch) !=
        inferred.shape.end())
      throw Rejected{};
    std::size_t cells = 1;
    for (const auto size : inferred.shape)
      if (size != model::kBatch) cells *= static_cast<std::size_t>(size);
    if (cells == 0 || cells > kMostNumbers) throw Rejected{};
    if (given.empty()) {
      of_constants_.insert(name + ":out");
      given["none"] = model::make_tensor({1, 1}, {0.0F});
    }
    values_[name + ":out"] = model::reference::evaluate(alone, given, {name + ":out"}).at(name + ":out");
    graph_.nodes.push_back(alone.nodes.front());
    Shape shape = inferred.shape;
    if (!shape.empty()) shape.erase(shape.begin());
    return {name + ":out", shape};
  } catch (const Error&) {
    throw Rejected{};
  }
}

void GraphBuilder::require_exact(double largest, int step) const {
  if (exact_ && largest > 0 && std::ilogb(largest) + 1 - step > 24) throw Rejected{};
}

void GraphBuilder::forget_from(std::size_t nodes) {
  while (graph_.nodes.size() > nodes) {
    values_.erase(graph_.nodes.back().outputs.front());
    graph_.nodes.pop_back();
  }
}

model::Graph GraphBuilder::finish(const std::vector<Live>& outputs) const {
  model::Graph graph = graph_;
  std::set<std::string> read;
  for (const auto& node : graph.nodes) read.insert(node.inputs.begin(), node.inputs.end());
  std::erase_if(graph.constants, [&](const auto& constant) { return !read.contains(constant.first); });
  for (const auto& output : outputs) {
    Shape shape = output.shape;
    shape.insert(shape.begin(), model::kBatch);
    graph.outputs.push_back({output.name, DataType::kFloat32, shape});
  }
  return graph;
}

}  // namespace octocal::fuzz
