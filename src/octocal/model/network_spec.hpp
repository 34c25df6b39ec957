// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace octocal::model {

/// An axis of the calorimeter image: x and y across the shower, z along it.
enum class Axis { kX, kY, kZ };

/// A number for each axis: cells, pixels, a kernel's or a stride's length.
struct AxisSizes {
  std::int64_t x = 1, y = 1, z = 1;  ///< along each axis

  /// The number of one axis.
  std::int64_t along(Axis axis) const noexcept { return axis == Axis::kX ? x : axis == Axis::kY ? y : z; }
  bool operator==(const AxisSizes&) const = default;
};

/// What a layer of a branch does.
enum class LayerOp {
  kConvolution,  ///< without bias, then LeakyReLU and batch norm
  kUpsampling,  ///< transposed convolution with bias and Keras' 'same' crop: stride times as many pixels; nothing after
};

/// A layer of a branch. A branch's plane has two axes; of kernel and stride only those two count.
struct BranchLayer {
  LayerOp op = LayerOp::kConvolution;  ///< see LayerOp
  AxisSizes kernel;                    ///< taps
  std::int64_t channels = 0;  ///< it puts out; 0, in a generator's last layer only: cells along the branch's channels
  AxisSizes stride;           ///< of an upsampling; 1 for a convolution
  bool same = true;           ///< padded to keep the size (Keras: even kernels one more after than before); else valid
  bool operator==(const BranchLayer&) const = default;
};

/// What of the generator depends on the calorimeter: a dense layer makes a small cube, each branch sees one of its axes
/// as channels and the other two as plane and grows the plane to the image's cells; the branches' images, turned back,
/// are joined along z and a last convolution over x and y makes nz channels of them.
struct BranchNetwork {
  AxisSizes image{25, 25, 25};                               ///< cells
  AxisSizes cube{5, 5, 5};                                   ///< pixels
  std::vector<Axis> branches{Axis::kZ, Axis::kX, Axis::kY};  ///< each branch's channel axis: 1 to 3, none twice
  std::vector<BranchLayer> layers;                           ///< the same in every branch
  std::int64_t final_kernel = 3;                             ///< of the last convolution ('same')
  bool operator==(const BranchNetwork&) const = default;
};

/// Rehm et al. 2021, section 3.1: the nine layers of docs/design.md, "The paper's networks".
BranchNetwork paper_network();

/// The discriminator of recipe paper: branches and convolutions as above (LeakyReLU and batch norm after each), joined
/// and seen by a dense layer of `hidden` features.
struct DiscriminatorNetwork {
  std::vector<Axis> branches{Axis::kZ, Axis::kX, Axis::kY};  ///< each branch's channel axis
  std::vector<BranchLayer> layers;                           ///< the same in every branch
  std::int64_t hidden = 10;                                  ///< features of the dense layer
  bool operator==(const DiscriminatorNetwork&) const = default;
};

/// The paper's: 8x8 same, 6x6, 5x5, 4x4, 3x3, 3x3 valid (docs/design.md, "The paper's networks").
DiscriminatorNetwork paper_discriminator();

/// The plane of a branch, rows then columns: (x, y), (y, z) or (x, z).
struct PlaneAxes {
  Axis rows, columns;  ///< of the branch's image
};
/// The plane of the branch that has this axis as channels.
PlaneAxes plane_of(Axis channels) noexcept;

/// Orders that turn a cube (N, x, y, z) into a branch's image (N, channels, rows, columns), and that into (N, z, x, y).
struct Rotation {
  std::vector<std::int64_t> into, back;  ///< permutations, for Transpose
};
/// Those of the branch that has this axis as channels.
Rotation rotation_of(Axis channels);

/// What a layer does along one axis: pixels cut off (kUpsampling) or zeros put around (kConvolution).
struct LayerPads {
  std::int64_t before = 0, after = 0;  ///< pixels
};
/// Those of a layer along an axis of its plane.
LayerPads pads_of(const BranchLayer& layer, Axis axis) noexcept;

/// Pixels after the layer along an axis that had `pixels` before it.
std::int64_t pixels_after(const BranchLayer& layer, Axis axis, std::int64_t pixels) noexcept;

/// "conv1", "upsample1", "conv2", ...: the layers' names, counted for each operation.
std::vector<std::string> layer_names(const std::vector<BranchLayer>& layers);

/// Checks that the layers fit each other and the image. Errors: bad_input with one sentence that names `origin`, the
/// layer and the sizes.
void check_network(const BranchNetwork& network, const std::string& origin);

/// Pixels (x, y, z) that the discriminator's last layer leaves of the image, and its channels: what its dense layer
/// sees is, for each branch, channels times its plane. Errors: as check_network.
void check_discriminator(const DiscriminatorNetwork& network, const AxisSizes& image, const std::string& origin);

}  // namespace octocal::model
