#include "octocal/model/generator_builder.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/random.hpp"

namespace octocal::model {
namespace {

constexpr int kBranches = 3;
constexpr std::int64_t kCube = 5;
constexpr std::int64_t kImage = 25;

/// One layer of a branch, in order. pads: before and after, both axes alike.
struct BranchLayer {
  const char* name;
  bool upsample;
  std::int64_t in, out, kernel, stride, pad_before, pad_after;
};

// Design section 7. Even 'same' kernels pad one more after than before (Keras); the transposed ones crop likewise.
constexpr std::array<BranchLayer, 9> kBranch = {{{"conv1", false, 5, 32, 5, 1, 2, 2},
                                                 {"upsample1", true, 32, 64, 5, 3, 1, 1},
                                                 {"conv2", false, 64, 64, 5, 1, 2, 2},
                                                 {"upsample2", true, 64, 64, 5, 2, 1, 2},
                                                 {"conv3", false, 64, 64, 8, 1, 3, 4},
                                                 {"conv4", false, 64, 64, 5, 1, 0, 0},
                                                 {"conv5", false, 64, 32, 4, 1, 1, 2},
                                                 {"conv6", false, 32, 32, 3, 1, 1, 1},
                                                 {"conv7", false, 32, 25, 2, 1, 0, 0}}};

/// Rotation of the cube (N, x, y, z) into a branch, and of the branch's image back to (N, z, x, y).
struct Rotation {
  std::vector<std::int64_t> into, back;
};
const std::array<Rotation, kBranches> kRotations = {
    {{{0, 3, 1, 2}, {0, 1, 2, 3}}, {{0, 1, 2, 3}, {0, 3, 1, 2}}, {{0, 2, 1, 3}, {0, 3, 2, 1}}}};

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

  std::string branch(int index, std::string value) {
    for (const auto& layer : kBranch) {
      const auto parameter = fmt::format("branch{}.{}", index, layer.name);
      const auto node = fmt::format("branch{}/{}", index, layer.name);
      const std::map<std::string, Attribute> attributes = {
          {"kernel_shape", std::vector<std::int64_t>{layer.kernel, layer.kernel}},
          {"strides", std::vector<std::int64_t>{layer.stride, layer.stride}},
          {"pads", std::vector<std::int64_t>{layer.pad_before, layer.pad_before, layer.pad_after, layer.pad_after}}};
      if (layer.upsample) {
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

 private:
  Graph& graph_;
  const GeneratorSpec& spec_;
};

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

}  // namespace

std::vector<ParameterShape> generator_parameters(const GeneratorSpec& spec) {
  std::vector<ParameterShape> all = {
      {"dense.weight", {kCube * kCube * kCube, static_cast<std::int64_t>(spec.latent_size)}},
      {"dense.bias", {kCube * kCube * kCube}}};
  for (int b = 0; b < kBranches; ++b) {
    for (const auto& layer : kBranch) {
      const auto name = fmt::format("branch{}.{}", b, layer.name);
      if (layer.upsample) {
        all.push_back({name + ".weight", {layer.in, layer.out, layer.kernel, layer.kernel}});
        all.push_back({name + ".bias", {layer.out}});
        continue;
      }
      all.push_back({name + ".weight", {layer.out, layer.in, layer.kernel, layer.kernel}});
      for (const char* part : {".gamma", ".beta", ".mean", ".variance"}) all.push_back({name + part, {layer.out}});
    }
  }
  all.push_back({"final.weight", {kImage, kBranches * kImage, 3, 3}});
  return all;
}

Graph build_generator(const GeneratorSpec& spec, const std::map<std::string, Tensor>& parameters) {
  check_parameters(spec, parameters);
  Graph graph;
  graph.constants = parameters;
  Builder build(graph, spec);

  const auto latent_size = static_cast<std::int64_t>(spec.latent_size);
  graph.inputs.push_back({"latent", DataType::kFloat32, {kBatch, latent_size}});
  if (spec.output == OutputTransform::kEnergySquare)
    graph.inputs.push_back({"energy", DataType::kFloat32, {kBatch, 1}});

  auto cube = build.add("dense", "Gemm", {"latent", "dense.weight", "dense.bias"}, {{"transB", std::int64_t{1}}});
  cube = build.add("cube", "Reshape", {cube, build.shape_constant("cube.shape", {-1, kCube, kCube, kCube})});

  std::vector<std::string> images;
  for (int b = 0; b < kBranches; ++b) {
    const auto& rotation = kRotations[static_cast<std::size_t>(b)];
    const auto rotated = build.transpose(fmt::format("branch{}/rotate", b), cube, rotation.into);
    images.push_back(build.transpose(fmt::format("branch{}/rotate_back", b), build.branch(b, rotated), rotation.back));
  }
  auto value = build.add("concat", "Concat", images, {{"axis", std::int64_t{1}}});
  value = build.add("final", "Conv", {value, "final.weight"},
                    {{"kernel_shape", std::vector<std::int64_t>{3, 3}},
                     {"strides", std::vector<std::int64_t>{1, 1}},
                     {"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  value = build.add("final/relu", "Relu", {value});
  if (spec.output == OutputTransform::kEnergySquare) {
    graph.constants["output.scale"] = make_tensor({1}, {static_cast<float>(spec.output_scale)});
    value = build.add("output/square", "Mul", {value, value});
    value = build.add("output/scale", "Mul", {value, "output.scale"});
    const auto energy =
        build.add("output/energy", "Reshape", {"energy", build.shape_constant("energy.shape", {-1, 1, 1, 1})});
    value = build.add("output/times_energy", "Mul", {value, energy});
  }
  build.transpose("output/shower", value, {0, 2, 3, 1}, "cells");
  graph.outputs.push_back({"cells", DataType::kFloat32, {kBatch, kImage, kImage, kImage}});
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
      const double taps = shape.size() == 4 ? static_cast<double>(shape[2] * shape[3]) : 1;
      // Each output of a transposed convolution sees only taps/stride^2 of the kernel: 25/9 and 25/4 here, about 4.
      width = std::sqrt((upsample ? 1.0 : 2.0) / (in * (upsample ? 4.0 : taps)));
    } else if (ends_with(".gamma")) {
      centre = 1;
    } else if (ends_with(".variance")) {
      centre = 1;
      width = 0.05;
    }
    for (float& number : numbers) number = static_cast<float>(centre + width * static_cast<double>(number));
    parameters[name] = make_tensor(shape, numbers);
  }
  return parameters;
}

}  // namespace octocal::model
