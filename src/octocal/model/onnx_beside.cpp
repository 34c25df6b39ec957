// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/onnx_beside.hpp"

#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>

namespace octocal::model {
namespace {

constexpr std::uintmax_t kMostFileBytes = std::uintmax_t{1} << 31U;  // what protobuf takes
constexpr std::string_view kHdf5 = "\x89HDF";                        // showers by mistake, or rightly (`compare`)

bool may_be_model(const std::string& file, std::ifstream& in) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure) || std::filesystem::file_size(file, failure) > kMostFileBytes)
    return false;
  std::string begin(kHdf5.size(), '\0');
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  in.clear();
  in.seekg(0);
  return begin != kHdf5;
}

void add_location(const onnx::TensorProto& tensor, std::set<std::string>& locations) {
  for (const auto& entry : tensor.external_data())
    if (entry.key() == "location" && !entry.value().empty()) locations.insert(entry.value());
}

std::vector<std::string> find(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const google::protobuf::LogSilencer silence;  // protobuf would print its own complaints on stderr
  onnx::ModelProto model;
  if (!may_be_model(file, in) || !model.ParseFromIstream(&in)) return {};
  std::set<std::string> locations;
  for (const auto& constant : model.graph().initializer()) add_location(constant, locations);
  for (const auto& node : model.graph().node())
    for (const auto& attribute : node.attribute()) add_location(attribute.t(), locations);
  std::vector<std::string> files;
  const auto folder = std::filesystem::path(file).parent_path();
  for (const auto& location : locations) files.push_back((folder / location).string());
  return files;
}

}  // namespace

std::vector<std::string> onnx_files_beside(const std::string& file) noexcept {
  try {
    return find(file);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace octocal::model
