// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/model/cell_ops.hpp"
#include "octocal/model/internal/external_data.hpp"
#include "octocal/model/internal/integer_convolutions.hpp"
#include "octocal/model/internal/onnx_functions.hpp"
#include "octocal/model/internal/onnx_reading.hpp"
#include "octocal/model/internal/onnx_tensor.hpp"
#include "octocal/model/internal/onnx_types.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::model {
namespace {

// The version of ONNX 1.8, the first with opset 13; that of ONNX 1.10, the first with functions; and that of ONNX 1.16, whose opset 21 quantizes to 16 bits.
constexpr int kIrVersion = 7, kIrVersionFunctions = 8, kIrVersion16Bit = 10;
constexpr int kOpset16Bit = 21;

void write_attribute(const std::string& name, const Attribute& attribute, onnx::AttributeProto& proto) {
  proto.set_name(name);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute)) {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(*integer);
  } else if (const auto* real = std::get_if<float>(&attribute)) {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(*real);
  } else if (const auto* text = std::get_if<std::string>(&attribute)) {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(*text);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute)) {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : *integers) proto.add_ints(value);
  } else if (const auto* reals = std::get_if<std::vector<float>>(&attribute)) {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (const float value : *reals) proto.add_floats(value);
  } else {
    proto.set_type(onnx::AttributeProto::TENSOR);
    write_tensor(std::get<Tensor>(attribute), "", *proto.mutable_t());
  }
}

void write_value(const Value& value, onnx::ValueInfoProto& proto) {
  proto.set_name(value.name);
  auto& tensor = *proto.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx_type(value.type));
  auto& shape = *tensor.mutable_shape();
  for (const std::int64_t size : value.shape) {
    if (size == kBatch) {
      shape.add_dim()->set_dim_param("N");
    } else {
      shape.add_dim()->set_dim_value(size);
    }
  }
}

bool has_16_bit_integers(const Graph& graph) {
  return std::any_of(graph.constants.begin(), graph.constants.end(), [](const auto& constant) {
    return constant.second.type == DataType::kUint16 || constant.second.type == DataType::kInt16;
  });
}

/// The graph's form is that of opset 13; what opset 21 writes otherwise.
Graph in_opset_21(const Graph& graph) {
  Graph result = graph;
  result.opset = kOpset16Bit;
  for (Node& node : result.nodes) {
    // Since opset 18 the axes are an input.
    if (node.op != "ReduceMax" && node.op != "ReduceMin") continue;
    const auto axes = node.integers("axes", {});
    if (axes.empty()) continue;
    node.attributes.erase("axes");
    node.inputs.push_back(node.name + ".axes");
    result.constants[node.inputs.back()] =
        make_tensor(DataType::kInt64, {static_cast<std::int64_t>(axes.size())}, std::span<const std::int64_t>(axes));
  }
  return result;
}

void write_graph(const Graph& graph, onnx::GraphProto& proto) {
  proto.set_name(graph.name);
  for (const Node& node : graph.nodes) {
    auto& out = *proto.add_node();
    out.set_name(node.name);
    out.set_op_type(node.op);
    if (is_cell_op(node.op)) out.set_domain(kOwnDomain);
    for (const std::string& input : node.inputs) out.add_input(input);
    for (const std::string& output : node.outputs) out.add_output(output);
    for (const auto& [name, attribute] : node.attributes) write_attribute(name, attribute, *out.add_attribute());
  }
  for (const auto& [name, tensor] : graph.constants) write_tensor(tensor, name, *proto.add_initializer());
  for (const Value& input : graph.inputs) write_value(input, *proto.add_input());
  for (const Value& output : graph.outputs) write_value(output, *proto.add_output());
}

void write_deterministically(const google::protobuf::MessageLite& message,
                             google::protobuf::io::ZeroCopyOutputStream& stream) {
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
}

/// Hashes what is written to it and keeps none of it: a model's bytes need not be in memory once more.
class HashedStream final : public google::protobuf::io::ZeroCopyOutputStream {
 public:
  bool Next(void** data, int* size) override {
    take();
    filled_ = buffer_.size();
    *data = buffer_.data();
    *size = static_cast<int>(buffer_.size());
    return true;
  }
  void BackUp(int count) override { filled_ -= static_cast<std::size_t>(count); }
  std::int64_t ByteCount() const override { return taken_ + static_cast<std::int64_t>(filled_); }

  /// Of everything written, and `behind` it.
  std::string hex(const std::string& behind) {
    take();
    hasher_.update(std::span<const char>(behind));
    return hasher_.hex();
  }

 private:
  void take() {
    hasher_.update(std::span<const char>(buffer_).first(filled_));
    taken_ += static_cast<std::int64_t>(filled_);
    filled_ = 0;
  }

  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 16U);
  std::size_t filled_ = 0;
  std::int64_t taken_ = 0;
  Hasher hasher_;
};

}  // namespace

std::string serialize_onnx(const Graph& graph_of_13) {
  const Graph graph_as_written = with_integer_convolutions(graph_of_13);
  const bool newer = has_16_bit_integers(graph_as_written);
  const Graph graph = newer ? in_opset_21(graph_as_written) : graph_as_written;
  onnx::ModelProto model;
  model.set_ir_version(newer ? kIrVersion16Bit : needs_functions(graph) ? kIrVersionFunctions : kIrVersion);
  model.set_producer_name("octocal");
  model.set_producer_version(version());
  auto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(graph.opset);
  write_graph(graph, *model.mutable_graph());
  write_functions(graph, model);
  for (const auto& [key, value] : graph.metadata) {
    auto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  std::string bytes;
  bytes.reserve(model.ByteSizeLong());
  google::protobuf::io::StringOutputStream stream(&bytes);
  write_deterministically(model, stream);
  return bytes;
}

std::string graph_hash(const Graph& graph) {
  // Neither the program's version nor the graph's title changes what is computed.
  onnx::GraphProto proto;
  write_graph(graph, proto);
  proto.clear_name();
  HashedStream stream;
  write_deterministically(proto, stream);
  return stream.hex("opset " + std::to_string(graph.opset));
}

Graph read_onnx(const std::string& file, OnnxSource* source) {
  // A file that protobuf cannot take anyway (a sample of showers by mistake) is not read into memory first.
  std::error_code ignored;
  if (const auto size = std::filesystem::file_size(file, ignored); !ignored && size > (std::uintmax_t{1} << 31)) {
    throw bad_input(
        fmt::format("{}: has {} bytes (an ONNX model has less than 2 GiB); give an .onnx file", file, size));
  }
  ExternalData beside(std::filesystem::path(file).parent_path());
  OnnxSource about;
  Graph graph = parse_onnx_beside(read_text_file(file), file, beside, about);
  if (about.other_floats) log_info(fmt::format("{}: floats of 16 or 64 bits in it are computed in float32", file));
  if (source != nullptr) *source = std::move(about);
  return graph;
}

void write_onnx(const Graph& graph, const std::string& file) { write_text_file(file, serialize_onnx(graph)); }

}  // namespace octocal::model
