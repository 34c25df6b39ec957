// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/external_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "octocal/base/error.hpp"
#include "octocal/base/printable_text.hpp"

namespace octocal::model {
namespace {

constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 31U;

/// What a tensor says of its place.
struct Place {
  std::string location;
  std::uintmax_t offset = 0;
  std::optional<std::uintmax_t> length;
};

std::optional<std::uintmax_t> number(const std::string& text) {
  std::uintmax_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Whether a path stays in the folder that it starts from. By its text alone: a link inside the folder is the user's own.
bool stays_inside(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  return std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

}  // namespace

std::vector<std::byte> ExternalData::read(const onnx::TensorProto& proto, const Shape& shape, std::size_t width,
                                          const std::string& constant, const std::string& origin) {
  const auto fail = [&](const std::string& problem, const std::string& remedy = "export the model again") {
    return bad_input(fmt::format("{}: constant {}: {}; {}", origin, constant, problem, remedy));
  };
  Place place;
  for (const auto& entry : proto.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() != "offset" && entry.key() != "length") continue;
    const auto value = number(entry.value());
    if (!value) throw fail(fmt::format("the {} of its numbers in another file is not a number", entry.key()));
    if (entry.key() == "offset") place.offset = *value;
    if (entry.key() == "length") place.length = value;
  }
  if (place.location.empty() || !is_printable(place.location, false))
    throw fail("its numbers lie in another file, which is not named");
  const std::string one_file = "save the model as one file (onnx.save(onnx.load(\"model.onnx\"), \"one-file.onnx\"))";
  if (!folder_)
    throw fail(fmt::format("its numbers lie in {}, beside a model that was given without its folder", place.location),
               one_file);
  if (!stays_inside(place.location))
    throw fail(fmt::format("its numbers lie in {}, outside the model's folder (weights must stay beside the model)",
                           place.location),
               one_file);
  const auto path = *folder_ / place.location;
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw fail(fmt::format("its numbers lie in {}, which is not there (the exporter wrote weights into a second file)",
                           path.string()),
               "put that file beside the model");
  if (!std::filesystem::is_regular_file(path, error))
    throw fail(fmt::format("its numbers lie in {}, which is no file", path.string()));
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) throw fail(fmt::format("{} cannot be read ({})", path.string(), error.message()), "check its mode");

  std::uintmax_t expected = width;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || (extent > 0 && expected > kMostBytes / static_cast<std::uintmax_t>(extent)))
      throw fail(fmt::format("shape {} (more than {} bytes)", to_string(shape), kMostBytes));
    expected *= static_cast<std::uintmax_t>(extent);
  }
  if (place.length.value_or(expected) != expected)
    throw fail(fmt::format("shape {} takes {} bytes, {} are named in {}", to_string(shape), expected, *place.length,
                           path.string()));
  if (place.offset > size || expected > size - place.offset)
    throw fail(fmt::format("its numbers would end at byte {} of {}, which has {} (not copied whole?)",
                           fmt::format("{} + {}", place.offset, expected), path.string(), size),
               "copy that file again, or export the model again");
  bytes_read_ += expected;
  if (bytes_read_ > kMostBytes) throw fail(fmt::format("the weights take more than {} bytes", kMostBytes));

  std::vector<std::byte> bytes(expected);
  std::ifstream stream(path, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(place.offset));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(expected));
  if (!stream) throw fail(fmt::format("{} cannot be read", path.string()), "check its mode and the disk");
  paths_.insert(path.string());
  return bytes;
}

std::vector<std::string> ExternalData::files() const { return {paths_.begin(), paths_.end()}; }

}  // namespace octocal::model
