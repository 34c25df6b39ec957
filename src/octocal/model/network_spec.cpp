// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/network_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "octocal/base/error.hpp"

namespace octocal::model {
namespace {

constexpr std::int64_t kLongestAxis = 4096;
constexpr std::int64_t kMostChannels = 4096;
constexpr std::array<Axis, 3> kAxes = {Axis::kX, Axis::kY, Axis::kZ};

char letter(Axis axis) noexcept { return "xyz"[static_cast<int>(axis)]; }

BranchLayer convolution(std::int64_t kernel, std::int64_t channels, bool same = true) {
  return {LayerOp::kConvolution, {kernel, kernel, kernel}, channels, {}, same};
}

BranchLayer upsampling(std::int64_t kernel, std::int64_t channels, std::int64_t stride) {
  return {LayerOp::kUpsampling, {kernel, kernel, kernel}, channels, {stride, stride, stride}, true};
}

void check_sizes(const AxisSizes& sizes, const char* what, const std::string& origin) {
  for (const Axis axis : kAxes)
    if (sizes.along(axis) < 1 || sizes.along(axis) > kLongestAxis)
      throw bad_input(fmt::format("{}: {} has {} along {} (1 to {} are possible); give another size", origin, what,
                                  sizes.along(axis), letter(axis), kLongestAxis));
}

void check_branches(const std::vector<Axis>& branches, const std::string& origin) {
  if (branches.empty() || branches.size() > 3)
    throw bad_input(
        fmt::format("{}: {} branches (1 to 3 are possible, one an axis); give branches such as "
                    "[\"z\", \"x\", \"y\"]",
                    origin, branches.size()));
  for (std::size_t b = 0; b < branches.size(); ++b)
    if (std::count(branches.begin(), branches.end(), branches[b]) > 1)
      throw bad_input(
          fmt::format("{}: branch {} stands there twice (each axis can be the channels of one branch); leave one out",
                      origin, letter(branches[b])));
}

void check_layer(const BranchLayer& layer, const std::string& name, bool is_last, const std::string& origin) {
  for (const Axis axis : kAxes) {
    const auto kernel = layer.kernel.along(axis);
    const auto stride = layer.stride.along(axis);
    if (kernel < 1 || kernel > 64)
      throw bad_input(fmt::format("{}: layer {}: kernel of {} along {} (1 to 64 are possible); give another kernel",
                                  origin, name, kernel, letter(axis)));
    if (layer.op == LayerOp::kConvolution && stride != 1)
      throw bad_input(fmt::format("{}: layer {}: stride {} (a convolution has none); use an upsampling to change sizes",
                                  origin, name, stride));
    if (stride < 1 || stride > kernel)
      throw bad_input(
          fmt::format("{}: layer {}: stride {} with a kernel of {} along {} (pixels between would see "
                      "nothing); give a stride from 1 to the kernel",
                      origin, name, stride, kernel, letter(axis)));
  }
  if (layer.op == LayerOp::kUpsampling && !layer.same)
    throw bad_input(
        fmt::format("{}: layer {}: padding valid (an upsampling's is always same); leave it out", origin, name));
  const std::int64_t fewest = is_last ? 0 : 1;
  if (layer.channels < fewest || layer.channels > kMostChannels)
    throw bad_input(fmt::format("{}: layer {}: {} channels (1 to {} are possible); give the layer's channels", origin,
                                name, layer.channels, kMostChannels));
}

/// Sizes along an axis after all layers; throws where a layer leaves nothing or too much.
std::int64_t follow(const std::vector<BranchLayer>& layers, Axis axis, std::int64_t pixels, const std::string& origin) {
  const auto names = layer_names(layers);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto after = pixels_after(layers[i], axis, pixels);
    if (after < 1)
      throw bad_input(
          fmt::format("{}: layer {}: a valid kernel of {} on {} pixels along {} (nothing is left); give a "
                      "smaller kernel, padding same or a larger image before it",
                      origin, names[i], layers[i].kernel.along(axis), pixels, letter(axis)));
    if (after > kLongestAxis)
      throw bad_input(fmt::format("{}: layer {}: {} pixels along {} (at most {}); give smaller strides", origin,
                                  names[i], after, letter(axis), kLongestAxis));
    pixels = after;
  }
  return pixels;
}

bool in_a_plane(const std::vector<Axis>& branches, Axis axis) {
  return std::any_of(branches.begin(), branches.end(), [axis](Axis channels) { return channels != axis; });
}

}  // namespace

BranchNetwork paper_network() {
  BranchNetwork network;
  network.layers = {convolution(5, 32),   upsampling(5, 64, 3), convolution(5, 64),
                    upsampling(5, 64, 2), convolution(8, 64),   convolution(5, 64, false),
                    convolution(4, 32),   convolution(3, 32),   convolution(2, 0, false)};
  return network;
}

DiscriminatorNetwork paper_discriminator() {
  DiscriminatorNetwork network;
  network.layers = {convolution(8, 64),        convolution(6, 32, false), convolution(5, 32, false),
                    convolution(4, 32, false), convolution(3, 32, false), convolution(3, 9, false)};
  return network;
}

PlaneAxes plane_of(Axis channels) noexcept {
  switch (channels) {
    case Axis::kX:
      return {Axis::kY, Axis::kZ};
    case Axis::kY:
      return {Axis::kX, Axis::kZ};
    default:
      return {Axis::kX, Axis::kY};
  }
}

Rotation rotation_of(Axis channels) {
  switch (channels) {
    case Axis::kX:
      return {{0, 1, 2, 3}, {0, 3, 1, 2}};
    case Axis::kY:
      return {{0, 2, 1, 3}, {0, 3, 2, 1}};
    default:
      return {{0, 3, 1, 2}, {0, 1, 2, 3}};
  }
}

LayerPads pads_of(const BranchLayer& layer, Axis axis) noexcept {
  if (layer.op == LayerOp::kConvolution && !layer.same) return {};
  const auto around = layer.kernel.along(axis) - layer.stride.along(axis);
  return {around / 2, around - around / 2};
}

std::int64_t pixels_after(const BranchLayer& layer, Axis axis, std::int64_t pixels) noexcept {
  if (layer.op == LayerOp::kUpsampling) return pixels * layer.stride.along(axis);
  return layer.same ? pixels : pixels - layer.kernel.along(axis) + 1;
}

std::vector<std::string> layer_names(const std::vector<BranchLayer>& layers) {
  std::vector<std::string> names;
  int convolutions = 0;
  int upsamplings = 0;
  for (const auto& layer : layers)
    names.push_back(layer.op == LayerOp::kUpsampling ? fmt::format("upsample{}", ++upsamplings)
                                                     : fmt::format("conv{}", ++convolutions));
  return names;
}

void check_network(const BranchNetwork& network, const std::string& origin) {
  check_sizes(network.image, "the image", origin);
  check_sizes(network.cube, "the cube", origin);
  check_branches(network.branches, origin);
  if (network.final_kernel < 1 || network.final_kernel > 64)
    throw bad_input(
        fmt::format("{}: final_kernel {} (1 to 64 are possible); give another kernel", origin, network.final_kernel));
  const auto& layers = network.layers;
  const auto names = layer_names(layers);
  if (layers.empty()) throw bad_input(fmt::format("{}: no layers (a branch needs one at least); give layers", origin));
  for (std::size_t i = 0; i < layers.size(); ++i) check_layer(layers[i], names[i], i + 1 == layers.size(), origin);
  if (layers.back().op != LayerOp::kConvolution)
    throw bad_input(fmt::format("{}: layer {} ends the branch (its activation would be missing); end it with a conv",
                                origin, names.back()));
  for (const Axis axis : kAxes) {
    if (!in_a_plane(network.branches, axis)) continue;
    const auto pixels = follow(layers, axis, network.cube.along(axis), origin);
    if (pixels != network.image.along(axis))
      throw bad_input(
          fmt::format("{}: layer {} ends the branches with {} pixels along {}, the image has {} cells "
                      "there (the cube starts with {}); change the cube, a stride or a valid kernel",
                      origin, names.back(), pixels, letter(axis), network.image.along(axis), network.cube.along(axis)));
  }
  if (layers.back().channels == 0) return;
  for (const Axis axis : network.branches)
    if (layers.back().channels != network.image.along(axis))
      throw bad_input(
          fmt::format("{}: layer {}: {} channels, the image has {} cells along {}, the channels of that "
                      "branch; leave channels out of the last layer",
                      origin, names.back(), layers.back().channels, network.image.along(axis), letter(axis)));
}

void check_discriminator(const DiscriminatorNetwork& network, const AxisSizes& image, const std::string& origin) {
  check_branches(network.branches, origin);
  const auto names = layer_names(network.layers);
  if (network.layers.empty())
    throw bad_input(fmt::format("{}: no layers (it needs one at least); give layers", origin));
  if (network.hidden < 1 || network.hidden > kMostChannels)
    throw bad_input(fmt::format("{}: {} hidden features (1 to {} are possible); give another number", origin,
                                network.hidden, kMostChannels));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (network.layers[i].op != LayerOp::kConvolution)
      throw bad_input(
          fmt::format("{}: layer {} (a discriminator has convolutions only); leave it out", origin, names[i]));
    check_layer(network.layers[i], names[i], false, origin);
  }
  for (const Axis axis : kAxes)
    if (in_a_plane(network.branches, axis)) follow(network.layers, axis, image.along(axis), origin);
}

}  // namespace octocal::model
