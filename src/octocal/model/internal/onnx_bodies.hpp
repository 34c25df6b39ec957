// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace onnx {
class ModelProto;
}  // namespace onnx

namespace octocal::model {

/// What is wrong with the function that a file has for one of octocal's own ops (cell_ops.hpp), "" if nothing: the file
/// must say that it uses version 1 of their domain, and define the op once, by the formulas that octocal computes. Names
/// of values, texts about them and the order of nodes may differ.
std::string function_problem(const onnx::ModelProto& model, std::string_view op);

/// Whether a file defines an op of this domain by a function of its own, which octocal would not look at.
bool defines_function(const onnx::ModelProto& model, const std::string& domain, const std::string& op);

}  // namespace octocal::model
