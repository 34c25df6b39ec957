// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"
#include "octocal/model/graph.hpp"
#include "support/graph_runs.hpp"

namespace octocal::engine::test {

/// Sizes of a square convolution for tests.
struct ConvolutionCase {
  std::int64_t in = 1, out = 1, kernel = 3, height = 6, width = 6, stride = 1, pad_before = 1, pad_after = 1;
  bool transposed = false;
};
std::ostream& operator<<(std::ostream& out, const ConvolutionCase& c);
/// Odd shapes: channels 1, 5, 25, 33, 75; kernels 1 to 8; even padding; strides; transposed ones of the generator.
std::vector<ConvolutionCase> convolution_cases();

/// How random numbers of a test graph are drawn. Exact: small powers of two and integers, so that float32 arithmetic
/// has nothing to round before the last step and results must agree to the bit, ties included.
enum class Numbers { kReal, kExact };

/// Builds small graphs node by node; each function returns the name of the value that it adds.
class GraphMaker {
 public:
  explicit GraphMaker(std::uint64_t seed, Numbers numbers = Numbers::kReal) : seed_(seed), numbers_(numbers) {}

  std::string input(const std::string& name, model::Shape shape);  ///< shape without the batch axis
  std::string node(const std::string& op, std::vector<std::string> inputs,
                   std::map<std::string, model::Attribute> attributes = {});
  std::string constant(model::Shape shape, float centre, float width);
  std::string integers(const std::vector<std::int64_t>& numbers);  ///< axes, starts, sizes

  std::string convolution(const std::string& value, const ConvolutionCase& c, bool bias = false);
  /// Weights int8 behind a DequantizeLinear; scales per output channel, or one.
  std::string int8_convolution(const std::string& value, const ConvolutionCase& c, bool bias = false,
                               bool per_channel = true);
  /// The same with int16 weights of 12 bits, whose scales are a sixteenth.
  std::string int12_convolution(const std::string& value, const ConvolutionCase& c, bool bias = false,
                                bool per_channel = true);
  /// Whole numbers from lowest to highest behind a DequantizeLinear, uint8 if lowest >= 0. `axis` -1: one scale and zero
  /// point, else one an index along the axis, the zero points zero_point, zero_point + 1, zero_point, ...
  std::string quantized_weights(model::Shape shape, int lowest, int highest, int zero_point, std::int64_t axis = -1);
  std::string leaky_relu(const std::string& value, float slope = 0.25F);
  std::string batch_norm(const std::string& value, std::int64_t channels);
  /// QuantizeLinear and DequantizeLinear. `is_signed`: int8, else uint8.
  std::string fake_quantize(const std::string& value, float scale, int zero_point, bool is_signed = false);
  /// The same with 16 bits.
  std::string fake_quantize16(const std::string& value, float scale, int zero_point, bool is_signed = false);

  void output(const std::string& value);
  const model::Graph& graph() const { return graph_; }
  model::Graph& graph() { return graph_; }

 private:
  template <typename Weight>
  std::string integer_convolution(const std::string& value, const ConvolutionCase& c, bool bias, bool per_channel,
                                  float most);
  std::string quantize_pair(const std::string& value, float scale, model::Tensor zero_point);
  std::vector<float> draw(std::size_t count, float centre, float width);
  std::map<std::string, model::Attribute> attributes_of(const ConvolutionCase& c) const;

  model::Graph graph_;
  std::uint64_t seed_;
  std::uint64_t next_ = 0;
  Numbers numbers_;
};

/// Inputs of a graph for some showers: standard normal, or multiples of 1/8 in [-4, 4].
std::map<std::string, model::Tensor> random_inputs(const model::Graph& graph, std::size_t showers, std::uint64_t seed,
                                                   Numbers numbers = Numbers::kReal);

/// What the report says of the first step that computes this op; empty if none does.
LayerReport report_of(const Program& program, const std::string& op);

/// What the report says of the first convolution of a program.
LayerReport first_convolution(const Program& program);

using testing::run_program;
using testing::run_reference;

/// All outputs of a graph for these inputs, compiled for batches of at most so many.
std::vector<std::vector<float>> run_graph(const model::Graph& graph, const std::map<std::string, model::Tensor>& inputs,
                                          std::size_t max_batch = 8);

}  // namespace octocal::engine::test
