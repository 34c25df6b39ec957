// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "octocal/model/internal/rewriting.hpp"

// Ops that give axes other names, sizes or places: Reshape, Transpose and Slice in the end.

namespace octocal::model {
namespace {

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();

static_assert(kBatch == -1, "a free batch among sizes is a Reshape's word for the rest");

bool reshape(Rewriting& at) {
  const Node& node = at.node();
  const Value* in = at.value(0);
  auto sizes = at.list(1);
  if (in == nullptr || !sizes || node.inputs.size() != 2) return false;
  if (node.integer("allowzero", 0) != 0 && std::count(sizes->begin(), sizes->end(), 0) > 0)
    at.fail(fmt::format("the new shape {} has an axis without cells (allowzero)", Rewriting::text(*sizes)));
  const bool batched = !in->shape.empty() && in->shape[0] == kBatch;
  const bool named = !sizes->empty() && sizes->front() == Rewriting::kShowers;
  // An exporter that fixes the batch at 1 writes that 1 into the shapes of Reshape nodes, too.
  const bool fixed = at.fixed_batch() && batched && !sizes->empty() && sizes->front() == 1;
  if (std::count(sizes->begin(), sizes->end(), Rewriting::kShowers) > (named ? 1 : 0))
    at.fail("the number of showers stands behind other axes (expected it first)");
  const bool same = !named && !fixed;
  if (!same) {
    // 0 copies the first axis; -1 also serves where the input's first axis is not the batch, but may stand only once.
    sizes->front() = std::count(sizes->begin() + 1, sizes->end(), -1) > 0 ? 0 : -1;
  }
  if (same && !node.attributes.contains("allowzero")) return false;
  at.finish("Reshape", {at.input(0), same ? node.inputs[1] : at.integers(*sizes)});
  return true;
}

bool flatten(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr) return false;
  const std::size_t rank = in->shape.size();
  const std::int64_t given = at.node().integer("axis", 1);
  const std::size_t split = given == static_cast<std::int64_t>(rank) ? rank : at.axis(given, rank);
  if (split != 1 || in->shape[0] != kBatch) at.fail("it joins axes to the showers (expected axis 1)");
  const std::int64_t cells =
      std::accumulate(in->shape.begin() + 1, in->shape.end(), std::int64_t{1}, std::multiplies<>());
  at.finish("Reshape", {at.input(0), at.integers({-1, cells})});
  return true;
}

/// Axes of a Squeeze or Unsqueeze: an input since opset 13, an attribute before.
std::optional<std::set<std::size_t>> named_axes(Rewriting& at, std::size_t rank) {
  const auto given = at.list(1);
  if (at.has(1) && !given) return std::nullopt;
  std::set<std::size_t> chosen;
  for (const std::int64_t axis : given ? *given : at.node().integers("axes", {}))
    if (!chosen.insert(at.axis(axis, rank)).second) at.fail(fmt::format("axis {} is named twice", axis));
  return chosen;
}

bool squeeze(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr) return false;
  auto chosen = named_axes(at, in->shape.size());
  if (!chosen) return false;
  if (chosen->empty())
    for (std::size_t axis = 0; axis < in->shape.size(); ++axis)
      if (in->shape[axis] == 1) chosen->insert(axis);
  Shape target;
  for (std::size_t axis = 0; axis < in->shape.size(); ++axis) {
    if (!chosen->contains(axis)) {
      target.push_back(in->shape[axis]);
    } else if (in->shape[axis] != 1) {
      at.fail(fmt::format("axis {} of {} has more than one cell", axis, to_string(in->shape)));
    }
  }
  at.finish("Reshape", {at.input(0), at.integers(target)});
  return true;
}

bool unsqueeze(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr) return false;
  const auto count = at.list(1) ? at.list(1)->size() : at.node().integers("axes", {}).size();
  const std::size_t rank = in->shape.size() + count;
  const auto chosen = named_axes(at, rank);
  if (!chosen) return false;
  Shape target;
  auto next = in->shape.begin();
  for (std::size_t axis = 0; axis < rank; ++axis) target.push_back(chosen->contains(axis) ? 1 : *next++);
  at.finish("Reshape", {at.input(0), at.integers(target)});
  return true;
}

/// A Split becomes a Slice for each of its outputs: every other op has one output.
bool split(Rewriting& at) {
  const Node& node = at.node();
  const Value* in = at.value(0);
  const auto given = at.list(1);
  if (in == nullptr || (at.has(1) && !given)) return false;
  const std::size_t axis = at.axis(node.integer("axis", 0), in->shape.size());
  const std::int64_t extent = in->shape[axis];
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  Shape sizes = given ? *given : node.integers("split", {});
  if (sizes.empty()) {  // equal parts, the last may be smaller
    const std::int64_t size = (extent + parts - 1) / parts;
    for (std::int64_t i = 0; i < parts; ++i) sizes.push_back(std::min(size, extent - i * size));
  }
  if (sizes.size() != node.outputs.size())
    at.fail(fmt::format("{} sizes for {} outputs (expected as many)", sizes.size(), parts));
  std::int64_t start = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 1 || sizes[i] > std::numeric_limits<std::int32_t>::max())
      at.fail(fmt::format("a part of {} cells", sizes[i]));
    if (!node.outputs[i].empty())
      at.finish("Slice",
                {at.input(0), at.integers({start}), at.integers({start + sizes[i]}),
                 at.integers({static_cast<std::int64_t>(axis)})},
                {}, i);
    start += sizes[i];
  }
  if (extent != kBatch && start != extent) at.fail(fmt::format("parts of {} cells of an axis of {}", start, extent));
  return true;
}

/// x[:N] takes all showers.
bool slice(Rewriting& at) {
  auto ends = at.list(2);
  if (!ends || std::count(ends->begin(), ends->end(), Rewriting::kShowers) == 0) return false;
  std::replace(ends->begin(), ends->end(), Rewriting::kShowers, kToTheEnd);
  auto inputs = at.node().inputs;
  inputs[2] = at.integers(*ends);
  at.finish("Slice", inputs);
  return true;
}

/// Blocks of channels to blocks of cells (pixel shuffle), any number of spatial axes.
bool depth_to_space(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr) return false;
  const auto block = at.node().integer("blocksize", 0);
  const auto rank = static_cast<std::int64_t>(in->shape.size()) - 2;
  std::int64_t blocks = 1;
  for (std::int64_t i = 0; i < rank; ++i) blocks *= std::clamp<std::int64_t>(block, 0, 1 << 10);
  if (rank < 1 || rank > 3 || block < 1 || in->shape[1] < 1 || in->shape[1] % blocks != 0)
    at.fail(fmt::format("blocks of {} of an input {}", block, to_string(in->shape)));
  const std::string mode = at.node().text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") at.fail(fmt::format("mode {} does not exist", mode));
  const std::int64_t channels = in->shape[1] / blocks;
  // (N, C, block..., spatial...) or (N, block..., C, spatial...), and how to put each block axis behind its own.
  Shape apart{-1};
  Shape order{0, mode == "CRD" ? 1 : 1 + rank};
  Shape target{-1, channels};
  if (mode == "CRD") apart.push_back(channels);
  apart.insert(apart.end(), static_cast<std::size_t>(rank), block);
  if (mode == "DCR") apart.push_back(channels);
  for (std::int64_t i = 0; i < rank; ++i) {
    apart.push_back(in->shape[static_cast<std::size_t>(2 + i)]);
    order.push_back(2 + rank + i);
    order.push_back(mode == "CRD" ? 2 + i : 1 + i);
    target.push_back(in->shape[static_cast<std::size_t>(2 + i)] * block);
  }
  const auto cells = at.add("Reshape", {at.input(0), at.integers(apart)});
  const auto beside = at.add("Transpose", {cells}, {{"perm", order}});
  at.finish("Reshape", {beside, at.integers(target)});
  return true;
}

}  // namespace

std::span<const FileOp> layout_file_ops() {
  static const std::vector<FileOp> ops{
      {"Reshape", 11, {"allowzero"}, reshape},
      {"Flatten", 11, {"axis"}, flatten},
      {"Squeeze", 11, {"axes"}, squeeze},
      {"Unsqueeze", 11, {"axes"}, unsqueeze},
      {"Split", 11, {"axis", "num_outputs", "split"}, split},
      {"Slice", 11, {}, slice},
      {"DepthToSpace", 11, {"blocksize", "mode"}, depth_to_space},
  };
  return ops;
}

}  // namespace octocal::model
