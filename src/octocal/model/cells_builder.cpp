// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/cells_builder.hpp"

#include <fmt/format.h>

#include <vector>

#include "octocal/model/draw_cells.hpp"
#include "octocal/model/internal/graph_nodes.hpp"

namespace octocal::model {
namespace {

class CellsBuilder {
 public:
  CellsBuilder(Graph& graph, const GeneratorSpec& spec, const DrawnProfiles& profiles)
      : nodes_(graph), spec_(spec), profiles_(profiles) {}

  std::string build() {
    fold_standardisation();
    add_map();
    add_trunk();
    // One draw's cells are 0 where the other colour of the checkerboard is: they add up.
    const auto even = draw_layers(0, {});
    const auto odd = draw_layers(1, even);
    return fitted(in_order(even, odd));
  }

 private:
  std::string leaky(const std::string& name, const std::string& value) {
    return nodes_.add(name, "LeakyRelu", {value}, {{"alpha", static_cast<float>(kCellSlope)}});
  }

  /// w ((v - centre) / spread) + b as w' v + b'.
  void fold_standardisation() {
    auto& constants = nodes_.graph().constants;
    const auto& weight = constants.at("condition.weight");
    const auto centre = constants.at("cells.centre").as<float>();
    const auto spread = constants.at("cells.spread").as<float>();
    std::vector<float> folded(weight.as<float>().begin(), weight.as<float>().end());
    const auto given = constants.at("condition.bias").as<float>();
    std::vector<float> bias(given.begin(), given.end());
    const auto columns = centre.size();
    for (std::size_t row = 0; row < bias.size(); ++row) {
      double shift = 0;
      for (std::size_t column = 0; column < columns; ++column) {
        auto& w = folded[row * columns + column];
        w /= spread[column];
        shift += static_cast<double>(w) * static_cast<double>(centre[column]);
      }
      bias[row] = static_cast<float>(static_cast<double>(bias[row]) - shift);
    }
    constants["condition.folded.weight"] = make_tensor(weight.shape, folded);
    constants["condition.folded.bias"] = make_tensor({static_cast<std::int64_t>(bias.size())}, bias);
  }

  void add_map() {
    const auto ecal = nodes_.reshape("map/ecal", profiles_.ecal, {-1, 1, 1, 1});
    auto map = nodes_.add("map/columns", "Div", {profiles_.x, ecal});
    auto rows = nodes_.add("map/rows", "Div", {profiles_.y, ecal});
    map = nodes_.add("map/plane", "Mul", {map, rows});
    map = nodes_.add("map/expected", "Mul", {profiles_.z, map});
    map = nodes_.add("map/floored", "Add", {map, nodes_.number("map/floor", static_cast<float>(kMapFloorGev))});
    map = nodes_.add("map/log", "Log", {map});
    map = nodes_.add("map/scaled", "Mul", {map, nodes_.number("map/scale", static_cast<float>(kMapScale))});
    map_ = nodes_.add("map", "Add", {map, nodes_.number("map/offset", static_cast<float>(kMapOffset))});
  }

  void add_trunk() {
    const auto numbers = nodes_.concat("condition/numbers", {profiles_.description, profiles_.e});
    const auto offsets = nodes_.gemm("condition", numbers, "condition.folded");
    for (std::int64_t layer = 0; layer <= spec_.cells.trunk_layers; ++layer) {
      const auto at = fmt::format("trunk{}", layer);
      const std::int64_t taps = layer == 0 ? 5 : 3;
      const auto convolved = convolution(at, layer == 0 ? map_ : trunk_, {at + ".weight"}, taps);
      auto offset = nodes_.columns(at + "/offset", offsets, layer * spec_.cells.trunk, (layer + 1) * spec_.cells.trunk);
      offset = nodes_.reshape(at + "/offset/channels", offset, {-1, spec_.cells.trunk, 1, 1});
      const auto active = leaky(at + "/leaky_relu", nodes_.add(at + "/moved", "Add", {convolved, offset}));
      trunk_ = layer == 0 ? active : nodes_.add(at + "/sum", "Add", {trunk_, active});
    }
    seen_ = {trunk_, map_};
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
    if (!even.empty()) see("even", even);
    std::string drawn;
    for (std::int64_t parity = 0; parity < 2; ++parity) {
      const auto k = 2 * first + parity;
      auto inputs = seen_;
      if (!drawn.empty()) {
        const auto own = seen(fmt::format("{}{}", at, parity), drawn);
        inputs.insert(inputs.end(), own.begin(), own.end());
      }
      const auto head = fmt::format("head{}", k);
      auto value =
          convolution(head, nodes_.concat(head + "/seen", inputs), {head + ".conv.weight", head + ".conv.bias"}, 3);
      value = leaky(head + "/leaky_relu", value);
      value = convolution(head + "/out", value, {head + ".out.weight", head + ".out.bias"}, 1);
      value = nodes_.add(head + "/draw", kDrawCells,
                         {value, noise, checkerboard(parity), "cells.log_density", "cells.basis", "cells.edges"});
      drawn = drawn.empty() ? value : nodes_.add(at + "/both", "Add", {drawn, value});
    }
    return drawn;
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

  std::vector<std::string> seen(const std::string& at, const std::string& layers) {
    auto energy = nodes_.add(at + "/seen/relative", "Mul",
                             {layers, nodes_.number("seen/inverse", static_cast<float>(1 / kSeenGev))});
    energy = nodes_.add(at + "/seen/above", "Add", {energy, nodes_.number("seen/one", 1)});
    energy = nodes_.add(at + "/seen/log", "Log", {energy});
    energy = nodes_.add(at + "/seen", "Mul", {energy, nodes_.number("seen/scale", static_cast<float>(1 / kSeenScale))});
    const auto is_hit = nodes_.add(at + "/hit", "Greater", {layers, nodes_.number("seen/none", 0)});
    return {energy, nodes_.add(at + "/hit/number", "Cast", {is_hit}, {{"to", std::int64_t{1}}})};
  }
  void see(const std::string& at, const std::string& layers) {
    const auto values = seen(at, layers);
    seen_.insert(seen_.end(), values.begin(), values.end());
  }

  std::string in_order(const std::string& even, const std::string& odd) {
    const auto layers = spec_.network.image.z;
    std::vector<std::int64_t> order;
    for (std::int64_t z = 0; z < layers; ++z) order.push_back(z % 2 == 0 ? z / 2 : (layers + 1) / 2 + z / 2);
    return nodes_.pick("drawn", nodes_.concat("drawn/halves", {even, odd}), order);
  }

  std::string fitted(std::string cells) {
    auto free = nodes_.add("fit/above", "Sub", {cells, nodes_.number("fit/fixed", static_cast<float>(kFixedGev))});
    free = nodes_.add("fit/relative", "Mul",
                      {free, nodes_.number("fit/inverse", static_cast<float>(1 / (kFreeGev - kFixedGev)))});
    free = nodes_.add("fit/free", "Clip", {free, nodes_.number("fit/zero", 0), nodes_.number("fit/one", 1)});
    nodes_.number("fit/least", static_cast<float>(kLeastFactor));
    nodes_.number("fit/most", static_cast<float>(kMostFactor));
    nodes_.number("fit/floor", 1e-12F);
    const auto scaled = [&](const std::string& at, const std::string& energy, const std::vector<std::int64_t>& others,
                            bool is_bounded) {
      const auto loose = nodes_.add(at + "/loose", "Mul", {cells, free});
      const auto sum = nodes_.sum(at + "/loose/sum", loose, others);
      const auto fixed = nodes_.add(at + "/fixed", "Sub", {nodes_.sum(at + "/sum", cells, others), sum});
      auto factor = nodes_.add(at + "/wanted", "Sub", {energy, fixed});
      factor = nodes_.add(at + "/factor", "Div", {factor, nodes_.add(at + "/filled", "Max", {sum, "fit/floor"})});
      factor = is_bounded ? nodes_.add(at + "/bounded", "Clip", {factor, "fit/least", "fit/most"})
                          : nodes_.add(at + "/positive", "Max", {factor, "fit/zero"});
      factor = nodes_.add(at + "/change", "Sub", {factor, "fit/one"});
      cells = nodes_.add(at, "Add", {cells, nodes_.add(at + "/moved", "Mul", {loose, factor})});
    };
    for (std::int64_t round = 0; round < spec_.cells.fitting_rounds; ++round) {
      const auto at = fmt::format("fit{}/", round);
      scaled(at + "x", profiles_.x, {1, 3}, true);
      scaled(at + "y", profiles_.y, {1, 2}, true);
      scaled(at + "z", profiles_.z, {2, 3}, true);
    }
    scaled("fit/ecal", nodes_.reshape("fit/ecal/shower", profiles_.ecal, {-1, 1, 1, 1}), {1, 2, 3}, false);
    return cells;
  }

  GraphNodes nodes_;
  const GeneratorSpec& spec_;
  const DrawnProfiles& profiles_;
  std::string map_, trunk_;
  std::vector<std::string> seen_;  ///< what every head sees
};

}  // namespace

std::string add_cells_network(Graph& graph, const GeneratorSpec& spec, const DrawnProfiles& profiles) {
  return CellsBuilder(graph, spec, profiles).build();
}

}  // namespace octocal::model
