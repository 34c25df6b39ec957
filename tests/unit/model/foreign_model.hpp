// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace octocal::testing {

/// A ModelProto as another exporter might write it: x (batch, 2, 5, 5) through nodes that the test adds, to y.
class ForeignModel {
 public:
  ForeignModel() {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    graph().set_name("foreign");
    value(*graph().add_input(), "x", {2, 5, 5});
    value(*graph().add_output(), "y", {2, 5, 5});
  }

  onnx::GraphProto& graph() { return *model.mutable_graph(); }
  std::string bytes() const { return model.SerializeAsString(); }

  onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
    auto& added = *graph().add_node();
    added.set_op_type(op);
    for (const auto& input : inputs) added.add_input(input);
    added.add_output(output);
    return added;
  }

  onnx::TensorProto& tensor(const std::string& name, int type, const std::vector<std::int64_t>& dims) {
    auto& added = *graph().add_initializer();
    added.set_name(name);
    added.set_data_type(type);
    for (const auto size : dims) added.add_dims(size);
    return added;
  }

  /// A float32 value whose first axis is named "batch".
  static void value(onnx::ValueInfoProto& proto, const std::string& name, const std::vector<std::int64_t>& sizes) {
    proto.set_name(name);
    auto& tensor = *proto.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    tensor.mutable_shape()->add_dim()->set_dim_param("batch");
    for (const auto size : sizes) tensor.mutable_shape()->add_dim()->set_dim_value(size);
  }

  onnx::ModelProto model;
};

}  // namespace octocal::testing
