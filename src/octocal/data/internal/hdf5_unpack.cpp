// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_unpack.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <new>

#include "octocal/base/checked_size.hpp"
#include "octocal/data/internal/hdf5_handle.hpp"

namespace octocal::data::hdf5 {
namespace {

using Bytes = std::vector<unsigned char>;

constexpr std::size_t kChecksum = 4;
constexpr std::uint64_t kBestRatio = 1032;

/// Fletcher's checksum of 16-bit words as HDF5 computes it: high byte first, sums folded every 360 words.
std::uint32_t fletcher32(std::span<const unsigned char> bytes) {
  constexpr std::size_t kWords = 360;
  std::uint32_t low = 0, high = 0;
  const auto fold = [](std::uint32_t sum) { return (sum & 0xFFFFU) + (sum >> 16U); };
  std::size_t at = 0;
  while (at + 1 < bytes.size()) {
    for (std::size_t word = 0; word < kWords && at + 1 < bytes.size(); ++word, at += 2) {
      low += static_cast<std::uint32_t>(bytes[at]) << 8U | bytes[at + 1];
      high += low;
    }
    low = fold(low);
    high = fold(high);
  }
  if (at < bytes.size()) {
    low += static_cast<std::uint32_t>(bytes[at]) << 8U;
    high += low;
    low = fold(low);
    high = fold(high);
  }
  return fold(high) << 16U | fold(low);
}

std::string take_checksum(Bytes& bytes) {
  if (bytes.size() < kChecksum) return "is too short for its checksum";
  const auto* end = bytes.data() + bytes.size() - kChecksum;
  const auto stored = static_cast<std::uint32_t>(end[0]) | static_cast<std::uint32_t>(end[1]) << 8U |
                      static_cast<std::uint32_t>(end[2]) << 16U | static_cast<std::uint32_t>(end[3]) << 24U;
  bytes.resize(bytes.size() - kChecksum);
  const auto found = fletcher32(bytes);
  // HDF5 before 1.6.3 wrote the bytes of each half in the other order; HDF5 takes both.
  const auto old = (found & 0x00FF00FFU) << 8U | (found & 0xFF00FF00U) >> 8U;
  return stored == found || stored == old ? "" : "has another checksum than its bytes";
}

/// Undoes gzip; at most `most` bytes come out.
std::string inflate_all(Bytes& bytes, std::size_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  Bytes out(most + 1);  // one more: so that too many are noticed
  stream.next_in = bytes.data();
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  const std::size_t made = out.size() - stream.avail_out;
  const std::string said = stream.msg == nullptr ? "its end is missing" : stream.msg;
  inflateEnd(&stream);
  if (result == Z_MEM_ERROR) throw std::bad_alloc();
  if (made > most) return fmt::format("unpacks to more than {} bytes", most);
  if (result != Z_STREAM_END) return fmt::format("cannot be unpacked: {}", said);
  out.resize(made);
  bytes = std::move(out);
  return {};
}

/// Byte b of all numbers lies together; what does not fill a number is at the end, as it is.
void unshuffle(Bytes& bytes, std::size_t number_bytes) {
  const auto numbers = bytes.size() / number_bytes;
  if (number_bytes < 2 || numbers < 2) return;
  Bytes out(bytes);
  for (std::size_t b = 0; b < number_bytes; ++b) {
    const auto* from = bytes.data() + b * numbers;
    auto* to = out.data() + b;
    for (std::size_t i = 0; i < numbers; ++i) to[i * number_bytes] = from[i];
  }
  bytes = std::move(out);
}

}  // namespace

std::uint64_t most_unpacked(const ChunkForm& form, std::uint64_t packed_bytes) noexcept {
  CheckedSize most = packed_bytes;
  for (std::size_t i = 0; i < form.filters.size(); ++i)
    if (form.filters[i] == H5Z_FILTER_DEFLATE && (form.skipped >> i & 1U) == 0) most *= kBestRatio;
  return most.value_or(std::numeric_limits<std::uint64_t>::max());
}

std::string unpack_chunk(const ChunkForm& form, Bytes& bytes) {
  for (std::size_t i = form.filters.size(); i-- > 0;) {
    if ((form.skipped >> i & 1U) != 0) continue;
    std::string defect;
    if (form.filters[i] == H5Z_FILTER_SHUFFLE) {
      unshuffle(bytes, form.number_bytes);
    } else if (form.filters[i] == H5Z_FILTER_FLETCHER32) {
      defect = take_checksum(bytes);
    } else {
      // Checksums of filters before this one, or gzip on what does not get smaller, make it larger than the chunk.
      defect = inflate_all(bytes, form.bytes + form.bytes / 1000 + 64 * (i + 1));
    }
    if (!defect.empty()) return defect;
  }
  if (bytes.size() != form.bytes) return fmt::format("unpacks to {} bytes, expected {}", bytes.size(), form.bytes);
  return {};
}

}  // namespace octocal::data::hdf5
