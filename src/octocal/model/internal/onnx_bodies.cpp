// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/onnx_bodies.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "octocal/model/cell_ops.hpp"
#include "octocal/model/internal/onnx_functions.hpp"

namespace octocal::model {
namespace {

/// "" and "ai.onnx" are one domain.
std::string plain_domain(const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; }

/// Version of a domain that a model or a function imports, 0 if it does not.
template <typename Importer>
std::int64_t imported_version(const Importer& importer, const std::string& domain) {
  for (const auto& entry : importer.opset_import())
    if (plain_domain(entry.domain()) == domain) return entry.version();
  return 0;
}

/// Numbers formulas: two get the same number if and only if they are the same tree of ops, attributes and inputs.
class Formulas {
 public:
  /// Of the outputs of a function; nothing if a value is used that is not there, or made twice.
  std::optional<std::vector<int>> of(const onnx::FunctionProto& function) {
    std::map<std::string, int> values;
    for (int i = 0; i < function.input_size(); ++i)
      if (!values.emplace(function.input(i), number(fmt::format("input {}", i))).second) return std::nullopt;
    for (const auto& node : function.node()) {
      std::string formula = fmt::format("{}:{}(", plain_domain(node.domain()), node.op_type());
      for (const auto& input : node.input()) {
        const auto found = values.find(input);
        if (found == values.end() && !input.empty()) return std::nullopt;
        formula += input.empty() ? "," : fmt::format("{},", found->second);
      }
      formula += ")" + attributes_of(node);
      for (int i = 0; i < node.output_size(); ++i)
        if (!values.emplace(node.output(i), number(fmt::format("{}#{}", formula, i))).second) return std::nullopt;
    }
    std::vector<int> outputs;
    for (const auto& output : function.output()) {
      const auto found = values.find(output);
      if (found == values.end()) return std::nullopt;
      outputs.push_back(found->second);
    }
    return outputs;
  }

 private:
  int number(const std::string& formula) {
    return known_.emplace(formula, static_cast<int>(known_.size())).first->second;
  }

  static std::string attributes_of(const onnx::NodeProto& node) {
    std::vector<std::string> texts;
    for (auto attribute : node.attribute()) {
      attribute.clear_doc_string();
      texts.push_back(attribute.SerializeAsString());
    }
    std::sort(texts.begin(), texts.end());
    std::string all;
    for (const auto& text : texts) all += fmt::format("{}:{}", text.size(), text);
    return all;
  }

  std::map<std::string, int> known_;
};

bool same_function(const onnx::FunctionProto& a, const onnx::FunctionProto& b) {
  if (a.input_size() != b.input_size() || imported_version(a, "") != imported_version(b, "")) return false;
  Formulas formulas;
  const auto of_a = formulas.of(a), of_b = formulas.of(b);
  return of_a && of_b && *of_a == *of_b;
}

}  // namespace

std::string function_problem(const onnx::ModelProto& model, std::string_view op) {
  constexpr int kVersion = 1;
  if (const auto version = imported_version(model, kOwnDomain); version != kVersion)
    return version == 0
               ? fmt::format("the file does not say that it uses the domain {}", kOwnDomain)
               : fmt::format("the file uses version {} of the domain {} (expected {})", version, kOwnDomain, kVersion);
  const onnx::FunctionProto* function = nullptr;
  for (const auto& own : model.functions()) {
    if (own.domain() != kOwnDomain || own.name() != op) continue;
    if (function != nullptr) return fmt::format("the file defines the function {} twice", op);
    function = &own;
  }
  if (function == nullptr) return fmt::format("the file does not define the function {}", op);
  onnx::FunctionProto ours;
  write_function(op, ours);
  return same_function(*function, ours)
             ? std::string()
             : fmt::format("the file's function {} is not octocal's, so other runtimes would compute something else",
                           op);
}

bool defines_function(const onnx::ModelProto& model, const std::string& domain, const std::string& op) {
  return std::any_of(model.functions().begin(), model.functions().end(), [&](const auto& function) {
    return function.name() == op && plain_domain(function.domain()) == plain_domain(domain);
  });
}

}  // namespace octocal::model
