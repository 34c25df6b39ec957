// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/generator_builder.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/random.hpp"
#include "octocal/model/cells_builder.hpp"
#include "octocal/model/conv3d_builder.hpp"
#include "octocal/model/profile_builder.hpp"

namespace octocal::model {
namespace {

/// A branch's layer with its input's and output's channels.
struct Placed {
  const BranchLayer& layer;
  std::string name;  ///< "conv1"
  std::int64_t in, out;
};

std::vector<Placed> placed_layers(const BranchNetwork& network, Axis channels) {
  std::vector<Placed> placed;
  const auto names = layer_names(network.layers);
  auto in = network.cube.along(channels);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& layer = network.layers[i];
    const auto out = layer.channels > 0 ? layer.channels : network.image.along(channels);
    placed.push_back({layer, names[i], in, out});
    in = out;
  }
  return placed;
}

std::int64_t pixels(const AxisSizes& sizes) { return sizes.x * sizes.y * sizes.z; }

/// Builds the graph node by node; values are named after the node that makes them.
class Builder {
 public:
  Builder(Graph& graph, const GeneratorSpec& spec) : graph_(graph), spec_(spec) {}

  std::string add(const std::string& name, const std::string& op, std::vector<std::string> inputs,
                  std::map<std::string, Attribute> attributes = {}, std::string output = {}) {
    if (output.empty()) output = name + ":out";
    graph_.nodes.push_back({name, op, std::move(inputs), {output}, std::move(attributes)});
    return output;
  }

  std::string transpose(const std::string& name, const std::string& value, const std::vector<std::int64_t>& order,
                        const std::string& output = {}) {
    if (order == std::vector<std::int64_t>{0, 1, 2, 3}) return value;
    return add(name, "Transpose", {value}, {{"perm", order}}, output);
  }

  std::string shape_constant(const std::string& name, const std::vector<std::int64_t>& sizes) {
    graph_.constants[name] =
        make_tensor(DataType::kInt64, {static_cast<std::int64_t>(sizes.size())}, std::span<const std::int64_t>(sizes));
    return name;
  }

  std::string branch(std::size_t index, std::string value) {
    const auto channels = spec_.network.branches[index];
    const auto [rows, columns] = plane_of(channels);
    for (const auto& [layer, layer_name, in, out] : placed_layers(spec_.network, channels)) {
      const auto parameter = fmt::format("branch{}.{}", index, layer_name);
      const auto node = fmt::format("branch{}/{}", index, layer_name);
      const auto above = pads_of(layer, rows);
      const auto beside = pads_of(layer, columns);
      const std::map<std::string, Attribute> attributes = {
          {"kernel_shape", std::vector<std::int64_t>{layer.kernel.along(rows), layer.kernel.along(columns)}},
          {"strides", std::vector<std::int64_t>{layer.stride.along(rows), layer.stride.along(columns)}},
          {"pads", std::vector<std::int64_t>{above.before, beside.before, above.after, beside.after}}};
      if (layer.op == LayerOp::kUpsampling) {
        value = add(node, "ConvTranspose", {value, parameter + ".weight", parameter + ".bias"}, attributes);
        continue;
      }
      value = add(node, "Conv", {value, parameter + ".weight"}, attributes);
      value = add(node + "/leaky_relu", "LeakyRelu", {value}, {{"alpha", static_cast<float>(spec_.leaky_slope)}});
      value = add(node + "/batch_norm", "BatchNormalization",
                  {value, parameter + ".gamma", parameter + ".beta", parameter + ".mean", parameter + ".variance"},
                  {{"epsilon", static_cast<float>(spec_.batch_norm_epsilon)}});
    }
    return value;
  }

  /// From the latents to the last convolution's output (N, z, x, y).
  std::string branches(const std::string& latent) {
    const auto& network = spec_.network;
    auto cube = add("dense", "Gemm", {latent, "dense.weight", "dense.bias"}, {{"transB", std::int64_t{1}}});
    cube = add("cube", "Reshape",
               {cube, shape_constant("cube.shape", {-1, network.cube.x, network.cube.y, network.cube.z})});

    std::vector<std::string> images;
    for (std::size_t b = 0; b < network.branches.size(); ++b) {
      const auto rotation = rotation_of(network.branches[b]);
      const auto rotated = transpose(fmt::format("branch{}/rotate", b), cube, rotation.into);
      images.push_back(transpose(fmt::format("branch{}/rotate_back", b), branch(b, rotated), rotation.back));
    }
    auto value = images[0];
    if (images.size() > 1) value = add("concat", "Concat", images, {{"axis", std::int64_t{1}}});
    const auto kernel = network.final_kernel;
    const auto before = (kernel - 1) / 2;
    return add("final", "Conv", {value, "final.weight"},
               {{"kernel_shape", std::vector<std::int64_t>{kernel, kernel}},
                {"strides", std::vector<std::int64_t>{1, 1}},
                {"pads", std::vector<std::int64_t>{before, before, kernel - 1 - before, kernel - 1 - before}}});
  }

 private:
  Graph& graph_;
  const GeneratorSpec& spec_;
};

/// The parameters of kConv2d.
std::vector<ParameterShape> branch_parameters(const GeneratorSpec& spec) {
  const auto& network = spec.network;
  const auto cube = pixels(network.cube);
  std::vector<ParameterShape> all = {{"dense.weight", {cube, static_cast<std::int64_t>(spec.latent_size)}},
                                     {"dense.bias", {cube}}};
  for (std::size_t b = 0; b < network.branches.size(); ++b) {
    const auto [rows, columns] = plane_of(network.branches[b]);
    for (const auto& [layer, layer_name, in, out] : placed_layers(network, network.branches[b])) {
      const auto name = fmt::format("branch{}.{}", b, layer_name);
      const auto height = layer.kernel.along(rows);
      const auto width = layer.kernel.along(columns);
      if (layer.op == LayerOp::kUpsampling) {
        all.push_back({name + ".weight", {in, out, height, width}});
        all.push_back({name + ".bias", {out}});
        continue;
      }
      all.push_back({name + ".weight", {out, in, height, width}});
      for (const char* part : {".gamma", ".beta", ".mean", ".variance"}) all.push_back({name + part, {out}});
    }
  }
  const auto joined = static_cast<std::int64_t>(network.branches.size()) * network.image.z;
  all.push_back({"final.weight", {network.image.z, joined, network.final_kernel, network.final_kernel}});
  return all;
}

void check_parameters(const GeneratorSpec& spec, const std::map<std::string, Tensor>& parameters) {
  std::set<std::string> known;
  for (const auto& [name, shape] : generator_parameters(spec)) {
    known.insert(name);
    const auto found = parameters.find(name);
    if (found == parameters.end())
      throw bad_input(fmt::format("generator parameter {}: missing; give all of the network's parameters", name));
    if (found->second.type != DataType::kFloat32 || found->second.shape != shape)
      throw bad_input(
          fmt::format("generator parameter {}: {} {}, expected float32 {}; check the network that it is from", name,
                      name_of(found->second.type), to_string(found->second.shape), to_string(shape)));
  }
  for (const auto& [name, tensor] : parameters)
    if (!known.contains(name))
      throw bad_input(fmt::format("generator parameter {}: not a parameter of this network; leave it out", name));
}

DrawnProfiles without_profiles() {
  DrawnProfiles none;
  none.latent = "latent";
  return none;
}

}  // namespace

std::vector<ParameterShape> generator_parameters(const GeneratorSpec& spec) {
  const bool draws_cells = spec.architecture == Architecture::kCells;
  std::vector<ParameterShape> all;
  if (draws_cells) {
    for (const auto& [name, shape] : cells_parameters(spec.cells, spec.network.image)) all.push_back({name, shape});
  } else {
    all = spec.architecture == Architecture::kConv3d ? conv3d_parameters(spec) : branch_parameters(spec);
  }
  if (spec.output == OutputTransform::kProfiles)
    for (const auto& [name, shape] : profile_parameters(spec.profile, spec.network.image))
      if (!draws_cells || !name.starts_with("output.")) all.push_back({name, shape});
  return all;
}

Graph build_generator(const GeneratorSpec& spec, const std::map<std::string, Tensor>& parameters) {
  const bool draws_cells = spec.architecture == Architecture::kCells;
  if (!draws_cells) check_network(spec.network, "generator");
  if (spec.architecture == Architecture::kConv3d &&
      spec.network.image != AxisSizes{kConv3dImage, kConv3dImage, kConv3dImage})
    throw bad_input(
        fmt::format("generator: images of {}x{}x{} cells from conv3d (it makes {} along each axis); take conv2d",
                    spec.network.image.x, spec.network.image.y, spec.network.image.z, kConv3dImage));
  check_parameters(spec, parameters);
  const auto& network = spec.network;
  Graph graph;
  graph.constants = parameters;
  Builder build(graph, spec);

  const auto latent_size = static_cast<std::int64_t>(spec.latent_size);
  graph.inputs.push_back({"latent", DataType::kFloat32, {kBatch, latent_size}});
  if (spec.output != OutputTransform::kRelu) graph.inputs.push_back({"energy", DataType::kFloat32, {kBatch, 1}});

  const bool is_3d = spec.architecture == Architecture::kConv3d;
  const bool has_profiles = spec.output == OutputTransform::kProfiles;
  const auto profiles = has_profiles ? add_profile_network(graph, spec) : without_profiles();
  if (draws_cells) {
    const auto& image = network.image;
    graph.inputs.push_back({"noise", DataType::kFloat32, {kBatch, 2, image.z, image.x, image.y}});
    add_cells_network(graph, spec, profiles);
    graph.outputs.push_back({"cells", DataType::kFloat32, {kBatch, image.x, image.y, image.z}});
    return graph;
  }
  auto value = is_3d ? add_conv3d_chain(graph, spec, profiles.latent) : build.branches(profiles.latent);
  value = build.add("final/relu", "Relu", {value});
  const Shape cells{kBatch, network.image.x, network.image.y, network.image.z};
  // The image is (N, z, x, y), but from conv3d (N, 1, x, y, z), which only the profiles' fit turns.
  bool is_flat = !is_3d;
  if (is_3d && has_profiles) {
    value = build.add("output/image", "Reshape", {value, build.shape_constant("image.shape", cells)});
    value = build.transpose("output/layers", value, {0, 3, 1, 2});
    is_flat = true;
  }
  if (spec.output == OutputTransform::kEnergySquare) {
    graph.constants["output.scale"] = make_tensor({1}, {static_cast<float>(spec.output_scale)});
    value = build.add("output/square", "Mul", {value, value});
    value = build.add("output/scale", "Mul", {value, "output.scale"});
    std::vector<std::int64_t> one_a_shower(is_flat ? 4 : 5, 1);
    one_a_shower[0] = -1;
    const auto energy =
        build.add("output/energy", "Reshape", {"energy", build.shape_constant("energy.shape", one_a_shower)});
    value = build.add("output/times_energy", "Mul", {value, energy});
  } else if (has_profiles) {
    value = add_profile_fit(graph, spec, profiles, value);
  }
  if (is_flat) {
    build.transpose("output/shower", value, {0, 2, 3, 1}, "cells");
  } else {
    build.add("output/shower", "Reshape", {value, build.shape_constant("cells.shape", cells)}, {}, "cells");
  }
  graph.outputs.push_back({"cells", DataType::kFloat32, cells});
  return graph;
}

std::map<std::string, Tensor> random_generator_parameters(const GeneratorSpec& spec, std::uint64_t seed) {
  std::map<std::string, Tensor> parameters;
  std::uint64_t index = 0;
  for (const auto& [name, shape] : generator_parameters(spec)) {
    std::vector<float> numbers(elements(shape));
    normals(seed, Draw::kTraining, index++, numbers);
    const auto ends_with = [&name = name](std::string_view ending) { return name.ends_with(ending); };
    double centre = 0;
    double width = 0.1;
    if (ends_with(".weight")) {
      const bool upsample = name.find(".upsample") != std::string::npos;
      const double in = static_cast<double>(shape[upsample ? 0 : 1]);
      double taps = 1;
      for (std::size_t axis = 2; axis < shape.size(); ++axis) taps *= static_cast<double>(shape[axis]);
      // Each output of a transposed convolution sees only taps/stride^2 of the kernel: 25/9 and 25/4 in the paper's
      // network, about 4.
      width = std::sqrt((upsample ? 1.0 : 2.0) / (in * (upsample ? 4.0 : taps)));
    } else if (ends_with(".gamma")) {
      centre = 1;
    } else if (ends_with(".variance") || ends_with(".spread") || ends_with(".slope")) {
      centre = 1;
      width = 0.05;
    } else if (name == "profile.centre" || name == "profile.half_range") {
      centre = name == "profile.centre" ? 300 : 200;  // GeV
    } else if (name == "profile.trend") {
      width = 0.01;
    }
    for (float& number : numbers) number = static_cast<float>(centre + width * static_cast<double>(number));
    if (name == "cells.edges") {  // from 1e-6 to 1 GeV
      const auto last = static_cast<float>(numbers.size() - 1);
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = -13.8F + 13.8F * static_cast<float>(i) / last;
    }
    parameters[name] = make_tensor(shape, numbers);
  }
  return parameters;
}

}  // namespace octocal::model
