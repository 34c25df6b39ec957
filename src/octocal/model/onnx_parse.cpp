// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <limits>
#include <set>

#include "octocal/base/error.hpp"
#include "octocal/model/axis_selection.hpp"
#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/internal/onnx_constants.hpp"
#include "octocal/model/internal/onnx_quantize.hpp"
#include "octocal/model/internal/onnx_tensor.hpp"
#include "octocal/model/internal/onnx_types.hpp"
#include "octocal/model/internal/printable_text.hpp"
#include "octocal/model/internal/repeated_cells.hpp"
#include "octocal/model/internal/simplify.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::model {
namespace {

constexpr std::int64_t kUnknownSize = -2;

/// Turns a ModelProto into a Graph; one object a file.
class Reader {
 public:
  Reader(const onnx::ModelProto& model, const std::string& origin)
      : model_(model), proto_(model.graph()), origin_(origin) {}

  Graph read() {
    check_texts();
    if (!proto_.name().empty()) graph_.name = proto_.name();
    read_opset();
    for (const auto& entry : model_.metadata_props()) graph_.metadata[entry.key()] = entry.value();
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
    read_outputs();
    if (fixed_batch_) free_reshapes();
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw bad_input(fmt::format("{}: {}; export the model again", origin_, problem));
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
  }

  void read_constant(const onnx::TensorProto& proto, const std::string& name) {
    if (name.empty()) fail("a weight has no name");
    if (graph_.constants.contains(name) || unsupported_.contains(name)) {
      fail(fmt::format("constant {} is defined twice", name));
    }
    if (!from_onnx_type(proto.data_type())) {
      unsupported_[name] = proto;  // only an error where a node needs it
    } else {
      graph_.constants[name] = read_tensor(proto, name, origin_);
    }
  }

  /// Of an output, sizes that the exporter did not work out are kUnknownSize: the nodes say them.
  Value read_value(const onnx::ValueInfoProto& proto, bool sizes_needed = true) {
    if (!proto.type().has_tensor_type()) fail(fmt::format("value {} is not a tensor", proto.name()));
    const auto& tensor = proto.type().tensor_type();
    const auto type = from_onnx_type(tensor.elem_type());
    if (!type) fail(fmt::format("value {} has type {}", proto.name(), onnx_type_name(tensor.elem_type())));
    Value value{proto.name(), *type, {}};
    for (int axis = 0; axis < tensor.shape().dim_size(); ++axis) {
      const auto& dim = tensor.shape().dim(axis);
      if (axis == 0) {
        if (dim.has_dim_value() && dim.dim_value() != 1 && dim.dim_value() != kBatch) {
          fail(fmt::format("value {} has {} as its first axis (expected a free batch axis, or 1)", value.name,
                           dim.dim_value()));
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

  Attribute read_attribute(const onnx::AttributeProto& proto, const std::string& node) const {
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
        return read_tensor(proto.t(), node + "." + proto.name(), origin_);
      default:
        fail(fmt::format("node {}: attribute {} is of a kind that is not supported", node, proto.name()));
    }
  }

  void read_node(const onnx::NodeProto& proto) {
    Node node;
    node.op = proto.op_type();
    node.name = proto.name().empty() ? free_name(node.op) : proto.name();
    const bool quantizes = node.op == "QuantizeLinear" || node.op == "DequantizeLinear";
    if (is_integer_op(node.op)) {
      throw bad_input(
          fmt::format("{}: node {}: op {} is not supported (a model in QOperator form, or quantized while it runs); "
                      "quantize the float32 model in QDQ form, or by octocal quantize",
                      origin_, node.name, node.op));
    }
    // ONNX Runtime has the same two ops in a domain of its own.
    const bool is_onnx = proto.domain().empty() || proto.domain() == "ai.onnx";
    if (!is_onnx && !(quantizes && proto.domain() == "com.microsoft")) {
      throw bad_input(
          fmt::format("{}: node {}: op {} of domain {} is not supported; export the model with the ops that "
                      "octocal knows (docs/formats.md)",
                      origin_, node.name, node.op, proto.domain()));
    }
    node.inputs.assign(proto.input().begin(), proto.input().end());
    node.outputs.assign(proto.output().begin(), proto.output().end());
    while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
    while (!node.outputs.empty() && node.outputs.back().empty()) node.outputs.pop_back();
    for (const auto& attribute : proto.attribute()) {
      if (!node.attributes.emplace(attribute.name(), read_attribute(attribute, node.name)).second) {
        fail(fmt::format("node {}: attribute {} is given twice", node.name, attribute.name()));
      }
    }
    if (node.op == "Dropout") drop_training_inputs(node);
    for (const std::string& input : node.inputs) {
      if (const auto found = unsupported_.find(input); found != unsupported_.end()) {
        fail(fmt::format("node {} ({}): constant {} has type {}, which is not supported{}", node.name, node.op, input,
                         onnx_type_name(found->second.data_type()),
                         quantizes ? " (octocal computes in 8 bits: INT8 or UINT8)" : ""));
      }
    }
    if (quantizes) settle_quantization_of(node);
    if (node.op == "Split") {
      split_into_slices(node);
    } else if (!becomes_constant(node)) {
      graph_.nodes.push_back(std::move(node));
    }
  }

  void settle_quantization_of(Node& node) {
    const auto settled = settle_quantization(node);
    if (settled.problem) fail(fmt::format("node {} ({}): {}", node.name, node.op, *settled.problem));
    if (!settled.zero_point || node.inputs.size() < 2) return;
    const Tensor* scale = graph_.constant(node.inputs[1]);
    Tensor zeros{*settled.zero_point, scale == nullptr ? Shape{} : scale->shape, {}};
    zeros.bytes.resize(elements(zeros.shape));
    node.inputs.resize(3);
    node.inputs[2] = node.name + ":zero_point";
    if (!graph_.constants.emplace(node.inputs[2], std::move(zeros)).second) {
      fail(fmt::format("constant {} is defined twice", node.inputs[2]));
    }
  }

  /// A Split becomes a Slice for each of its outputs: every other op has one output.
  void split_into_slices(const Node& node) {
    std::vector<std::int64_t> sizes = node.integers("split", {});  // before opset 13
    if (node.inputs.size() > 1) {
      const Tensor* given = graph_.constant(node.inputs[1]);
      if (given == nullptr) fail(fmt::format("node {} (Split): its sizes are no constant", node.name));
      sizes = whole_numbers(node, *given, origin_);
    }
    if (sizes.size() != node.outputs.size()) {
      fail(fmt::format("node {} (Split): {} sizes for {} outputs (expected as many)", node.name, sizes.size(),
                       node.outputs.size()));
    }
    std::int64_t start = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] < 1 || sizes[i] > std::numeric_limits<std::int32_t>::max()) {
        fail(fmt::format("node {} (Split): a part of {} cells", node.name, sizes[i]));
      }
      Node slice{free_name(node.name), "Slice", {node.inputs.at(0)}, {node.outputs[i]}, {}};
      const std::pair<const char*, std::int64_t> limits[] = {
          {"starts", start}, {"ends", start + sizes[i]}, {"axes", node.integer("axis", 0)}};
      for (const auto& [what, number] : limits) {
        slice.inputs.push_back(fmt::format("{}:{}", slice.name, what));
        const Tensor limit = make_tensor(DataType::kInt64, {1}, std::span<const std::int64_t>(&number, 1));
        if (!graph_.constants.emplace(slice.inputs.back(), limit).second) {
          fail(fmt::format("constant {} is defined twice", slice.inputs.back()));
        }
      }
      start += sizes[i];
      if (!slice.outputs[0].empty()) graph_.nodes.push_back(std::move(slice));
    }
  }

  std::string free_name(const std::string& op) {
    std::string name;
    do {
      name = fmt::format("{}_{}", op, ++counters_[op]);
    } while (node_names_.contains(name));
    node_names_.insert(name);
    return name;
  }

  /// Dropout does nothing in inference: its ratio is of no matter, its training_mode must be false.
  void drop_training_inputs(Node& node) const {
    if (node.inputs.size() > 2) {
      const auto found = unsupported_.find(node.inputs[2]);
      const bool off =
          found != unsupported_.end() && found->second.data_type() == onnx::TensorProto::BOOL &&
          (found->second.has_raw_data() ? found->second.raw_data() == std::string(1, '\0')
                                        : found->second.int32_data_size() == 1 && found->second.int32_data(0) == 0);
      if (!off) fail(fmt::format("node {} (Dropout): training_mode is on or not a constant", node.name));
    }
    if (!node.inputs.empty()) node.inputs.resize(1);
  }

  /// Constant nodes, and Identity nodes of constants (PyTorch's way to share weights), become constants.
  bool becomes_constant(const Node& node) {
    if (node.outputs.size() != 1) return false;
    Tensor tensor;
    if (node.op == "Identity" && node.inputs.size() == 1 && graph_.constants.contains(node.inputs[0])) {
      tensor = graph_.constants.at(node.inputs[0]);
    } else if (node.op == "Constant") {
      if (!node.inputs.empty() || node.attributes.size() != 1) {
        fail(fmt::format("node {} (Constant): expected one attribute and no input", node.name));
      }
      const auto& [name, value] = *node.attributes.begin();
      if (const auto* held = std::get_if<Tensor>(&value)) {
        tensor = *held;
      } else if (const auto* real = std::get_if<float>(&value)) {
        tensor = make_tensor({}, {*real});
      } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        tensor = make_tensor(DataType::kInt64, {}, std::span<const std::int64_t>(integer, 1));
      } else if (const auto* reals = std::get_if<std::vector<float>>(&value)) {
        tensor = make_tensor({static_cast<std::int64_t>(reals->size())}, *reals);
      } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
        tensor = make_tensor(DataType::kInt64, {static_cast<std::int64_t>(integers->size())},
                             std::span<const std::int64_t>(*integers));
      } else {
        fail(fmt::format("node {} (Constant): attribute {} is not supported", node.name, name));
      }
    } else {
      return false;
    }
    if (!graph_.constants.emplace(node.outputs[0], std::move(tensor)).second) {
      fail(fmt::format("constant {} is defined twice", node.outputs[0]));
    }
    return true;
  }

  /// An exporter that fixes the batch at 1 writes that 1 into the shapes of Reshape nodes too.
  void free_reshapes() {
    for (Node& node : graph_.nodes) {
      if (node.op != "Reshape" || node.inputs.size() != 2) continue;
      const Tensor* target = graph_.constant(node.inputs[1]);
      if (target == nullptr || target->type != DataType::kInt64 || target->as<std::int64_t>().empty()) continue;
      Tensor free = *target;
      const auto sizes = free.as<std::int64_t>();
      if (sizes[0] != 1) continue;
      // 0 copies the first axis; -1 also serves where the input's first axis is not the batch, but may stand only once.
      sizes[0] = std::count(sizes.begin(), sizes.end(), -1) > 0 ? 0 : -1;
      const std::string name = node.name + ":free_shape";
      if (!graph_.constants.emplace(name, std::move(free)).second) fail("constant " + name + " is defined twice");
      node.inputs[1] = name;
    }
  }

  void read_outputs() {
    for (const auto& output : proto_.output()) graph_.outputs.push_back(read_value(output, false));
  }

  const onnx::ModelProto& model_;
  const onnx::GraphProto& proto_;
  const std::string& origin_;
  Graph graph_;
  bool fixed_batch_ = false;                              ///< an input or output says 1 where the batch stands
  std::map<std::string, onnx::TensorProto> unsupported_;  ///< constants of types that octocal lacks
  std::set<std::string> node_names_;
  std::map<std::string, int> counters_;
};

/// Explicit pads in place of auto_pad, so that nobody after the reader needs to know it.
void resolve_auto_pad(Graph& graph, const std::map<std::string, Value>& values, const std::string& origin) {
  for (Node& node : graph.nodes) {
    if (node.op != "Conv" && node.op != "ConvTranspose") continue;
    if (!node.attributes.contains("auto_pad")) continue;
    const auto g = convolution_geometry(node, values.at(node.inputs[0]).shape, values.at(node.inputs[1]).shape, origin);
    std::vector<std::int64_t> pads;
    const auto skipped = static_cast<std::ptrdiff_t>(3 - g.spatial_rank);
    pads.insert(pads.end(), g.pad_begin.begin() + skipped, g.pad_begin.end());
    pads.insert(pads.end(), g.pad_end.begin() + skipped, g.pad_end.end());
    node.attributes.erase("auto_pad");
    node.attributes["pads"] = pads;
  }
}

}  // namespace

Graph parse_onnx(const std::string& bytes, const std::string& origin) {
  // protobuf would print its own complaints on stderr.
  const google::protobuf::LogSilencer silence;
  onnx::ModelProto model;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph()) {
    throw bad_input(fmt::format("{}: not an ONNX model, or a damaged one ({} bytes); give a complete .onnx file",
                                origin, bytes.size()));
  }
  Graph graph = Reader(model, origin).read();
  std::map<std::string, Value> none_yet;
  fold_quantized_constants(graph, none_yet, origin);
  auto known = simplify(graph, origin);
  fold_quantized_constants(graph, known, origin);  // those of Constant nodes
  join_repeated_cells(graph, known, origin);
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

}  // namespace octocal::model
