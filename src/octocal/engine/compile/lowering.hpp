// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "octocal/engine/compile/convolution_block.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/compile/view.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// "Conv+LeakyRelu+QuantizeLinear".
std::string joined_ops(const std::vector<const model::Node*>& nodes);

/// The state of lower(): where every value lies so far. One member function lowers each kind of node.
class Lowering {
 public:
  Lowering(const model::Graph& graph, const std::string& origin);
  Plan run();

  // lowering_elementwise.cpp: the operation of a node of this kind.
  static std::optional<BinarySpec::Function> binary_function(const std::string& op);
  static std::optional<FunctionSpec::Function> function_of(const std::string& op);

 private:
  // lowering.cpp
  void lower_node(const model::Node& node);
  const View& view_of(const std::string& value, const model::Node& user) const;
  model::Shape shape_of(const std::string& value) const;  ///< without the batch axis
  View new_view(model::Shape shape, std::vector<int> order, Element element, Quantization quantization = {});
  std::size_t add_layer(LayerReport report);
  void add_step(Operation operation, std::vector<int> reads, std::vector<int> writes, std::size_t layer);
  void finish_outputs();

  // lowering_moves.cpp
  View in_order(const View& view, const std::vector<int>& order, const std::string& layer);
  View as_float32(const View& view, const std::string& layer);
  /// Buffer of an input as float32 in C order.
  int plain_buffer(const model::Node& node, std::size_t input);
  void transpose(const model::Node& node);
  void reshape(const model::Node& node);
  void concat(const model::Node& node);
  void quantize(const model::Node& node);
  void dequantize(const model::Node& node);
  bool cast(const model::Node& node);  ///< false if the engine lacks this one

  // lowering_cells.cpp
  struct Margins;
  std::optional<Margins> convolution_margins(const model::Node& node) const;
  std::optional<model::ConvolutionGeometry::Axes> convolution_repeats(const model::Node& resize) const;
  void copy_cells(const model::Node& first);

  // lowering_arithmetic.cpp
  void convolution(const model::Node& node);
  /// On a source of float32 or of 16-bit floats.
  void add_float_convolution(const ConvolutionBlock& block, const View& source, Element asked,
                             const std::string& reason);
  void add_integer_convolution(const ConvolutionBlock& block, const View& source, std::vector<int> order);
  void gemm(const model::Node& node);
  void activation(const model::Node& node);
  void batch_norm(const model::Node& node);

  // lowering_table.cpp
  bool table(const model::Node& node);
  View requantized(const View& view, const Quantization& to, const std::string& layer);
  void define_quantized(const std::vector<const model::Node*>& quantize, const View& view);

  // lowering_elementwise.cpp
  void binary(const model::Node& node);
  void where(const model::Node& node);
  /// `quantize`: the QuantizeLinear nodes behind it, if it computes in bytes; else empty.
  View add_binary(const model::Node& node, BinarySpec::Function function, const std::string& left,
                  const std::string& right, const std::string& output,
                  const std::vector<const model::Node*>& quantize = {});
  bool reads_bytes(const model::Node& node) const;  ///< all of its inputs that are no constants are u8
  void function(const model::Node& node);

  // lowering_selection.cpp
  void slice(const model::Node& node);
  void gather(const model::Node& node);
  void reduce(const model::Node& node);

  // lowering_draws.cpp
  bool is_summed_in_draw(const model::Node& add) const;
  DrawSpec::Term draw_term(const View& view, const model::Shape& split, const std::string& layer);
  void draw_cells(const model::Node& node);
  void see_cells(const model::Node& node);
  void fit_cells(const model::Node& node);

  /// Zeros around a value that its readers, all convolutions, add to their own padding; along the three axes of
  /// ConvolutionGeometry.
  struct Margins {
    model::ConvolutionGeometry::Axes before{0, 0, 0}, after{0, 0, 0};
  };

  const model::Graph& graph_;
  const std::string&
      origin_;  ///< the model's name in errors of model's functions; Program::compile adds it to the rest
  std::map<std::string, model::Value> values_;
  std::map<std::string, View> views_;
  std::map<const model::Node*, bool> fused_;  ///< nodes that an earlier block computes
  std::map<int, View> dequantized_;           ///< narrow buffer -> its float32 copy, in the order of the first reader
  std::map<std::pair<int, std::vector<std::int64_t>>, int> reordered_;  ///< (buffer, dims and strides) -> copy
  std::map<std::string, const model::Node*> drawn_sums_;  ///< sums that the draw behind them adds up, by value
  std::map<std::string, Margins> margins_;  ///< of values whose view is that of what lies inside the margin
  /// Copies of each cell along the three axes, of values whose view is that of the single cells; only convolutions of
  /// integers read them.
  std::map<std::string, model::ConvolutionGeometry::Axes> repeats_;
  Plan plan_;
};

}  // namespace octocal::engine
