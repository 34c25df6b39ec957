// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// What is known of a file's graph before a node.
struct Surroundings {
  const Graph& graph;                         ///< its constants
  const std::map<std::string, Value>& known;  ///< types and shapes of values
  /// Constants that hold the number of showers: what they would be for another number of showers.
  const std::map<std::string, Tensor>& other_batch;
  const std::string& origin;  ///< the file's name
  int opset;                  ///< the file's
  bool fixed_batch;           ///< the file says 1 where the batch stands
};

/// One node of a file on its way to the ops and the form that octocal has: what a rewrite may ask, and what it puts in
/// the node's place.
class Rewriting {
 public:
  /// Stands in list() for the number of showers.
  static constexpr std::int64_t kShowers = std::numeric_limits<std::int64_t>::min();

  Rewriting(const Surroundings& around, const Node& node) : around_(around), node_(node) {}

  const Node& node() const noexcept { return node_; }
  int opset() const noexcept { return around_.opset; }
  bool fixed_batch() const noexcept { return around_.fixed_batch; }
  bool has(std::size_t i) const noexcept { return i < node_.inputs.size() && !node_.inputs[i].empty(); }
  /// The name of an input that must be there. Error: bad_input if the node has none.
  const std::string& input(std::size_t i) const;
  /// The constant behind input i; nullptr if it is absent, computed, or holds the number of showers.
  const Tensor* constant(std::size_t i) const noexcept;
  /// The whole numbers of a constant input, nullopt if it is absent or computed. Error: bad_input if one of them is
  /// worked out from the number of showers.
  std::optional<Shape> list(std::size_t i) const;
  /// Type and shape of input i, nullptr if they are not known.
  const Value* value(std::size_t i) const noexcept;
  /// An attribute or input that is an axis of a tensor of `rank` axes, as 0 .. rank - 1. Error: bad_input.
  std::size_t axis(std::int64_t given, std::size_t rank) const;

  /// Puts a node in place; returns the name of what it makes.
  std::string add(const std::string& op, std::vector<std::string> inputs,
                  std::map<std::string, Attribute> attributes = {});
  /// The last one: it makes output `i` of the node, under its name. Error: bad_input if the node has none.
  void finish(const std::string& op, std::vector<std::string> inputs, std::map<std::string, Attribute> attributes = {},
              std::size_t i = 0);
  /// The same for a value that add() returned: its node takes the name of the output, or an Identity does.
  void finish_with(const std::string& value);
  /// New constants; they return their names.
  std::string constant(Tensor tensor);
  std::string number(float number);
  std::string integers(const Shape& numbers);

  /// "(N, 64, 30)" of a list().
  static std::string text(Shape list);
  /// Throws bad_input "origin: node NAME (OP): PROBLEM; export the model again".
  [[noreturn]] void fail(const std::string& problem) const;
  /// The same with another remedy.
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy) const;

  std::vector<Node> nodes;                  ///< what was put in place
  std::map<std::string, Tensor> constants;  ///< what was added

 private:
  std::string free_name(const std::string& what);
  const std::string& output(std::size_t i) const;

  const Surroundings& around_;
  const Node& node_;
  int count_ = 0;
};

/// An op, as files have it, that becomes other ops or another form of itself when a file is read.
struct FileOp {
  std::string_view op;
  int since;                                 ///< the opset that brought it, at least the oldest that is read
  std::vector<std::string_view> attributes;  ///< that it may have; others are refused by name
  /// False: it cannot be understood yet and stays as it is (infer_shapes says why).
  bool (*rewrite)(Rewriting& node);
};

/// nullptr for an op that is taken as it is.
const FileOp* find_file_op(std::string_view op) noexcept;
std::vector<const FileOp*> all_file_ops();

// One list a family.
std::span<const FileOp> form_file_ops();           ///< ops that octocal has, in the forms of all opsets
std::span<const FileOp> shape_file_ops();          ///< arithmetic of shapes
std::span<const FileOp> layout_file_ops();         ///< other names and orders of axes
std::span<const FileOp> index_map_file_ops();      ///< copies of cells
std::span<const FileOp> reduction_file_ops();      ///< sums, means and norms over axes
std::span<const FileOp> function_file_ops();       ///< activations
std::span<const FileOp> normalization_file_ops();  ///< layers that normalize by moments of the shower itself

}  // namespace octocal::model
