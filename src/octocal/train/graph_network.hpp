// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <set>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// A graph in libtorch's operations, with gradients for its weights: any generator that octocal reads, in float32 or
/// quantized (QuantizeLinear and DequantizeLinear). A value between the two is rounded and clipped as they say; its
/// gradient is that of the value itself inside the range, 0 outside ("straight through", Bengio et al. 2013). A
/// quantized weight is kept in float32 and rounded to its scale in each pass. Scales can be trained with them: the
/// gradient of a rounded value by its scale is what the rounding moved it by, in steps, inside the range, and the number of
/// steps at its ends ("learned step size", Esser et al. 2020), so that ranges widen where clipping costs more than
/// rounding. Zero points stay.
class GraphNetwork {
 public:
  /// Errors: bad_input naming `origin` and the first node whose op has no gradients here.
  GraphNetwork(const model::Graph& graph, const std::string& origin, bool trains_scales = false);

  /// What can be trained, by the names of the graph's constants: weights and biases of Conv and ConvTranspose, gamma
  /// and beta of BatchNormalization; with trains_scales also the scales of values and of weights.
  TensorMap& parameters() noexcept { return parameters_; }
  const TensorMap& parameters() const noexcept { return parameters_; }

  /// Whether a parameter is a scale.
  bool is_scale(const std::string& parameter) const { return scales_.contains(parameter); }

  /// The graph's outputs, in its order, for inputs by name (first axis: n).
  std::vector<at::Tensor> run(const TensorMap& inputs) const;

  /// The graph with the parameters as they are: weights that were quantized are so again, with the scales that they have.
  model::Graph graph() const;

 private:
  at::Tensor value_of(const std::string& name, const TensorMap& values) const;
  at::Tensor convolution(const model::Node& node, const at::Tensor& image, const at::Tensor& weight,
                         const at::Tensor& bias) const;

  model::Graph graph_;
  std::string origin_;
  std::map<std::string, model::Value> values_;  ///< types and shapes
  TensorMap parameters_;
  std::set<std::string> scales_;  ///< parameters that are scales
  TensorMap constants_;           ///< of floats and integers that are no parameters
};

}  // namespace octocal::train
