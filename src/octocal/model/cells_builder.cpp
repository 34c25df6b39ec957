// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/cells_builder.hpp"

#include <fmt/format.h>

#include <initializer_list>
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
    // One draw's cells are 0 where the other colour of the checkerboard is: they add up.
    const auto even = draw_layers(0, {});
    const auto odd = draw_layers(1, even);
    const auto drawn = nodes_.concat("drawn", {even, odd});
    nodes_.graph().nodes.push_back({"fit",
                                    std::string(kFitCells),
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
    // Even layers are drawn first and lie first; while they are drawn, odd ones are none of them.
    const auto layers = spec_.network.image.z;
    const auto even = (layers + 1) / 2;
    std::vector<std::int64_t> only_even, order;
    for (std::int64_t z = 0; z < layers; ++z) {
      only_even.push_back(z % 2 == 0 ? z / 2 : even);
      order.push_back(z % 2 == 0 ? z / 2 : even + z / 2);
    }
    nodes_.integers("cells.order.even", only_even);
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

  /// Layers first, first + 2, ...: both colours of the checkerboard, one after the other. `even`: the layers drawn before.
  std::string draw_layers(std::int64_t first, const std::string& even) {
    const auto& image = spec_.network.image;
    const auto at = first == 0 ? std::string("even") : std::string("odd");
    const auto noise =
        nodes_.add(at + "/noise", "Slice",
                   {"noise", nodes_.integers(at + ".first", {first}), nodes_.integers(at + ".end", {image.z}),
                    nodes_.integers(at + ".axis", {2}), nodes_.integers(at + ".step", {2})});
    std::string own;  // drawn of these layers
    for (std::int64_t parity = 0; parity < 2; ++parity) {
      const auto k = 2 * first + parity;
      const auto name = fmt::format("head{}", k);
      auto drawn = even.empty() ? own : even;
      if (!even.empty() && !own.empty()) drawn = nodes_.concat(name + "/drawn", {even, own});
      const auto beside = drawn.empty() ? map_
                                        : nodes_.add(name + "/see", std::string(kSeeCells),
                                                     {profiles_.x, profiles_.y, profiles_.z, drawn,
                                                      k == 3 ? "cells.order" : "cells.order.even", "cells.see"});
      auto value = convolution(name, nodes_.concat(name + "/seen", {trunk_, beside}),
                               {name + ".conv.weight", name + ".conv.bias"}, 3);
      value = leaky(name + "/leaky_relu", value);
      value = convolution(name + "/out", value, {name + ".out.weight", name + ".out.bias"}, 1);
      value = nodes_.add(name + "/draw", std::string(kDrawCells),
                         {value, noise, checkerboard(parity), "cells.log_density", "cells.basis", "cells.edges"});
      own = own.empty() ? value : nodes_.add(at + "/both", "Add", {own, value});
    }
    return own;
  }

  std::string checkerboard(std::int64_t parity) {
    const auto& image = spec_.network.image;
    std::vector<float> mask;
    for (std::int64_t x = 0; x < image.x; ++x)
      for (std::int64_t y = 0; y < image.y; ++y) mask.push_back((x + y) % 2 == parity ? 1.0F : 0.0F);
    const auto name = fmt::format("cells.colour{}", parity);
    nodes_.graph().constants[name] = make_tensor({image.x, image.y}, mask);
    return name;
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
