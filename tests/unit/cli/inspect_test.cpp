// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "octocal/base/pending_file.hpp"
#include "octocal/cli/verb_dispatch.hpp"
#include "octocal/model/onnx_file.hpp"
#include "support/graph_maker.hpp"

namespace octocal::cli {
namespace {

using model::kBatch;

/// Gemm 6 -> 8 with bias, LeakyRelu and Reshape to (N, 2, 2, 2), with metadata.
model::Graph small_model() {
  testing::GraphMaker maker;
  const auto w = maker.constant("w", model::make_tensor({6, 8}, std::vector<float>(48, 0.5F)));
  const auto b = maker.constant("b", model::make_tensor({8}, std::vector<float>(8)));
  auto value = maker.node("LeakyRelu", {maker.node("Gemm", {maker.input("latent", {kBatch, 6}), w, b})});
  model::Graph graph = maker.finish({maker.node("Reshape", {value, maker.shape("s", {-1, 2, 2, 2})})});
  graph.metadata = {{"octocal.latent", "sphere"}, {"octocal.training", std::string(300, 'a') + "\nend"}};
  return graph;
}

class Inspect : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("octocal_inspect_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    file_ = folder_ / "m.onnx";
    model::write_onnx(small_model(), file_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  int run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "inspect");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_command_line(arguments);
    out_ = ::testing::internal::GetCapturedStdout();
    error_ = ::testing::internal::GetCapturedStderr();
    return code;
  }

  /// Exit code 2, nothing on stdout, one line on stderr that holds all parts.
  void refuses(const std::string& file, const std::vector<std::string>& parts) {
    EXPECT_EQ(run({file}), 2);
    EXPECT_EQ(out_, "");
    EXPECT_EQ(std::count(error_.begin(), error_.end(), '\n'), 1) << error_;
    for (const auto& part : parts) EXPECT_NE(error_.find(part), std::string::npos) << error_ << "\nlacks: " << part;
  }

  /// A file with the model that `change` makes of the small one.
  template <typename Change>
  std::string changed(const Change& change) {
    auto graph = small_model();
    change(graph);
    model::write_onnx(graph, folder_ / "changed.onnx");
    return folder_ / "changed.onnx";
  }

  std::filesystem::path folder_;
  std::string file_, out_, error_;
};

TEST_F(Inspect, TablesAndJsonTellTheSame) {
  const std::string json_file = folder_ / "m.json";
  ASSERT_EQ(run({file_, "--json", json_file}), 0) << error_;
  const auto document = nlohmann::json::parse(read_text_file(json_file));
  EXPECT_EQ(document["parameters"], 56);
  EXPECT_EQ(document["macs"], 48);
  EXPECT_EQ(document["precision"], "float32");
  EXPECT_EQ(document["file_bytes"], std::filesystem::file_size(file_));
  EXPECT_EQ(document["graph_hash"], model::graph_hash(small_model()));
  EXPECT_EQ(document["inputs"][0]["shape"], nlohmann::json::parse(R"(["N", 6])"));
  ASSERT_EQ(document["layers"].size(), 2U);
  EXPECT_EQ(document["layers"][0]["ops"], "Gemm+LeakyRelu");
  EXPECT_EQ(document["layers"][1]["output_shape"], nlohmann::json::parse(R"(["N", 2, 2, 2])"));
  EXPECT_EQ(document["metadata"]["octocal.training"], std::string(300, 'a') + "\nend");
  for (const std::string part : {"Gemm0", "Gemm+LeakyRelu", "(N, 2, 2, 2)", "octocal.latent", "sphere", "opset 13"}) {
    EXPECT_NE(out_.find(part), std::string::npos) << part << "\n" << out_;
  }
  EXPECT_EQ(out_.find(std::string(300, 'a')), std::string::npos) << "long metadata is shortened";
}

TEST_F(Inspect, FoldsSmallLayersOfOneNameUnlessAllAreWanted) {
  octocal::testing::GraphMaker maker;
  auto value = maker.input("latent", {kBatch, 6});
  for (int i = 0; i < 5; ++i) value = maker.node("Tanh", {value});
  const auto w = maker.constant("w", model::make_tensor({6, 8}, std::vector<float>(48, 0.5F)));
  auto graph =
      maker.finish({maker.node("Reshape", {maker.node("MatMul", {value, w}), maker.shape("s", {-1, 2, 2, 2})})});
  for (int i = 0; i < 5; ++i) graph.nodes[static_cast<std::size_t>(i)].name = "flow/step" + std::to_string(i);
  model::write_onnx(graph, folder_ / "flow.onnx");
  ASSERT_EQ(run({folder_ / "flow.onnx"}), 0) << error_;
  EXPECT_NE(out_.find("flow/..."), std::string::npos) << out_;
  EXPECT_NE(out_.find("5 layers"), std::string::npos) << out_;
  EXPECT_EQ(out_.find("flow/step"), std::string::npos) << out_;
  ASSERT_EQ(run({folder_ / "flow.onnx", "--all"}), 0) << error_;
  EXPECT_EQ(out_.find("flow/..."), std::string::npos) << out_;
  for (int i = 0; i < 5; ++i) EXPECT_NE(out_.find("flow/step" + std::to_string(i)), std::string::npos) << out_;
}

TEST_F(Inspect, PrintsOneMetadataEntryWhole) {
  EXPECT_EQ(run({file_, "--metadata", "octocal.training"}), 0);
  EXPECT_EQ(out_, std::string(300, 'a') + "\nend\n");
  EXPECT_EQ(run({file_, "--metadata", "octocal.scores"}), 2);
  EXPECT_NE(error_.find("octocal.scores"), std::string::npos);
}

TEST_F(Inspect, RefusesBadModelsInOneSentence) {
  refuses(folder_ / "absent.onnx", {"absent.onnx", "no such file"});
  const auto bytes = read_text_file(file_);
  write_text_file(folder_ / "cut.onnx", bytes.substr(0, bytes.size() / 2));
  refuses(folder_ / "cut.onnx", {"cut.onnx", "not an ONNX model, or a damaged one"});
  refuses(changed([](model::Graph& g) { g.nodes[1].op = "Hardmax"; }), {"LeakyRelu1", "Hardmax", "not supported"});
  refuses(changed([](model::Graph& g) { g.opset = 22; }), {"opset 22"});
  refuses(changed([](model::Graph& g) { g.constants["w"].as<float>()[7] = std::numeric_limits<float>::quiet_NaN(); }),
          {"weight w", "nan", "position 7"});
}

}  // namespace
}  // namespace octocal::cli
