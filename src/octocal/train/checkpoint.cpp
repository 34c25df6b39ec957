// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/checkpoint.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "octocal/base/checked_size.hpp"
#include "octocal/base/checksum.hpp"
#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/pending_file.hpp"

namespace octocal::train {
namespace {

constexpr std::string_view kMagic = "OCTOCKPT";
/// Behind it a CRC-32 of all before it; files of octocal 0.1.0 end with their last number.
constexpr std::string_view kChecksumMark = "OCTOCRC1";
constexpr const char* kChecksumKey = "checksum";

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

std::uint32_t crc_of(std::string_view text, std::uint32_t before = 0) {
  return crc32(std::as_bytes(std::span(text)), before);
}

/// Whether the file ends with a checksum; damaged() if it is another than that of the bytes before it.
bool has_checksum(std::string_view bytes, const std::filesystem::path& file) {
  constexpr auto kTail = kChecksumMark.size() + sizeof(std::uint32_t);
  if (bytes.size() < kTail) return false;
  const auto tail = bytes.substr(bytes.size() - kTail);
  if (!tail.starts_with(kChecksumMark)) return false;
  std::uint32_t stored = 0;
  std::memcpy(&stored, tail.data() + kChecksumMark.size(), sizeof stored);
  if (!checksums_agree(stored, crc_of(bytes.substr(0, bytes.size() - sizeof stored))))
    throw damaged(file, "its checksum differs from that of its bytes (it is damaged)");
  return true;
}

at::ScalarType type_of(const std::string& name, const std::filesystem::path& file) {
  if (name == "float32") return at::kFloat;
  if (name == "float64") return at::kDouble;
  if (name == "int64") return at::kLong;
  throw damaged(file, fmt::format("unknown tensor type '{}'", name));
}

/// A tensor with room for what the file says, which has `most` bytes of numbers behind the offset.
at::Tensor tensor_for(const nlohmann::json& entry, const std::string& name, std::uint64_t most,
                      const std::filesystem::path& file) {
  const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
  const auto type = type_of(entry.at("type").get<std::string>(), file);
  CheckedSize bytes = c10::elementSize(type);
  bool possible = true;
  for (const auto extent : shape) {
    possible = possible && extent >= 0;
    bytes *= static_cast<std::uint64_t>(extent);
  }
  if (!possible)
    throw damaged(file, fmt::format("tensor {}: shape ({}), no extent can be negative", name, fmt::join(shape, ", ")));
  if (!bytes.fits(most)) throw damaged(file, "truncated");
  return at::empty(shape, type);
}

}  // namespace

void write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file) {
  nlohmann::json header;
  header["state"] = checkpoint.json;
  header[kChecksumKey] = "crc32";
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
  std::uint32_t checksum = 0;
  const auto put = [&](std::string_view part) {
    out.write(part.data(), static_cast<std::streamsize>(part.size()));
    checksum = crc_of(part, checksum);
  };
  put(kMagic);
  put({reinterpret_cast<const char*>(&length), sizeof length});
  put(text);
  for (const auto& block : blocks) put({static_cast<const char*>(block.data_ptr()), block.nbytes()});
  put(kChecksumMark);
  out.write(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  out.close();
  if (!out) throw write_failure(file);
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
  const bool checked = has_checksum(bytes, file);
  Checkpoint checkpoint;
  try {
    const auto header = nlohmann::json::parse(bytes.begin() + static_cast<std::ptrdiff_t>(start),
                                              bytes.begin() + static_cast<std::ptrdiff_t>(start + length));
    if (!checked && header.contains(kChecksumKey)) throw damaged(file, "truncated");
    if (!checked)
      log_warning_once(fmt::format(
          "{}: has no checksum (octocal 0.1.0 or older wrote it), so nobody can tell whether its numbers are damaged",
          file.string()));
    checkpoint.json = header.at("state").get<std::string>();
    const auto numbers = std::string_view(bytes).substr(start + length);
    for (const auto& [name, entry] : header.at("tensors").items()) {
      const auto offset = entry.at("offset").get<std::uint64_t>();
      if (offset > numbers.size()) throw damaged(file, "truncated");
      auto tensor = tensor_for(entry, name, numbers.size() - offset, file);
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
          fmt::format("tensor {} is missing or of another shape (of another network); give the --network that it was "
                      "trained with",
                      name));
    tensor.copy_(found->second);
  }
}

}  // namespace octocal::train
