// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/profile_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "octocal/model/internal/graph_nodes.hpp"

namespace octocal::model {
namespace {

constexpr float kLatentGev = 100;  // latents come times Ep/100 GeV

std::string add_coupling(GraphNodes& nodes, const Coupling& coupling, const std::string& value, const std::string& e) {
  std::string at = coupling.name;
  std::replace(at.begin(), at.end(), '.', '/');
  const auto given = nodes.pick(at + "/given", value, coupling.given);
  const auto changed = nodes.pick(at + "/changed", value, coupling.changed);
  auto hidden = nodes.add(at + "/clip", "Clip", {given, "profile/least", "profile/most"});
  hidden = nodes.concat(at + "/with_energy", {hidden, e});
  for (const char* layer : {"hidden1", "hidden2"}) {
    hidden = nodes.gemm(at + "/" + layer, hidden, coupling.name + "." + layer);
    hidden = nodes.add(at + "/" + layer + "/leaky_relu", "LeakyRelu", {hidden},
                       {{"alpha", static_cast<float>(kProfileSlope)}});
  }
  const auto output = nodes.gemm(at + "/output", hidden, coupling.name + ".output");
  const auto count = static_cast<std::int64_t>(coupling.changed.size());
  auto gain = nodes.columns(at + "/s", output, 0, count);
  gain = nodes.add(at + "/tanh", "Tanh", {gain});
  gain = nodes.add(at + "/gain", "Exp", {gain});
  auto moved = nodes.add(at + "/scaled", "Mul", {changed, gain});
  moved = nodes.add(at + "/moved", "Add", {moved, nodes.columns(at + "/t", output, count, 2 * count)});
  // Back to the old order, the numbers beyond this coupling's behind them.
  std::vector<std::int64_t> order(coupling.given);
  order.insert(order.end(), coupling.changed.begin(), coupling.changed.end());
  std::vector<std::int64_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    place[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return nodes.pick(at + "/in_order", nodes.concat(at + "/joined", {given, moved}), place);
}

/// offset + slope x + sum over knots of bend * relu(x - knot), number by number.
std::string add_bends(GraphNodes& nodes, const std::string& name, const std::string& value, std::int64_t numbers) {
  const auto at = "profile/" + name;
  const auto parameter = "profile." + name;
  auto line = nodes.add(at + "/sloped", "Mul", {value, parameter + ".slope"});
  line = nodes.add(at + "/line", "Add", {line, parameter + ".offset"});
  auto bent = nodes.reshape(at + "/column", value, {-1, numbers, 1});
  bent = nodes.add(at + "/beyond", "Sub", {bent, "profile/knots"});
  bent = nodes.add(at + "/relu", "Relu", {bent});
  bent = nodes.add(at + "/bent", "Mul", {bent, parameter + ".bends"});
  return nodes.add(at, "Add", {line, nodes.sum(at + "/sum", bent, {2}, false)});
}

/// From n - 1 numbers along Helmert's axes to n energies in GeV that add up to `ecal`.
std::string add_shares(GraphNodes& nodes, const std::string& axis, const std::string& description, std::int64_t first,
                       std::int64_t count, const std::string& ecal) {
  const auto at = "profile/" + axis;
  nodes.graph().constants[at + ".axes"] = make_tensor({count - 1, count}, helmert_axes(count));
  auto share = nodes.columns(at + "/logs", description, first, first + count - 1);
  share = nodes.add(at + "/along", "MatMul", {share, at + ".axes"});
  share = nodes.add(at + "/exp", "Exp", {share});
  share = nodes.add(at + "/share", "Div", {share, nodes.sum(at + "/sum", share, {1})});
  const double empty = kEmptyShare / (1 + static_cast<double>(count) * kEmptyShare);
  share = nodes.add(at + "/less_empty", "Sub", {share, nodes.number(at + ".empty", static_cast<float>(empty))});
  share = nodes.add(at + "/relu", "Relu", {share});
  const auto factor = nodes.add(at + "/factor", "Div", {ecal, nodes.sum(at + "/filled", share, {1})});
  return nodes.add(at + "/energy", "Mul", {share, factor});
}

}  // namespace

DrawnProfiles add_profile_network(Graph& graph, const GeneratorSpec& spec) {
  const auto& image = spec.network.image;
  const auto numbers = description_size(image);
  const auto latents = static_cast<std::int64_t>(spec.latent_size);
  GraphNodes nodes(graph);
  graph.constants["profile/knots"] = make_tensor({static_cast<std::int64_t>(profile_knots().size())}, profile_knots());
  nodes.number("profile/least", static_cast<float>(-kCouplingReach));
  nodes.number("profile/most", static_cast<float>(kCouplingReach));

  const auto scale =
      nodes.add("profile/latent_scale", "Div", {"energy", nodes.number("profile/latent_gev", kLatentGev)});
  const auto normal = nodes.add("profile/normal", "Div", {"latent", scale});
  auto e = nodes.add("profile/energy_offset", "Sub", {"energy", "profile.centre"});
  e = nodes.add("profile/e", "Div", {e, "profile.half_range"});

  auto code = nodes.columns("profile/leading", normal, 0, spec.profile.leading);
  for (const auto& coupling : couplings(spec.profile, numbers)) {
    if (coupling.name == "profile.rest")
      code =
          nodes.concat("profile/all", {code, nodes.columns("profile/others", normal, spec.profile.leading, numbers)});
    code = add_coupling(nodes, coupling, code, e);
  }

  auto description = add_bends(nodes, "outer", code, numbers);
  description = nodes.add("profile/axes", "Gemm", {description, "profile.axes", "profile.mean"});
  description = add_bends(nodes, "inner", description, numbers);
  std::vector<std::string> powers = {nodes.add("profile/one", "Div", {"energy", "energy"})};
  for (std::int64_t power = 1; power < kEnergyTerms; ++power)
    powers.push_back(power == 1 ? e : nodes.add(fmt::format("profile/e{}", power), "Mul", {powers.back(), e}));
  const auto trend = nodes.add("profile/trend", "MatMul", {nodes.concat("profile/powers", powers), "profile.trend"});
  description = nodes.add("profile/description", "Add", {description, trend});

  auto ecal = nodes.add("profile/response", "Exp", {nodes.columns("profile/log_response", description, 0, 1)});
  ecal = nodes.add("profile/ecal", "Mul", {ecal, "energy"});
  const auto z = add_shares(nodes, "z", description, 1, image.z, ecal);
  const auto x = add_shares(nodes, "x", description, image.z, image.x, ecal);
  const auto y = add_shares(nodes, "y", description, image.z + image.x - 1, image.y, ecal);

  DrawnProfiles drawn;
  drawn.description = description;
  drawn.e = e;
  drawn.ecal = ecal;
  drawn.x = nodes.reshape("profile/x/columns", x, {-1, 1, image.x, 1});
  drawn.y = nodes.reshape("profile/y/rows", y, {-1, 1, 1, image.y});
  drawn.z = nodes.reshape("profile/z/layers", z, {-1, image.z, 1, 1});
  if (spec.architecture == Architecture::kCells) return drawn;
  const auto dense = nodes.concat("profile/code_and_latent",
                                  {code, nodes.columns("profile/free", normal, numbers, latents - 1), powers[0]});
  drawn.latent = nodes.add("profile/latent", "Mul", {dense, scale});
  return drawn;
}

std::string add_profile_fit(Graph& graph, const GeneratorSpec& spec, const DrawnProfiles& profiles,
                            const std::string& image) {
  struct Side {
    const char* name;
    const std::string& energy;
    std::vector<std::int64_t> others;
  };
  const std::vector<Side> sides = {{"x", profiles.x, {1, 3}}, {"y", profiles.y, {1, 2}}, {"z", profiles.z, {2, 3}}};
  GraphNodes nodes(graph);
  nodes.number("fit/floor", kFitFloor);
  const auto lifted = nodes.add("output/lifted", "Add", {image, "output.lift"});
  auto cells = nodes.add("output/square", "Mul", {image, lifted});
  cells = nodes.add("output/mapped", "Mul", {cells, "output.map"});
  cells = nodes.add("output/nowhere_zero", "Add", {cells, nodes.number("fit/least", kLeastImage)});
  for (std::int64_t round = 0; round < spec.profile.fitting_rounds; ++round)
    for (const auto& [name, energy, others] : sides) {
      const auto at = fmt::format("fit{}/{}", round, name);
      auto factor = nodes.sum(at + "/sum", cells, others);
      factor = nodes.add(at + "/filled", "Max", {factor, "fit/floor"});
      factor = nodes.add(at + "/factor", "Div", {energy, factor});
      cells = nodes.add(at, "Mul", {cells, factor});
    }
  return cells;
}

}  // namespace octocal::model
