// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/model_verdicts.hpp"

#include <gtest/gtest.h>

#include "octocal/model/generator_builder.hpp"
#include "octocal/model/onnx_file.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/study/small_files.hpp"

namespace octocal::study {
namespace {

class ModelVerdicts : public ::testing::Test {
 protected:
  ModelVerdicts() {
    test::write_tiny_model(file_);
    graph_ = model::read_onnx(file_);
  }
  std::vector<ModelVerdict> judged() const { return judge_model(graph_, "m.onnx"); }

  const octocal::test::TemporaryFolder folder_;
  std::string file_ = folder_.file("m.onnx");
  model::Graph graph_;
};

TEST_F(ModelVerdicts, AGeneratorOfConvolutionsIsTakenByEveryVerb) {
  model::GeneratorSpec spec;
  spec.output = model::OutputTransform::kRelu;
  const auto metadata = graph_.metadata;
  graph_ = model::build_generator(spec, model::random_generator_parameters(spec, 1));
  graph_.metadata = metadata;
  graph_.metadata["octocal.geometry"] = "25x25x25";
  const auto verdicts = judged();
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].verbs, "generate, validate, compare, bench");
  EXPECT_EQ(verdicts[0].refusal, "");
  EXPECT_EQ(verdicts[1].verbs, "quantize, tune");
  EXPECT_EQ(verdicts[1].refusal, "");
}

TEST_F(ModelVerdicts, WithAnUnreadableDescriptionEveryVerbRefusesByOneSentenceOfTheFile) {
  graph_.metadata["octocal.geometry"] = "round";
  const auto verdicts = judged();
  EXPECT_EQ(verdicts[0].refusal.rfind("m.onnx: ", 0), 0U) << verdicts[0].refusal;
  EXPECT_EQ(verdicts[1].refusal, verdicts[0].refusal);
}

TEST_F(ModelVerdicts, AnOpThatTheEngineLacksIsNamed) {
  graph_.nodes[1].op = "Relux";
  EXPECT_NE(judged()[0].refusal.find("Relux"), std::string::npos) << judged()[0].refusal;
}

TEST_F(ModelVerdicts, WithoutAConvolutionOnlyQuantizeAndTuneRefuse) {
  const auto verdicts = judged();
  EXPECT_EQ(verdicts[0].refusal, "");
  EXPECT_EQ(verdicts[1].refusal.rfind("m.onnx: ", 0), 0U) << verdicts[1].refusal;
}

}  // namespace
}  // namespace octocal::study
