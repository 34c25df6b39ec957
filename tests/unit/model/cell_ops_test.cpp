// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/cell_ops.hpp"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <functional>

#include "octocal/model/generator_builder.hpp"
#include "octocal/model/onnx_file.hpp"
#include "unit/model/expect_error.hpp"

// Octocal's own ops in files: what their functions and constants must be, so that every runtime computes the same.

namespace octocal::model {
namespace {

using testing::expect_bad_input;

Graph cells_generator() {
  GeneratorSpec spec;
  spec.architecture = Architecture::kCells;
  spec.output = OutputTransform::kProfiles;
  spec.latent_size = static_cast<std::size_t>(description_size(spec.network.image));
  return build_generator(spec, random_generator_parameters(spec, 1));
}

class OwnFunctions : public ::testing::Test {
 protected:
  OwnFunctions() { model_.ParseFromString(serialize_onnx(cells_generator())); }

  onnx::FunctionProto& function(std::string_view op) {
    for (auto& own : *model_.mutable_functions())
      if (own.name() == op) return own;
    throw bad_input("no such function");
  }
  onnx::NodeProto& first(std::string_view op, const std::string& type) {
    for (auto& node : *function(op).mutable_node())
      if (node.op_type() == type) return node;
    throw bad_input("no such node");
  }
  void accepts() const { EXPECT_NO_THROW(parse_onnx(model_.SerializeAsString(), "m.onnx")); }
  void refuses(const std::string& words) const {
    expect_bad_input([&] { parse_onnx(model_.SerializeAsString(), "m.onnx"); }, {"m.onnx: node ", words});
  }

  onnx::ModelProto model_;
};

TEST_F(OwnFunctions, AreAcceptedUnderOtherNamesAndInAnotherOrder) {
  accepts();
  auto& fit = function(kFitCellsByLog);
  fit.set_doc_string("written by somebody else");
  const auto rename = [](const std::string& name) { return name.empty() ? name : "renamed/" + name; };
  for (auto& name : *fit.mutable_input()) name = rename(name);
  for (auto& name : *fit.mutable_output()) name = rename(name);
  for (auto& node : *fit.mutable_node()) {
    node.set_name("named");
    node.set_domain("ai.onnx");
    for (auto& name : *node.mutable_input()) name = rename(name);
    for (auto& name : *node.mutable_output()) name = rename(name);
  }
  // Constants first, which nothing comes before.
  std::stable_partition(fit.mutable_node()->begin(), fit.mutable_node()->end(),
                        [](const auto& node) { return node.op_type() == "Constant"; });
  accepts();
}

TEST_F(OwnFunctions, ThatComputeSomethingElseAreRefused) {
  const auto original = model_;
  const auto after = [&](const std::function<void()>& change) {
    model_ = original;
    change();
    refuses("is not octocal's, so other runtimes would compute something else");
  };
  after([&] { first(kDrawCells, "Less").set_op_type("LessOrEqual"); });
  after([&] { first(kDrawCells, "Constant").mutable_attribute(0)->set_ints(0, 1); });
  after([&] { first(kFitCellsByLog, "Sub").mutable_input()->SwapElements(0, 1); });
  after([&] { function(kSeeCells).mutable_input()->SwapElements(0, 1); });
  after([&] { function(kExpectedCells).mutable_opset_import(0)->set_version(18); });
  after([&] { function(kFitCellsByLog).set_output(0, function(kFitCellsByLog).node(0).output(0)); });
  after([&] { first(kExpectedCells, "Log").set_input(0, "nowhere"); });
  after([&] { first(kExpectedCells, "Max").set_domain("elsewhere"); });
}

TEST_F(OwnFunctions, ThatAreMissingOrDoubleAreRefused) {
  const auto original = model_;
  function(kSeeCells).set_name("SeeNothing");
  refuses("(SeeCells): the file does not define the function SeeCells");
  model_ = original;
  *model_.add_functions() = function(kSeeCells);
  refuses("the file defines the function SeeCells twice");
  model_ = original;
  model_.mutable_opset_import()->RemoveLast();
  refuses("the file does not say that it uses the domain octocal");
  model_ = original;
  model_.mutable_opset_import(model_.opset_import_size() - 1)->set_version(2);
  refuses("version 2 of the domain octocal (expected 1)");
}

TEST_F(OwnFunctions, ThatRedefineAnOpOfOnnxAreRefused) {
  auto& conv = *model_.add_functions();
  conv.set_name("Conv");
  refuses("the file defines the op Conv of ONNX by a function of its own");
  conv.set_domain("ai.onnx");
  refuses("the file defines the op Conv of ONNX by a function of its own");
  conv.set_domain("elsewhere");
  accepts();
}

TEST(CellOps, RefuseConstantsThatRuntimesTakeDifferently) {
  const auto refuses = [](const std::string& constant, std::size_t at, float value, const std::string& words) {
    auto graph = cells_generator();
    graph.constants.at(constant).as<float>()[at] = value;
    expect_bad_input([&] { infer_shapes(graph, "m.onnx"); }, {"m.onnx: node head0/draw (DrawCells)", words});
  };
  const auto graph = cells_generator();
  const auto last = graph.constant("cells.edges")->as<float>().size() - 1;
  EXPECT_NO_THROW(infer_shapes(graph, "m.onnx"));
  refuses("head0.colour", 3, -1, "its colour holds -1 (expected 0 and 1)");
  refuses("head0.colour", 0, 0.5F, "its colour holds 0.5");
  refuses("cells.edges", last, 89, "to 89 (expected from -87 to 88, log of GeV)");
  refuses("cells.edges", 0, -104, "go from -104");
}

}  // namespace
}  // namespace octocal::model
