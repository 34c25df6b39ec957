// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/rewriting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/model/axis_selection.hpp"
#include "octocal/model/internal/batch_numbers.hpp"

namespace octocal::model {
namespace {

std::array<std::span<const FileOp>, 7> families() {
  return {form_file_ops(),      shape_file_ops(),    layout_file_ops(),       index_map_file_ops(),
          reduction_file_ops(), function_file_ops(), normalization_file_ops()};
}

}  // namespace

const FileOp* find_file_op(std::string_view op) noexcept {
  for (const auto family : families())
    for (const FileOp& known : family)
      if (known.op == op) return &known;
  return nullptr;
}

std::vector<const FileOp*> all_file_ops() {
  std::vector<const FileOp*> all;
  for (const auto family : families())
    for (const FileOp& known : family) all.push_back(&known);
  return all;
}

const Tensor* Rewriting::constant(std::size_t i) const noexcept {
  if (!has(i) || around_.other_batch.contains(node_.inputs[i])) return nullptr;
  return around_.graph.constant(node_.inputs[i]);
}

std::optional<Shape> Rewriting::list(std::size_t i) const {
  const Tensor* tensor = has(i) ? around_.graph.constant(node_.inputs[i]) : nullptr;
  if (tensor == nullptr) return std::nullopt;
  Shape numbers = whole_numbers(node_, *tensor, around_.origin);
  const auto other = around_.other_batch.find(node_.inputs[i]);
  if (other == around_.other_batch.end()) return numbers;
  const Shape others = whole_numbers(node_, other->second, around_.origin);
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    if (numbers[k] == others[k]) continue;
    if (numbers[k] != kSomeBatch || others[k] != kOtherBatch)
      fail(
          fmt::format("input {} is worked out from the number of showers (only the number itself can stand there)", i));
    numbers[k] = kShowers;
  }
  return numbers;
}

const Value* Rewriting::value(std::size_t i) const noexcept {
  if (!has(i)) return nullptr;
  const auto found = around_.known.find(node_.inputs[i]);
  return found == around_.known.end() ? nullptr : &found->second;
}

const std::string& Rewriting::input(std::size_t i) const {
  if (!has(i)) fail(fmt::format("input {} is missing", i));
  return node_.inputs[i];
}

const std::string& Rewriting::output(std::size_t i) const {
  if (i >= node_.outputs.size()) fail(fmt::format("output {} is missing", i));
  return node_.outputs[i];
}

std::size_t Rewriting::axis(std::int64_t given, std::size_t rank) const {
  const auto axes = static_cast<std::int64_t>(rank);
  if (given < -axes || given >= axes) fail(fmt::format("axis {} does not exist in a tensor of {} axes", given, rank));
  return static_cast<std::size_t>(given < 0 ? given + axes : given);
}

std::string Rewriting::free_name(const std::string& what) { return fmt::format("{}:{}{}", node_.name, what, count_++); }

std::string Rewriting::add(const std::string& op, std::vector<std::string> inputs,
                           std::map<std::string, Attribute> attributes) {
  const std::string name = free_name(op);
  nodes.push_back({name, op, std::move(inputs), {name + ":out"}, std::move(attributes)});
  return nodes.back().outputs[0];
}

void Rewriting::finish(const std::string& op, std::vector<std::string> inputs,
                       std::map<std::string, Attribute> attributes, std::size_t i) {
  // A single node keeps the name that the file gave it.
  const std::string name = i == 0 ? node_.name : free_name(op);
  nodes.push_back({name, op, std::move(inputs), {output(i)}, std::move(attributes)});
}

void Rewriting::finish_with(const std::string& value) {
  if (nodes.empty() || nodes.back().outputs[0] != value) return finish("Identity", {value});
  nodes.back().name = node_.name;
  nodes.back().outputs = {output(0)};
}

std::string Rewriting::constant(Tensor tensor) {
  const std::string name = free_name("constant");
  constants[name] = std::move(tensor);
  return name;
}

std::string Rewriting::number(float number) { return constant(make_tensor({}, {number})); }

std::string Rewriting::integers(const Shape& numbers) {
  return constant(make_tensor(DataType::kInt64, {static_cast<std::int64_t>(numbers.size())},
                              std::span<const std::int64_t>(numbers)));
}

std::string Rewriting::text(Shape list) {
  std::replace(list.begin(), list.end(), kShowers, kBatch);
  return to_string(list);
}

void Rewriting::fail(const std::string& problem) const { fail(problem, "export the model again"); }

void Rewriting::fail(const std::string& problem, const std::string& remedy) const {
  throw bad_input(fmt::format("{}: node {} ({}): {}; {}", around_.origin, node_.name, node_.op, problem, remedy));
}

}  // namespace octocal::model
