// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/onnx_beside.hpp"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <fstream>

#include "octocal/base/pending_file.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::model {
namespace {

void put_beside(onnx::TensorProto& tensor, const char* location) {
  auto* entry = tensor.add_external_data();
  entry->set_key("location");
  entry->set_value(location);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
}

TEST(OnnxFilesBeside, AreThoseOfWeightsAndConstantNodesOnceEach) {
  const octocal::test::TemporaryFolder folder;
  onnx::ModelProto model;
  put_beside(*model.mutable_graph()->add_initializer(), "m.onnx.data");
  put_beside(*model.mutable_graph()->add_initializer(), "m.onnx.data");
  auto* attribute = model.mutable_graph()->add_node()->add_attribute();
  put_beside(*attribute->mutable_t(), "more/constants.bin");
  write_text_file(folder.file("m.onnx"), model.SerializeAsString());
  EXPECT_EQ(onnx_files_beside(folder.file("m.onnx")),
            (std::vector<std::string>{folder.file("m.onnx.data"), folder.file("more/constants.bin")}));
}

TEST(OnnxFilesBeside, AreNoneOfWhatIsNoModel) {
  const octocal::test::TemporaryFolder folder;
  write_text_file(folder.file("text"), "no model");
  write_text_file(folder.file("showers"), "\x89HDF\r\n\x1a\n");
  write_text_file(folder.file("empty"), "");
  for (const auto& file : {folder.file("text"), folder.file("showers"), folder.file("empty"), folder.file("absent"),
                           folder.path().string(), std::string("/dev/zero"), std::string()})
    EXPECT_TRUE(onnx_files_beside(file).empty()) << file;
}

}  // namespace
}  // namespace octocal::model
