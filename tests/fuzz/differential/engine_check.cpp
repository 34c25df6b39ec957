// SPDX-License-Identifier: Apache-2.0
#include "fuzz/differential/engine_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/model/onnx_file.hpp"
#include "support/graph_runs.hpp"

namespace octocal::fuzz {

using model::Graph;
using model::Tensor;
using Inputs = testing::GraphInputs;
using Outputs = testing::GraphOutputs;

namespace {

/// An instruction set for programs compiled while it lives. oneDNN takes its cap once a process: the first one compiled.
class IsaCap {
 public:
  explicit IsaCap(const char* isa) {
    const char* before = std::getenv("OCTOCAL_ISA");
    before_ = before == nullptr ? "" : before;  // empty is as good as absent
    ::setenv("OCTOCAL_ISA", isa, 1);
  }
  ~IsaCap() { ::setenv("OCTOCAL_ISA", before_.c_str(), 1); }
  IsaCap(const IsaCap&) = delete;
  IsaCap& operator=(const IsaCap&) = delete;

 private:
  std::string before_;
};

/// Where two lists differ first; "" if nowhere.
std::string first_difference(const Graph& graph, const Outputs& ours, const Outputs& right) {
  for (std::size_t i = 0; i < right.size(); ++i) {
    std::size_t differing = 0;
    std::string first;
    for (std::size_t k = 0; k < right[i].size(); ++k)
      if (ours[i][k] != right[i][k] && ++differing == 1)
        first = fmt::format("{}[{}] is {} instead of {}", graph.outputs[i].name, k, ours[i][k], right[i][k]);
    if (differing > 0) return fmt::format("{} ({} of {} numbers differ)", first, differing, right[i].size());
  }
  return {};
}

/// Numbers times 1 +- 2^-20.
Tensor shaken(Tensor tensor, std::mt19937_64& random) {
  for (float& x : tensor.as<float>()) x *= random() % 2 == 0 ? 1 + 0x1p-20F : 1 - 0x1p-20F;
  return tensor;
}

bool is_factor_of_resize(const Graph& graph, const std::string& constant) {
  const auto readers = graph.consumers(constant);
  return std::any_of(readers.begin(), readers.end(), [](const model::Node* node) { return node->op == "Resize"; });
}

/// How far each output goes if all numbers of a graph are changed a little.
std::vector<double> sensitivity(const RandomGraph& made, const Outputs& right) {
  std::vector<double> largest(right.size());
  std::mt19937_64 random(1);
  for (int repeat = 0; repeat < 3; ++repeat) {
    Graph graph = made.graph;
    Inputs inputs = made.inputs;
    for (auto& [name, tensor] : graph.constants)
      if (tensor.type == model::DataType::kFloat32 && !is_factor_of_resize(graph, name))
        tensor = shaken(tensor, random);
    for (auto& [name, tensor] : inputs) tensor = shaken(tensor, random);
    const Outputs changed = testing::run_reference(graph, inputs);
    for (std::size_t i = 0; i < right.size(); ++i)
      for (std::size_t k = 0; k < right[i].size(); ++k)
        largest[i] =
            std::max(largest[i], std::abs(static_cast<double>(changed[i][k]) - static_cast<double>(right[i][k])));
  }
  return largest;
}

/// What is wrong with numbers that may be rounded; "" if nothing.
std::string beyond_rounding(const RandomGraph& made, const Outputs& ours, const Outputs& right) {
  const auto sensitive = sensitivity(made, right);
  for (std::size_t i = 0; i < right.size(); ++i) {
    double largest = 0, difference = 0, squares = 0, differences = 0;
    for (std::size_t k = 0; k < right[i].size(); ++k) {
      const double ideal = right[i][k], apart = std::abs(static_cast<double>(ours[i][k]) - ideal);
      if (!std::isfinite(apart)) return fmt::format("{}[{}] is {}", made.graph.outputs[i].name, k, ours[i][k]);
      largest = std::max(largest, std::abs(ideal));
      difference = std::max(difference, apart);
      squares += ideal * ideal;
      differences += apart * apart;
    }
    const bool is_float = !made.quantized && !made.has_16_bit_floats;
    if (is_float ? difference > 1e-5 * largest + 4 * sensitive[i]
                 : differences > 0.0025 * squares + 1e-12 * static_cast<double>(right[i].size()))
      return fmt::format("{} differs by {} (largest number: {}, changed numbers: {})", made.graph.outputs[i].name,
                         difference, largest, sensitive[i]);
  }
  return {};
}

bool has_onednn_floats(const engine::Program& program) {
  return std::any_of(program.layers().begin(), program.layers().end(), [](const engine::LayerReport& layer) {
    return layer.kernel.find("oneDNN") != std::string::npos && layer.ran.rfind("int", 0) != 0;
  });
}

bool is_sentence(const std::string& message) {
  return message.find('\n') == std::string::npos && message.find("; ") != std::string::npos;
}

/// One way to compile and run; what is wrong, or "".
class Comparison {
 public:
  explicit Comparison(const RandomGraph& made) : made_(made), right_(testing::run_reference(made.graph, made.inputs)) {}

  std::string run(const Graph& graph, std::size_t batch) {
    const auto program = engine::Program::compile(graph, {batch, "random graph"});
    for (const auto& layer : program->layers())
      ++kernels[layer.ran + " " + layer.kernel.substr(0, layer.kernel.find(' '))];
    const Outputs ours = testing::run_program(program, made_.inputs);
    if (made_.exact) return first_difference(graph, ours, right_);
    if (!has_onednn_floats(*program)) {
      if (!same_everywhere_) same_everywhere_ = ours;
      if (auto other = first_difference(graph, ours, *same_everywhere_); !other.empty())
        return "not the same bits: " + other;
    }
    return beyond_rounding(made_, ours, right_);
  }

  const Outputs& right() const { return right_; }

  std::map<std::string, std::uint64_t> kernels;

 private:
  const RandomGraph& made_;
  Outputs right_;
  std::optional<Outputs> same_everywhere_;
};

}  // namespace

EngineCheck check_in_engine(const RandomGraph& made) {
  EngineCheck check;
  std::string way = "reference";
  try {
    Comparison comparison(made);
    const auto compare = [&](const Graph& graph, std::size_t batch, std::string name) {
      way = std::move(name);
      if (!check.problem.empty()) return;
      if (auto found = comparison.run(graph, batch); !found.empty()) check.problem = way + ": " + found;
    };
    compare(made.graph, 8, "batch of 8");
    compare(made.graph, 1, "batch of 1");
    const std::string best = isa_name(machine_isa());
    for (const char* isa : {"baseline", "avx2", "avx512", "avx512_vnni", "avx512_bf16", "amx"}) {
      if (isa == best) break;
      const IsaCap cap(isa);
      compare(made.graph, 2, fmt::format("OCTOCAL_ISA={}", isa));
    }
    if (!made.has_16_bit_floats) {  // a file says that by its precision plan, which these graphs lack
      const Graph read = model::parse_onnx(model::serialize_onnx(made.graph), "random graph");
      const Outputs again = testing::run_reference(read, made.inputs);
      const auto differs = made.exact ? first_difference(read, again, comparison.right())
                                      : beyond_rounding(made, again, comparison.right());
      if (!differs.empty() && check.problem.empty()) check.problem = "reference, written and read: " + differs;
      compare(read, 8, "written and read");
    }
    check.kernels = comparison.kernels;
  } catch (const Error& error) {
    check.refusal = error.what();
    if (!is_sentence(check.refusal)) check.problem = "not a sentence: " + check.refusal;
    if (way != "batch of 8" && check.problem.empty()) check.problem = way + " is refused: " + check.refusal;
  } catch (const std::exception& error) {
    check.problem = way + " throws: " + error.what();
  }
  return check;
}

}  // namespace octocal::fuzz
