// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "integration/bad_input/bad_input_fixture.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::test {
namespace {

class BadModels : public BadInput {
 protected:
  void expect_all_refuse(const std::string& part) {
    for (const auto& command : commands_with_model(bad_)) expect_refused(command, {bad_ + ": ", part});
  }
  /// The right model's bytes with all occurrences of `from` replaced by `to`, of the same length.
  void write_bad(const std::string& from, const std::string& to) {
    auto bytes = read_text_file(model_);
    std::size_t replaced = 0;
    for (auto at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + from.size()), ++replaced)
      bytes.replace(at, from.size(), to);
    ASSERT_EQ(from.size(), to.size());
    ASSERT_GT(replaced, 0U);
    std::ofstream(bad_, std::ios::binary) << bytes;
  }
  const std::string bad_ = path("bad.onnx");
};

TEST_F(BadModels, MissingFile) { expect_all_refuse("no such file"); }

TEST_F(BadModels, EmptyFile) {
  std::ofstream(bad_) << "";
  expect_all_refuse("");
}

TEST_F(BadModels, TruncatedOnnx) {
  for (const std::size_t part : {2U, 3U, 100U}) {
    std::filesystem::copy_file(model_, bad_, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(bad_, std::filesystem::file_size(bad_) / part);
    expect_all_refuse("");
  }
}

TEST_F(BadModels, RandomBytes) {
  std::mt19937 random(1);
  std::string bytes(100'000, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  std::ofstream(bad_, std::ios::binary) << bytes;
  expect_all_refuse("");
}

TEST_F(BadModels, ShowersGivenAsAModel) {
  for (const auto& command : commands_with_model(showers_)) expect_refused(command, {showers_ + ": "});
}

TEST_F(BadModels, OpThatOctocalLacks) {
  write_bad("LeakyRelu", "HardSwish");
  expect_all_refuse("HardSwish");
}

TEST_F(BadModels, WeightsWithNan) {
  const model::GeneratorSpec spec;
  auto parameters = model::random_generator_parameters(spec, 1);
  auto& bias = parameters.at("dense.bias");
  const float mark = 12345.678F;
  bias.as<float>()[3] = mark;
  auto graph = model::build_generator(spec, parameters);
  graph.metadata = model::read_onnx(model_).metadata;
  model::write_onnx(graph, model_);
  const auto text_of = [](float number) {
    const auto bits = std::bit_cast<std::array<char, 4>>(number);
    return std::string(bits.begin(), bits.end());
  };
  write_bad(text_of(mark), text_of(std::numeric_limits<float>::quiet_NaN()));
  expect_all_refuse("weight dense.bias holds nan at position 3");
}

TEST_F(BadModels, WithoutMetadataNamesTheOptionThatHelps) {
  auto graph = model::read_onnx(model_);
  graph.metadata.clear();
  model::write_onnx(graph, bad_);
  expect_refused({"generate", "--model", bad_, "--energy", "250", "-o", output_},
                 {bad_ + ": ", "octocal.latent", "--model-info"});
  // inspect tells what is in it; generate makes showers once its convention is given.
  EXPECT_EQ(run_octocal({"inspect", bad_}).exit_code, 0);
  const auto result = run_octocal({"generate", "--model", bad_, "--energy", "250", "-o", output_, "--showers", "3",
                                   "--streams", "1", "--model-info", "latent=sphere", "--model-info", "energy_min=100",
                                   "--model-info", "energy_max=500"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(std::filesystem::exists(output_));
}

TEST_F(BadModels, UnreadableMetadata) {
  auto graph = model::read_onnx(model_);
  graph.metadata["octocal.energy_max"] = "lots";
  model::write_onnx(graph, bad_);
  expect_refused({"generate", "--model", bad_, "--energy", "250", "-o", output_},
                 {bad_ + ": ", "octocal.energy_max", "lots"});
}

}  // namespace
}  // namespace octocal::test
