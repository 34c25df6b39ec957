// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <limits>
#include <set>

#include "octocal/base/error.hpp"
#include "octocal/base/printable_text.hpp"
#include "octocal/model/cell_ops.hpp"
#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/internal/channel_affines.hpp"
#include "octocal/model/internal/external_data.hpp"
#include "octocal/model/internal/onnx_bodies.hpp"
#include "octocal/model/internal/onnx_constants.hpp"
#include "octocal/model/internal/onnx_quantize.hpp"
#include "octocal/model/internal/onnx_reading.hpp"
#include "octocal/model/internal/onnx_tensor.hpp"
#include "octocal/model/internal/onnx_types.hpp"
#include "octocal/model/internal/repeated_cells.hpp"
#include "octocal/model/internal/simplify.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::model {
namespace {

constexpr std::int64_t kUnknownSize = -2;

/// Turns a ModelProto into a Graph; one object a file.
class Reader {
 public:
  Reader(const onnx::ModelProto& model, const std::string& origin, ExternalData& data)
      : model_(model), proto_(model.graph()), origin_(origin), data_(data) {}

  Graph read() {
    check_texts();
    if (!proto_.name().empty()) graph_.name = proto_.name();
    read_opset();
    for (const auto& entry : model_.metadata_props()) graph_.metadata[entry.key()] = entry.value();
    if (graph_.metadata.contains("octocal.precision_plan")) find_stored_floats();
    if (proto_.sparse_initializer_size() > 0) fail("sparse weights are not supported");
    for (const auto& tensor : proto_.initializer()) read_constant(tensor, tensor.name());
    for (const auto& input : proto_.input()) {
      // Before IR version 4 weights had to be listed as inputs too.
      if (!graph_.constants.contains(input.name()) && !unsupported_.contains(input.name())) {
        graph_.inputs.push_back(read_value(input));
      }
    }
    for (const auto& node : proto_.node()) node_names_.insert(node.name());
    for (const auto& node : proto_.node()) read_node(node);
    for (const auto& output : proto_.output()) graph_.outputs.push_back(read_value(output, false));
    return std::move(graph_);
  }

  bool fixed_batch() const noexcept { return fixed_batch_; }
  bool other_floats() const noexcept { return other_floats_; }
  /// Outputs of the Casts that say in which 16-bit floats a value is stored.
  const std::set<std::string>& kept_casts() const noexcept { return kept_casts_; }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy = "export the model again") const {
    throw bad_input(fmt::format("{}: {}; {}", origin_, problem, remedy));
  }

  /// Names go into messages, tables and JSON: they must be printable UTF-8. Metadata may have lines.
  void check_texts() const {
    const auto check = [&](const std::string& text, bool lines) {
      if (!is_printable(text, lines)) fail("a name or a metadata entry is not UTF-8 text (a damaged file?)");
    };
    check(proto_.name(), false);
    for (const auto& entry : model_.metadata_props()) {
      check(entry.key(), false);
      check(entry.value(), true);
    }
    for (const auto& tensor : proto_.initializer()) check(tensor.name(), false);
    for (const auto& value : proto_.input()) check(value.name(), false);
    for (const auto& value : proto_.output()) check(value.name(), false);
    for (const auto& node : proto_.node()) {
      check(node.name(), false);
      check(node.op_type(), false);
      check(node.domain(), false);
      for (const auto& name : node.input()) check(name, false);
      for (const auto& name : node.output()) check(name, false);
      for (const auto& attribute : node.attribute()) {
        check(attribute.name(), false);
        check(attribute.s(), true);
      }
    }
  }

  void read_opset() {
    graph_.opset = 0;
    for (const auto& entry : model_.opset_import()) {
      if (!entry.domain().empty() && entry.domain() != "ai.onnx") continue;  // refused where a node uses it
      if (entry.version() < 0 || entry.version() > std::numeric_limits<int>::max()) fail("the opset is not a number");
      graph_.opset = static_cast<int>(entry.version());
    }
    if (graph_.opset == 0) fail("no opset of ONNX's own ops is named");
    if (graph_.opset < kOldestOpset || graph_.opset > kNewestOpset) {
      fail(fmt::format("opset {} is not supported (expected {} to {})", graph_.opset, kOldestOpset, kNewestOpset),
           "export the model with opset 18");
    }
  }

  /// In a file with a plan of precisions, a value that only Casts to float32 read, and that is a constant in 16 bits or
  /// comes from a Cast, says in what a layer computes (docs/precision.md); other 16-bit floats become float32.
  void find_stored_floats() {
    using onnx::TensorProto;
    const auto target = [](const onnx::NodeProto& node) {
      if (node.op_type() != "Cast" || node.input_size() != 1 || node.output_size() != 1) return std::int64_t{0};
      for (const auto& attribute : node.attribute())
        if (attribute.name() == "to") return static_cast<std::int64_t>(attribute.i());
      return std::int64_t{0};
    };
    std::set<std::string> narrow;
    const auto is_16_bits = [](std::int64_t type) {
      return type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16;
    };
    for (const auto& tensor : proto_.initializer())
      if (is_16_bits(tensor.data_type())) narrow.insert(tensor.name());
    for (const auto& node : proto_.node())
      if (is_16_bits(target(node))) narrow.insert(node.output(0));
    for (const auto& output : proto_.output()) narrow.erase(output.name());
    for (const auto& node : proto_.node())
      if (target(node) != TensorProto::FLOAT)
        for (const auto& input : node.input()) narrow.erase(input);
    for (const auto& node : proto_.node()) {
      const bool reads = target(node) == TensorProto::FLOAT && narrow.contains(node.input(0));
      if (reads || (is_16_bits(target(node)) && narrow.contains(node.output(0)))) kept_casts_.insert(node.output(0));
    }
    stored_floats_ = std::move(narrow);
  }

  void read_constant(const onnx::TensorProto& proto, const std::string& name) {
    if (name.empty()) fail("a weight has no name");
    if (graph_.constants.contains(name) || unsupported_.contains(name)) {
      fail(fmt::format("constant {} is defined twice", name));
    }
    if (!is_readable(proto.data_type())) {
      unsupported_[name] = proto.data_type();  // only an error where a node needs it
    } else {
      graph_.constants[name] = tensor(proto, name);
    }
  }

  /// Every float as float32, but what says in what a layer's weights are stored.
  Tensor tensor(const onnx::TensorProto& proto, const std::string& name) {
    const bool stays = stored_floats_.contains(name);
    other_floats_ = other_floats_ || (is_other_float(proto.data_type()) && !stays);
    return read_tensor(proto, name, origin_, data_, stays);
  }

  /// Of an output, sizes that the exporter did not work out are kUnknownSize: the nodes say them.
  Value read_value(const onnx::ValueInfoProto& proto, bool sizes_needed = true) {
    if (!proto.type().has_tensor_type()) fail(fmt::format("value {} is not a tensor", proto.name()));
    const auto& tensor = proto.type().tensor_type();
    other_floats_ = other_floats_ || is_other_float(tensor.elem_type());
    const auto type = is_other_float(tensor.elem_type()) ? DataType::kFloat32 : from_onnx_type(tensor.elem_type());
    if (!type) fail(fmt::format("value {} has type {}", proto.name(), onnx_type_name(tensor.elem_type())));
    Value value{proto.name(), *type, {}};
    for (int axis = 0; axis < tensor.shape().dim_size(); ++axis) {
      const auto& dim = tensor.shape().dim(axis);
      if (axis == 0) {
        if (dim.has_dim_value() && dim.dim_value() != 1 && dim.dim_value() != kBatch) {
          fail(fmt::format("value {} has {} as its first axis (expected a free batch axis, or 1)", value.name,
                           dim.dim_value()),
               "export the model with a free batch axis (PyTorch: dynamic_shapes)");
        }
        if (dim.has_dim_value() && dim.dim_value() == 1) fixed_batch_ = true;
        value.shape.push_back(kBatch);
      } else if (dim.has_dim_value() && dim.dim_value() >= 0) {
        value.shape.push_back(dim.dim_value());
      } else if (!sizes_needed) {
        value.shape.push_back(kUnknownSize);
      } else {
        fail(fmt::format("value {} has no fixed size along axis {} (only the batch axis may be free)", value.name,
                         axis));
      }
    }
    return value;
  }

  Attribute read_attribute(const onnx::AttributeProto& proto, const Node& node) {
    switch (proto.type()) {
      case onnx::AttributeProto::INT:
        return static_cast<std::int64_t>(proto.i());
      case onnx::AttributeProto::FLOAT:
        return proto.f();
      case onnx::AttributeProto::STRING:
        return proto.s();
      case onnx::AttributeProto::INTS:
        return std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
      case onnx::AttributeProto::FLOATS:
        return std::vector<float>(proto.floats().begin(), proto.floats().end());
      case onnx::AttributeProto::TENSOR:
        if (!is_readable(proto.t().data_type())) {
          fail(fmt::format("node {} ({}): attribute {} has type {}, which is not supported", node.name, node.op,
                           proto.name(), onnx_type_name(proto.t().data_type())));
        }
        return tensor(proto.t(), node.name + "." + proto.name());
      case onnx::AttributeProto::GRAPH:
      case onnx::AttributeProto::GRAPHS:
        fail(fmt::format("node {} ({}): holds a graph of its own (octocal has no loops and branches)", node.name,
                         node.op),
             "export the model without control flow");
      default:
        fail(fmt::format("node {} ({}): attribute {} is of a kind that is not supported", node.name, node.op,
                         proto.name()));
    }
  }

  void read_node(const onnx::NodeProto& proto) {
    Node node;
    node.op = proto.op_type();
    // Names are optional, and nothing says that they differ.
    node.name = proto.name().empty() || !given_names_.insert(proto.name()).second ? free_name(node.op) : proto.name();
    const bool quantizes = node.op == "QuantizeLinear" || node.op == "DequantizeLinear";
    if (is_integer_op(node.op)) {
      fail(fmt::format("node {}: op {} is not supported (a model in QOperator form, or quantized while it runs)",
                       node.name, node.op),
           "quantize the float32 model in QDQ form, or by octocal quantize");
    }
    // ONNX Runtime has the same two ops in a domain of its own.
    const bool is_onnx = proto.domain().empty() || proto.domain() == "ai.onnx";
    const bool is_own = proto.domain() == kOwnDomain && is_cell_op(node.op);
    if (!is_onnx && !is_own && !(quantizes && proto.domain() == "com.microsoft")) {
      fail(fmt::format("node {}: op {} of domain {} is not supported", node.name, node.op, proto.domain()),
           model_.functions_size() > 0 ? "write the file's functions out (onnx.inliner.inline_local_functions)"
                                       : "export the model with the ops that octocal knows (docs/formats.md)");
    }
    if (is_own) {
      if (const auto problem = function_problem(model_, node.op); !problem.empty())
        fail(fmt::format("node {} ({}): {}", node.name, node.op, problem), "write the model by octocal");
    } else if (defines_function(model_, proto.domain(), node.op)) {
      fail(fmt::format("node {}: the file defines the op {} of ONNX by a function of its own", node.name, node.op),
           "write the file's functions out (onnx.inliner.inline_local_functions)");
    }
    node.inputs.assign(proto.input().begin(), proto.input().end());
    node.outputs.assign(proto.output().begin(), proto.output().end());
    while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
    while (!node.outputs.empty() && node.outputs.back().empty()) node.outputs.pop_back();
    for (const auto& attribute : proto.attribute()) {
      if (!node.attributes.emplace(attribute.name(), read_attribute(attribute, node)).second) {
        fail(fmt::format("node {}: attribute {} is given twice", node.name, attribute.name()));
      }
    }
    for (const std::string& input : node.inputs) {
      if (const auto found = unsupported_.find(input); found != unsupported_.end()) {
        fail(fmt::format("node {} ({}): constant {} has type {}, which is not supported{}", node.name, node.op, input,
                         onnx_type_name(found->second),
                         quantizes ? " (octocal computes in 8 bits: INT8 or UINT8)" : ""));
      }
    }
    graph_.nodes.push_back(std::move(node));
  }

  std::string free_name(const std::string& op) {
    std::string name;
    do {
      name = fmt::format("{}_{}", op, ++counters_[op]);
    } while (node_names_.contains(name));
    node_names_.insert(name);
    return name;
  }

  const onnx::ModelProto& model_;
  const onnx::GraphProto& proto_;
  const std::string& origin_;
  ExternalData& data_;
  Graph graph_;
  bool fixed_batch_ = false;                ///< an input or output says 1 where the batch stands
  bool other_floats_ = false;               ///< it holds floats of 16 or 64 bits
  std::map<std::string, int> unsupported_;  ///< constants of types that octocal lacks, and their types
  std::set<std::string> stored_floats_, kept_casts_;
  std::set<std::string> node_names_, given_names_;
  std::map<std::string, int> counters_;
};

/// Explicit pads in place of auto_pad and output_shape, so that nobody after the reader needs to know it.
void resolve_auto_pad(Graph& graph, const std::map<std::string, Value>& values, const std::string& origin) {
  for (Node& node : graph.nodes) {
    if (node.op != "Conv" && node.op != "ConvTranspose") continue;
    if (!node.attributes.contains("auto_pad") && !node.attributes.contains("output_shape")) continue;
    const auto g = convolution_geometry(node, values.at(node.inputs[0]).shape, values.at(node.inputs[1]).shape, origin);
    std::vector<std::int64_t> pads;
    const auto skipped = static_cast<std::ptrdiff_t>(3 - g.spatial_rank);
    pads.insert(pads.end(), g.pad_begin.begin() + skipped, g.pad_begin.end());
    pads.insert(pads.end(), g.pad_end.begin() + skipped, g.pad_end.end());
    node.attributes.erase("auto_pad");
    node.attributes.erase("output_shape");
    node.attributes["pads"] = pads;
  }
}

}  // namespace

Graph parse_onnx_beside(const std::string& bytes, const std::string& origin, ExternalData& data, OnnxSource& source) {
  // protobuf would print its own complaints on stderr.
  const google::protobuf::LogSilencer silence;
  onnx::ModelProto model;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph()) {
    throw bad_input(fmt::format("{}: not an ONNX model, or a damaged one ({} bytes); give a complete .onnx file",
                                origin, bytes.size()));
  }
  Reader reader(model, origin, data);
  Graph graph = reader.read();
  source.opset = graph.opset;
  source.ir_version = model.ir_version();
  source.producer = model.producer_name();
  if (!model.producer_version().empty()) source.producer += " " + model.producer_version();
  if (!is_printable(source.producer, false)) source.producer.clear();
  source.data_files = data.files();
  source.other_floats = reader.other_floats();
  std::map<std::string, Value> none_yet;
  fold_quantized_constants(graph, none_yet, origin);
  auto known = simplify(graph, origin, source.opset, reader.fixed_batch(), reader.kept_casts());
  fold_quantized_constants(graph, known, origin);  // those that simplify made constant
  join_repeated_cells(graph, known, origin);
  join_channel_affines(graph, known);
  for (Value& output : graph.outputs) {
    const auto found = known.find(output.name);
    const bool partly_unknown = std::count(output.shape.begin(), output.shape.end(), kUnknownSize) > 0;
    if (found != known.end() && partly_unknown && found->second.shape.size() == output.shape.size())
      for (std::size_t axis = 0; axis < output.shape.size(); ++axis)
        if (output.shape[axis] == kUnknownSize) output.shape[axis] = found->second.shape[axis];
  }
  resolve_auto_pad(graph, infer_shapes(graph, origin), origin);
  return graph;
}

Graph parse_onnx(const std::string& bytes, const std::string& origin, OnnxSource* source) {
  ExternalData none(std::nullopt);
  OnnxSource about;
  Graph graph = parse_onnx_beside(bytes, origin, none, about);
  if (source != nullptr) *source = about;
  return graph;
}

}  // namespace octocal::model
