// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant {

/// A quantized model in the form that other runtimes compute in integers, and what it took.
struct IntegerForm {
  model::Graph graph;                 ///< QDQ; metadata as before
  std::vector<std::string> straight;  ///< layers whose sums go straight to the next layer's grid: the same integers
  std::vector<std::string> rounded;   ///< layers whose sums are first rounded to 8 bits, in front of their activation
  std::vector<std::string> exact;     ///< layers whose sums leave as they are: nothing quantizes what they put out
  std::vector<std::string> left;      ///< layers that are not int8, or of a form that has no integer kernel elsewhere
};

/// Rewrites a model of `quantize` or `tune`. ONNX Runtime makes an integer kernel of a Conv only where its sums are
/// quantized at once, with one scale for the tensor, and has none for ConvTranspose. So
///
/// | what                            | becomes                                                                     |
/// |---------------------------------|-----------------------------------------------------------------------------|
/// | norm behind a convolution       | part of the weights' scales, and of their signs where its gain is negative   |
/// | bias                            | int32, in steps of (scale of the input) x (scale of the weights)            |
/// | ConvTranspose                   | a Conv that makes the stride's phases as channels (phase_convolution.hpp)   |
/// | sums in front of an activation  | uint8 over each channel's own range, which is in the weights' scales and    |
/// |                                 | the biases; behind it a factor and a shift for each channel                 |
/// | sums that leave as float32      | ConvInteger: values and weights with scale 1, then a factor and the bias    |
/// | what only moves cells           | a pair behind each such op                                                  |
///
/// The ranges of the sums are the smallest and largest of each channel over the calibration showers. All else is kept.
/// Errors: bad_input naming `origin` for a model that has no layer in int8; what the backend throws.
IntegerForm integer_form(const model::Graph& quantized, const ShowerInputs& calibration, const Backend& backend,
                         const std::string& origin);

}  // namespace octocal::quant
