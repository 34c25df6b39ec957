// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/checkpoint.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"

namespace octocal::train {
namespace {

constexpr std::string_view kMagic = "OCTOCKPT";

const char* type_name(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "float32";
    case at::kDouble:
      return "float64";
    case at::kLong:
      return "int64";
    default:
      throw run_failed("checkpoint: a tensor of a type that is not stored (float32, float64 and int64 are)");
  }
}

Error damaged(const std::filesystem::path& file, const std::string& why) {
  return bad_input(fmt::format("{}: {}; give a checkpoint that octocal train has written", file.string(), why));
}

at::ScalarType type_of(const std::string& name, const std::filesystem::path& file) {
  if (name == "float32") return at::kFloat;
  if (name == "float64") return at::kDouble;
  if (name == "int64") return at::kLong;
  throw damaged(file, fmt::format("unknown tensor type '{}'", name));
}

}  // namespace

void write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file) {
  nlohmann::json header;
  header["state"] = checkpoint.json;
  std::size_t offset = 0;
  std::vector<at::Tensor> blocks;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    blocks.push_back(tensor.detach().to(at::kCPU).contiguous());
    header["tensors"][name] = {
        {"type", type_name(tensor.scalar_type())}, {"shape", tensor.sizes().vec()}, {"offset", offset}};
    offset += blocks.back().nbytes();
  }
  const auto text = header.dump();
  const std::uint64_t length = text.size();
  PendingFile pending(file);
  std::ofstream out(pending.path(), std::ios::binary);
  out.write(kMagic.data(), static_cast<std::streamsize>(kMagic.size()));
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const auto& block : blocks)
    out.write(static_cast<const char*>(block.data_ptr()), static_cast<std::streamsize>(block.nbytes()));
  out.close();
  if (!out) throw bad_input(fmt::format("{}: cannot be written (disk full?); free some space", file.string()));
  pending.commit();
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  const auto bytes = read_text_file(file);
  std::uint64_t length = 0;
  const auto start = kMagic.size() + sizeof length;
  if (bytes.size() < start || std::string_view(bytes).substr(0, kMagic.size()) != kMagic)
    throw damaged(file, "not a checkpoint");
  std::memcpy(&length, bytes.data() + kMagic.size(), sizeof length);
  if (length > bytes.size() - start) throw damaged(file, "truncated");
  Checkpoint checkpoint;
  try {
    const auto header = nlohmann::json::parse(bytes.begin() + static_cast<std::ptrdiff_t>(start),
                                              bytes.begin() + static_cast<std::ptrdiff_t>(start + length));
    checkpoint.json = header.at("state").get<std::string>();
    const auto numbers = std::string_view(bytes).substr(start + length);
    for (const auto& [name, entry] : header.at("tensors").items()) {
      auto tensor = at::empty(entry.at("shape").get<std::vector<std::int64_t>>(),
                              type_of(entry.at("type").get<std::string>(), file));
      const auto offset = entry.at("offset").get<std::size_t>();
      if (offset > numbers.size() || tensor.nbytes() > numbers.size() - offset) throw damaged(file, "truncated");
      if (tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), numbers.data() + offset, tensor.nbytes());
      checkpoint.tensors[name] = tensor;
    }
  } catch (const nlohmann::json::exception& error) {
    throw damaged(file, fmt::format("damaged header ({})", error.what()));
  }
  return checkpoint;
}

void insert_under(const std::string& prefix, const TensorMap& source, TensorMap& target) {
  for (const auto& [name, tensor] : source) target[prefix + name] = tensor;
}

TensorMap take_under(const std::string& prefix, const TensorMap& source) {
  TensorMap taken;
  for (const auto& [name, tensor] : source)
    if (name.starts_with(prefix)) taken[name.substr(prefix.size())] = tensor;
  return taken;
}

void copy_values(const TensorMap& source, TensorMap& target) {
  const at::NoGradGuard no_gradients;
  for (auto& [name, tensor] : target) {
    const auto found = source.find(name);
    if (found == source.end() || found->second.sizes() != tensor.sizes())
      throw bad_input(
          fmt::format("checkpoint: tensor {} is missing or of another shape; it is from another network", name));
    tensor.copy_(found->second);
  }
}

}  // namespace octocal::train
