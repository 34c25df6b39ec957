// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::fuzz {

using Attributes = std::map<std::string, model::Attribute>;
using Integers = std::vector<std::int64_t>;

/// Thrown where a proposed node does not fit: shapes that are refused, or numbers that float32 would have to round.
struct Rejected {};

/// How large numbers are, and of which power of two (2^step) all are multiples.
struct Extent {
  double largest = 0;
  int step = 0;
};
Extent extent_of(const model::Tensor& tensor);

/// A float32 value of the graph that layers may read.
struct Live {
  std::string name;
  model::Shape shape;  ///< without the batch axis
  int bits = 32;       ///< 8 or 16: behind a QuantizeLinear and DequantizeLinear; 32: not
  double scale = 0;    ///< of those
};

/// Puts a graph together node by node and works out each value on the way with the reference, for three showers of inputs.
/// In exact graphs all numbers are small multiples of powers of two, so that float32 has nothing to round whatever the
/// order of sums, and any other result than the reference's is a fault.
class GraphBuilder {
 public:
  GraphBuilder(std::uint64_t seed, bool exact) : random_(seed), exact_(exact) {}

  bool exact() const noexcept { return exact_; }
  /// A whole number in [lowest, highest].
  std::int64_t between(std::int64_t lowest, std::int64_t highest);
  bool chance(double probability);
  template <typename T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }
  /// About centre +- width; exact: centre + k width / 2.
  float number(float centre, float width);

  Live input(model::Shape shape);
  std::string constant(model::Tensor tensor);
  std::string constant(model::Shape shape, float centre, float width);
  std::string integers(const Integers& numbers);

  /// Adds a node with one output and works it out; throws Rejected, and the graph is as before. The result lives, if it is
  /// float32.
  Live add(const std::string& op, const std::vector<std::string>& inputs, const Attributes& attributes = {});
  /// Throws Rejected if the graph is exact and numbers up to `largest` in steps of 2^step do not fit float32.
  void require_exact(double largest, int step) const;

  const model::Tensor& value(const std::string& name) const;
  const model::Graph& graph() const noexcept { return graph_; }
  /// What was added since the graph had so many nodes is taken away.
  void forget_from(std::size_t nodes);
  /// The graph, with these outputs and without constants that nobody reads.
  model::Graph finish(const std::vector<Live>& outputs) const;
  const std::map<std::string, model::Tensor>& inputs() const noexcept { return inputs_; }

  static constexpr std::int64_t kShowers = 3;

 private:
  std::mt19937_64 random_;
  bool exact_;
  int names_ = 0;
  model::Graph graph_;
  std::map<std::string, model::Tensor> inputs_;
  std::map<std::string, model::Tensor> values_;
  std::set<std::string> of_constants_;  ///< values without an axis of showers: stored weights
};

}  // namespace octocal::fuzz
