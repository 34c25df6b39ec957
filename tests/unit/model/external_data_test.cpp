// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "octocal/base/pending_file.hpp"
#include "octocal/model/onnx_file.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/model/expect_error.hpp"
#include "unit/model/foreign_model.hpp"

// Weights in a file beside the model.

namespace octocal::model {
namespace {

using testing::expect_bad_input;
using testing::ForeignModel;

/// x times w (2, 1, 1), whose numbers 3 and -4 lie in another file.
class Beside {
 public:
  explicit Beside(const std::string& location, const std::string& offset = "", const std::string& length = "") {
    auto& tensor = model_.tensor("w", onnx::TensorProto::FLOAT, {2, 1, 1});
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto say = [&](const char* key, const std::string& value) {
      auto& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    };
    if (!location.empty()) say("location", location);
    if (!offset.empty()) say("offset", offset);
    if (!length.empty()) say("length", length);
    model_.node("Mul", {"x", "w"}, "y");
  }

  Graph read(const octocal::test::TemporaryFolder& folder, OnnxSource* source = nullptr) const {
    write_text_file(folder.file("model.onnx"), model_.bytes());
    return read_onnx(folder.file("model.onnx"), source);
  }
  void refused(const octocal::test::TemporaryFolder& folder, std::vector<std::string> parts) const {
    parts.push_back("model.onnx: constant w");
    expect_bad_input([&] { read(folder); }, parts);
  }

 private:
  ForeignModel model_;
};

std::string bytes_of(const std::vector<float>& numbers) {
  std::string bytes(numbers.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

TEST(ExternalData, IsReadFromItsPlaceInTheFile) {
  const octocal::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("weights"));
  write_text_file(folder.file("weights/w.bin"), bytes_of({1, 2, 3, -4, 5}));
  OnnxSource source;
  const Graph graph = Beside("weights/w.bin", "8", "8").read(folder, &source);
  EXPECT_EQ(graph.constants.at("w").as<float>()[0], 3);
  EXPECT_EQ(graph.constants.at("w").as<float>()[1], -4);
  ASSERT_EQ(source.data_files.size(), 1U);
  EXPECT_EQ(source.data_files[0], folder.file("weights/w.bin"));
  // Without a length it is what the shape takes, without an offset the start.
  EXPECT_EQ(Beside("weights/w.bin").read(folder).constants.at("w").as<float>()[1], 2);
  // What is written is one file.
  EXPECT_EQ(parse_onnx(serialize_onnx(graph), "again").constants.at("w").bytes, graph.constants.at("w").bytes);
}

TEST(ExternalData, MayNotLeaveTheModelsFolder) {
  const octocal::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("weights"));
  write_text_file(folder.file("w.bin"), bytes_of({3, -4}));
  for (const char* location : {"../w.bin", "/etc/passwd", "weights/../../w.bin", "..", "weights/../w.bin"})
    Beside(location).refused(folder, {location, "outside the model's folder", "one file"});
  Beside("").refused(folder, {"not named"});
  Beside(std::string("w\x1b.bin")).refused(folder, {"not named"});
}

TEST(ExternalData, ThatIsMissingOrShortIsNamedWithTheRemedy) {
  const octocal::test::TemporaryFolder folder;
  Beside("w.bin").refused(folder, {"w.bin", "not there", "put that file beside the model"});
  std::filesystem::create_directory(folder.file("w.bin"));
  Beside("w.bin").refused(folder, {"w.bin", "no file"});
  std::filesystem::remove(folder.file("w.bin"));
  write_text_file(folder.file("w.bin"), bytes_of({1, 2, 3}));
  Beside("w.bin", "8", "8").refused(folder, {"w.bin", "8 + 8", "has 12", "copy that file again"});
  Beside("w.bin", "18446744073709551612", "8").refused(folder, {"w.bin", "has 12"});
  Beside("w.bin", "0", "12").refused(folder, {"takes 8 bytes", "12 are named"});
  Beside("w.bin", "four").refused(folder, {"offset", "not a number"});
  Beside("w.bin", "-4").refused(folder, {"offset", "not a number"});
}

TEST(ExternalData, TakesNoMemoryForWhatIsNotThere) {
  const octocal::test::TemporaryFolder folder;
  write_text_file(folder.file("w.bin"), bytes_of({1, 2, 3}));
  ForeignModel model;
  auto& tensor = model.tensor("w", onnx::TensorProto::FLOAT, {1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14});
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& entry = *tensor.add_external_data();
  entry.set_key("location");
  entry.set_value("w.bin");
  model.node("Mul", {"x", "w"}, "y");
  write_text_file(folder.file("model.onnx"), model.bytes());
  expect_bad_input([&] { read_onnx(folder.file("model.onnx")); }, {"constant w", "more than 2147483648 bytes"});
}

}  // namespace
}  // namespace octocal::model
