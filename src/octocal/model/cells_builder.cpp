// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/cells_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <tuple>
#include <vector>

#include "octocal/model/cell_ops.hpp"
#include "octocal/model/internal/graph_nodes.hpp"

namespace octocal::model {
namespace {

class CellsBuilder {
 public:
  CellsBuilder(Graph& graph, const GeneratorSpec& spec, const DrawnProfiles& profiles)
      : nodes_(graph), spec_(spec), profiles_(profiles) {}

  void build() {
    add_settings();
    add_trunk();
    std::string drawn;
    for (std::int64_t k = 0; k < kCellPasses; ++k) drawn = draw_pixels(k, drawn);
    nodes_.graph().nodes.push_back({"fit",
                                    std::string(kFitCellsByLog),
                                    {profiles_.x, profiles_.y, profiles_.z, drawn, "cells.order", "cells.fit"},
                                    {"cells"},
                                    {}});
  }

 private:
  std::string leaky(const std::string& name, const std::string& value) {
    return nodes_.add(name, "LeakyRelu", {value}, {{"alpha", static_cast<float>(kCellSlope)}});
  }

  void reals(const std::string& name, std::initializer_list<double> values) {
    std::vector<float> numbers;
    for (const double value : values) numbers.push_back(static_cast<float>(value));
    nodes_.graph().constants[name] = make_tensor({static_cast<std::int64_t>(numbers.size())}, numbers);
  }

  void add_settings() {
    reals("cells.map", {kLeastSliceGev, kMapFloorGev, kMapScale, kMapOffset});
    reals("cells.see", {kLeastSliceGev, kMapFloorGev, kMapScale, kMapOffset, kSeenGev, 1 / kSeenScale, kLeastLeft});
    reals("cells.fit", {kFixedGev, kFreeGev, kLeastFactor, kMostFactor});
    std::vector<std::int64_t> order;
    for (std::int64_t z = 0; z < spec_.network.image.z; ++z) order.push_back(z);
    nodes_.integers("cells.order", order);
  }

  void add_trunk() {
    map_ = nodes_.add("map", std::string(kExpectedCells), {profiles_.x, profiles_.y, profiles_.z, "cells.map"});
    auto numbers = nodes_.concat("condition/numbers", {profiles_.description, profiles_.e});
    numbers = nodes_.add("condition/from_centre", "Sub", {numbers, "cells.centre"});
    numbers = nodes_.add("condition/standardised", "Div", {numbers, "cells.spread"});
    const auto offsets = nodes_.gemm("condition", numbers, "condition");
    for (std::int64_t layer = 0; layer <= spec_.cells.trunk_layers; ++layer) {
      const auto at = fmt::format("trunk{}", layer);
      const std::int64_t taps = layer == 0 ? 5 : 3;
      const auto convolved = convolution(at, layer == 0 ? map_ : trunk_, {at + ".weight"}, taps);
      auto offset = nodes_.columns(at + "/offset", offsets, layer * spec_.cells.trunk, (layer + 1) * spec_.cells.trunk);
      offset = nodes_.reshape(at + "/offset/channels", offset, {-1, spec_.cells.trunk, 1, 1});
      const auto active = leaky(at + "/leaky_relu", nodes_.add(at + "/moved", "Add", {convolved, offset}));
      trunk_ = layer == 0 ? active : nodes_.add(at + "/sum", "Add", {trunk_, active});
    }
  }

  std::string convolution(const std::string& name, const std::string& value, const std::vector<std::string>& parameters,
                          std::int64_t taps) {
    std::vector<std::string> inputs = {value};
    inputs.insert(inputs.end(), parameters.begin(), parameters.end());
    return nodes_.add(name, "Conv", inputs,
                      {{"kernel_shape", std::vector<std::int64_t>{taps, taps}},
                       {"strides", std::vector<std::int64_t>{1, 1}},
                       {"pads", std::vector<std::int64_t>(4, taps / 2)}});
  }

  /// One head: `drawn` (all cells so far, none for the first head) with its own. A convolution of stride 2 puts out its
  /// pixels alone.
  std::string draw_pixels(std::int64_t k, const std::string& drawn) {
    const auto& image = spec_.network.image;
    const auto pass = cell_pass(k, image);
    const auto name = fmt::format("head{}", k);
    const auto layers = [&](const std::string& seen) {  // the layers as an axis of their own
      return nodes_.reshape(name + "/local/planes", seen, {-1, cell_planes(k), image.z, image.x, image.y});
    };
    std::string beside, near;
    if (drawn.empty() || !spec_.cells.distance) {
      beside = drawn.empty() ? map_ : seen_of(name, drawn);
      near = layers(beside);
    } else {
      near = with_distance(name, layers(seen_of(name, drawn)), k);
      beside = nodes_.reshape(name + "/beside", near, {-1, cell_planes(k) * image.z, image.x, image.y});
    }
    auto value = nodes_.add(
        name, "Conv", {nodes_.concat(name + "/seen", {trunk_, beside}), name + ".conv.weight", name + ".conv.bias"},
        at_pixels(pass, 3, false));
    value = leaky(name + "/leaky_relu", value);
    value = convolution(name + "/out", value, {name + ".out.weight", name + ".out.bias"}, 1);
    const auto values = 1 + spec_.cells.statistics;
    value = nodes_.reshape(name + "/layers", value, {-1, values, image.z, pass.columns, pass.rows});
    value = nodes_.add(name + "/sum", "Add", {value, local_values(name, near, k)});
    value = nodes_.reshape(name + "/values", value, {-1, values * image.z, pass.columns, pass.rows});
    const auto noise = nodes_.add(name + "/noise", "Slice",
                                  {"noise", nodes_.integers(name + ".first", {pass.first_x, pass.first_y}),
                                   nodes_.integers(name + ".end", {image.x, image.y}),
                                   nodes_.integers("cells.plane", {3, 4}), nodes_.integers("cells.step", {2, 2})});
    const auto cells =
        nodes_.add(name + "/draw", std::string(kDrawCells),
                   {value, noise, everywhere(name, pass), "cells.log_density", "cells.basis", "cells.edges"});
    const auto placed = in_image(name, cells, pass);
    return drawn.empty() ? placed : nodes_.add(name + "/drawn", "Add", {drawn, placed});
  }

  std::string seen_of(const std::string& head, const std::string& drawn) {
    return nodes_.add(head + "/see", std::string(kSeeCells),
                      {profiles_.x, profiles_.y, profiles_.z, drawn, "cells.order", "cells.see"});
  }

  /// What a head sees, (N, planes, nz, nx, ny), with the distances of its own pixels (distance_plane) among the hits.
  std::string with_distance(const std::string& head, const std::string& seen, std::int64_t k) {
    const auto& image = spec_.network.image;
    const auto planes = cell_planes(k);
    const auto plane = distance_plane(k, image);
    std::vector<float> numbers(static_cast<std::size_t>((planes - 1) * image.x * image.y), 0.0F);
    numbers.insert(numbers.end(), plane.begin(), plane.end());
    nodes_.graph().constants[head + ".distance"] = make_tensor({planes, 1, image.x, image.y}, numbers);
    return nodes_.add(head + "/distance", "Add", {seen, head + ".distance"});
  }

  /// Attributes of a convolution over x and y (behind layers, where `with_layers`) whose output is a head's pixels.
  std::map<std::string, Attribute> at_pixels(const CellPass& pass, std::int64_t taps, bool with_layers) const {
    const auto& image = spec_.network.image;
    const auto before_x = taps / 2 - pass.first_x, before_y = taps / 2 - pass.first_y;
    const auto after_x = 2 * (pass.columns - 1) + taps - before_x - image.x;
    const auto after_y = 2 * (pass.rows - 1) + taps - before_y - image.y;
    using Sizes = std::vector<std::int64_t>;
    if (with_layers)
      return {{"kernel_shape", Sizes{1, taps, taps}},
              {"strides", Sizes{1, 2, 2}},
              {"pads", Sizes{0, before_x, before_y, 0, after_x, after_y}}};
    return {{"kernel_shape", Sizes{taps, taps}},
            {"strides", Sizes{2, 2}},
            {"pads", Sizes{before_x, before_y, after_x, after_y}}};
  }

  /// What the branch that all layers share adds: layers are an axis of their own there.
  std::string local_values(const std::string& head, const std::string& near, std::int64_t k) {
    const auto pass = cell_pass(k, spec_.network.image);
    const auto name = head + "/local";
    // Weights as tensors of three axes of taps.
    const auto in_space = [&](const std::string& parameter) {
      auto& constants = nodes_.graph().constants;
      auto& shape = constants.at(parameter).shape;
      if (shape.size() == 4) shape.insert(shape.begin() + 2, 1);
      if (shape.size() == 2) shape.insert(shape.end(), 3, 1);
      return parameter;
    };
    auto value = nodes_.add(name, "Conv", {near, in_space(head + ".local.weight"), head + ".local.bias"},
                            at_pixels(pass, kLocalTaps, true));
    value = leaky(name + "/leaky_relu", value);
    return nodes_.add(name + "/out", "Conv", {value, in_space(head + ".local.out.weight")},
                      {{"kernel_shape", std::vector<std::int64_t>{1, 1, 1}}});
  }

  std::string everywhere(const std::string& head, const CellPass& pass) {
    const auto name = head + ".colour";
    const auto count = static_cast<std::size_t>(pass.columns * pass.rows);
    nodes_.graph().constants[name] = make_tensor({pass.columns, pass.rows}, std::vector<float>(count, 1.0F));
    return name;
  }

  /// A head's cells at their pixels of the image, 0 elsewhere: each one four times, three of them taken away.
  std::string in_image(const std::string& head, const std::string& cells, const CellPass& pass) {
    const auto& image = spec_.network.image;
    auto value = cells;
    std::vector<float> mask;
    for (const auto& [axis, size, first] :
         {std::tuple{2, image.x, pass.first_x}, std::tuple{3, image.y, pass.first_y}}) {
      std::vector<std::int64_t> from;
      for (std::int64_t at = 0; at < size; ++at) from.push_back(std::max<std::int64_t>(at - first, 0) / 2);
      const auto name = fmt::format("{}/{}", head, axis == 2 ? "columns" : "rows");
      value = nodes_.add(name, "Gather", {value, nodes_.integers(name + ".from", from)},
                         {{"axis", static_cast<std::int64_t>(axis)}});
    }
    for (std::int64_t x = 0; x < image.x; ++x)
      for (std::int64_t y = 0; y < image.y; ++y)
        mask.push_back(x % 2 == pass.first_x && y % 2 == pass.first_y ? 1.0F : 0.0F);
    nodes_.graph().constants[head + ".pixels"] = make_tensor({image.x, image.y}, mask);
    return nodes_.add(head + "/placed", "Mul", {value, head + ".pixels"});
  }

  GraphNodes nodes_;
  const GeneratorSpec& spec_;
  const DrawnProfiles& profiles_;
  std::string map_, trunk_;
};

}  // namespace

void add_cells_network(Graph& graph, const GeneratorSpec& spec, const DrawnProfiles& profiles) {
  CellsBuilder(graph, spec, profiles).build();
}

}  // namespace octocal::model
