// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "octocal/model/internal/rewriting.hpp"

// Activations that are formulas of others; ONNX's own pages give the formulas.

namespace octocal::model {
namespace {

const std::string& x_of(const Rewriting& at) { return at.input(0); }

bool gelu(Rewriting& at) {
  const std::string& x = x_of(at);
  const std::string approximate = at.node().text("approximate", "none");
  std::string bend;
  if (approximate == "tanh") {
    const auto cube = at.add("Mul", {at.add("Mul", {x, x}), x});
    const auto sum = at.add("Add", {x, at.add("Mul", {cube, at.number(0.044715F)})});
    bend = at.add("Tanh", {at.add("Mul", {sum, at.number(0.79788456080286536F)})});  // sqrt(2 / pi)
  } else if (approximate == "none") {
    bend = at.add("Erf", {at.add("Mul", {x, at.number(0.70710678118654752F)})});  // sqrt(1 / 2)
  } else {
    at.fail(fmt::format("approximate {} does not exist", approximate));
  }
  const auto half = at.add("Mul", {x, at.number(0.5F)});
  at.finish("Mul", {half, at.add("Add", {bend, at.number(1)})});
  return true;
}

bool mish(Rewriting& at) {
  at.finish("Mul", {x_of(at), at.add("Tanh", {at.add("Softplus", {x_of(at)})})});
  return true;
}

std::string hard_sigmoid_of(Rewriting& at, float slope, float centre) {
  const auto line = at.add("Add", {at.add("Mul", {x_of(at), at.number(slope)}), at.number(centre)});
  return at.add("Clip", {line, at.number(0), at.number(1)});
}

bool hard_sigmoid(Rewriting& at) {
  at.finish_with(hard_sigmoid_of(at, at.node().real("alpha", 0.2F), at.node().real("beta", 0.5F)));
  return true;
}

bool hard_swish(Rewriting& at) {
  at.finish("Mul", {x_of(at), hard_sigmoid_of(at, 1.0F / 6, 0.5F)});
  return true;
}

bool softsign(Rewriting& at) {
  at.finish("Div", {x_of(at), at.add("Add", {at.add("Abs", {x_of(at)}), at.number(1)})});
  return true;
}

bool selu(Rewriting& at) {
  const auto bent = at.add("Elu", {x_of(at)}, {{"alpha", at.node().real("alpha", 1.67326319217681884765625F)}});
  at.finish("Mul", {bent, at.number(at.node().real("gamma", 1.05070102214813232421875F))});
  return true;
}

bool celu(Rewriting& at) {
  const float alpha = at.node().real("alpha", 1);
  const auto bent = at.add("Elu", {at.add("Div", {x_of(at), at.number(alpha)})}, {{"alpha", 1.0F}});
  at.finish("Mul", {bent, at.number(alpha)});
  return true;
}

bool thresholded_relu(Rewriting& at) {
  const auto above = at.add("Greater", {x_of(at), at.number(at.node().real("alpha", 1))});
  at.finish("Where", {above, x_of(at), at.number(0)});
  return true;
}

bool reciprocal(Rewriting& at) {
  at.finish("Div", {at.number(1), x_of(at)});
  return true;
}

}  // namespace

std::span<const FileOp> function_file_ops() {
  static const std::vector<FileOp> ops{
      {"Gelu", 20, {"approximate"}, gelu},
      {"Mish", 18, {}, mish},
      {"HardSigmoid", 11, {"alpha", "beta"}, hard_sigmoid},
      {"HardSwish", 14, {}, hard_swish},
      {"Softsign", 11, {}, softsign},
      {"Selu", 11, {"alpha", "gamma"}, selu},
      {"Celu", 12, {"alpha"}, celu},
      {"ThresholdedRelu", 11, {"alpha"}, thresholded_relu},
      {"Reciprocal", 11, {}, reciprocal},
  };
  return ops;
}

}  // namespace octocal::model
